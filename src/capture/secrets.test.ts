// What of a decoded field an answer shows without the payload being asked for.
import { expect, test } from 'vitest';
import { withoutSecrets } from './secrets.ts';

test.each([
  ['/', '/'],
  ['/a/b.html', '/a/b.html'],
  ['*', '*'],
  ['a.example:443', 'a.example:443'],
  ['/a@b/c', '/a@b/c'],
  ['/login?user=ann&password=pw&next', '/login?user=***&password=***&***'],
  ['/?sig=abc==&empty=&key=x;code=y', '/?sig=***&empty=&key=***;code=***'],
  ['/verify?pw', '/verify?***'],
  ['/a;jsessionid=pw/b;pw?x=pw', '/a;jsessionid=***/b;***?x=***'],
  ['/?next=http://a/?token=pw', '/?next=***'],
  ['/?a=p?w=pw', '/?a=***'],
  ['/?a=p w', '/?a=***'],
  ['/cb#access_token=pw&state=pw', '/cb#access_token=***&state=***'],
  ['/cb?a=pw#pw', '/cb?a=***#***'],
  ['/cb?a=p\nw', '/cb?a=***'],
  ['http://ann:pw@a.example:80/b?c=pw', 'http://***@a.example:80/b?c=***'],
  ['ftp://ann:p@w@a.example/b', 'ftp://***@a.example/b'],
  ['//pw@a.example/', '//***@a.example/'],
])('the URI %j is shown as %j', (uri, shown) => {
  for (const name of ['http.request.uri', 'http.referer', 'http.location', 'dhcp.option.bootfile_name'])
    expect(withoutSecrets(name, uri)).toBe(shown);
});

test.each([
  ['bot (+http://ann:pw@a.example/?k=pw)', 'bot (+http://***@a.example/?k=***)'],
  ['Basic realm="https://a.example/?x=pw", b=c', 'Basic realm="https://a.example/?x=***", b=c'],
  ['text/html;q=0.9, */*;q=0.8', 'text/html;q=0.9, */*;q=0.8'],
  ['v=spf1 ?all; a=b', 'v=spf1 ?all; a=b'],
])('the text %j is shown as %j', (text, shown) => {
  expect(withoutSecrets('http.user_agent', text)).toBe(shown);
});

test('credentials are not shown at all, other values as they are', () => {
  for (const name of ['http.authorization', 'http.proxy_authorization', 'http.cookie', 'http.set_cookie'])
    expect(withoutSecrets(name, 'x')).toBeUndefined();
  const bytes = new Uint8Array(4);
  expect(withoutSecrets('ip.src', bytes)).toBe(bytes);
  expect(withoutSecrets('http.response.code', 302)).toBe(302);
});

test('a long text takes no time to speak of', () => {
  const long = `${'a://'.repeat(20_000)}${'@;='.repeat(20_000)}`;
  for (const name of ['http.request.uri', 'http.user_agent']) expect(withoutSecrets(name, long)).not.toBe(long);
});
