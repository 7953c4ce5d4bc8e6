// Names, reverse names, server arguments and resolv.conf as people and machines write them.
import { describe, expect, test } from 'vitest';
import { addressesInHosts } from './hosts-file.ts';
import { parseName, reverseName, showName } from './name.ts';
import { parseResolvConf, parseServer } from './servers.ts';

describe('parseName', () => {
  test.each([
    ['www.Example.com', 'www.Example.com'],
    ['www.example.com.', 'www.example.com'],
    ['.', '.'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['_sip._tcp.example', '_sip._tcp.example'],
    ['*.example', '*.example'],
    ['a\\.b.example', 'a\\.b.example'],
    ['a\\007b.example', 'a\\007b.example'],
  ])('%s', (text, shown) => {
    expect(showName(parseName(text))).toBe(shown);
  });

  test.each(['', 'a..b', '.a', `${'x'.repeat(64)}.example`, 'x.'.repeat(128), 'a b.example', 'a\\999.example', 'a\\'])(
    '%j is refused',
    (text) => {
      expect(() => parseName(text)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    },
  );
});

test('reverse names of both families', () => {
  expect(reverseName('192.0.2.1')).toBe('1.2.0.192.in-addr.arpa');
  expect(reverseName('::ffff:192.0.2.1')).toBe('1.2.0.192.in-addr.arpa');
  expect(reverseName('fe80::1%eth0')).toBe(`1.${'0.'.repeat(28)}8.e.f.ip6.arpa`);
  expect(reverseName('1.1.1.1', 'origin.example')).toBe('1.1.1.1.origin.example');
});

describe('parseServer', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1', 53],
    ['192.0.2.1:5353', '192.0.2.1', 5353],
    ['2001:db8::1', '2001:db8::1', 53],
    ['[2001:db8::1]:5353', '2001:db8::1', 5353],
    ['fe80::1%eth0', 'fe80::1%eth0', 53],
    ['dns.example', 'dns.example', 53],
    ['dns.example:54', 'dns.example', 54],
  ])('%s', (text, host, port) => {
    expect(parseServer(text)).toEqual({ host, port });
  });

  test.each(['', ':53', '192.0.2.1:0', '192.0.2.1:65536', '[192.0.2.1]:53', '[dns.example]', '1:2:3'])(
    '%j is refused',
    (text) => {
      expect(() => parseServer(text)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    },
  );
});

test('resolv.conf', () => {
  const text = [
    '# comment',
    'domain first.example',
    'search a.example b.example ; trailing',
    'nameserver 192.0.2.1',
    'nameserver not-an-address',
    'nameserver fe80::1%eth0',
    'nameserver 2001:db8::1 # third',
    'nameserver 192.0.2.4',
    'options ndots:2 timeout:1 ndots:x',
  ].join('\n');
  expect(parseResolvConf(text)).toEqual({
    servers: ['192.0.2.1', 'fe80::1%eth0', '2001:db8::1'].map((address) => ({ address, port: 53 })),
    search: ['a.example', 'b.example'],
    ndots: 2,
  });
  expect(parseResolvConf('')).toEqual({ servers: [], search: [], ndots: 1 });
});

test('the hosts file', () => {
  const text = '127.0.0.1 localhost\n192.0.2.1\tWWW.example alias # www.other\n::1 www.example\n';
  expect(addressesInHosts(text, 'www.example.')).toEqual(['192.0.2.1', '::1']);
  expect(addressesInHosts(text, 'www.other')).toEqual([]);
});
