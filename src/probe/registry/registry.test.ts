// What registries and address services write, read without trust.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAsName, parseOrigin } from './asn.ts';
import { addressIn, serviceName } from './public-ip.ts';
import { readRdap } from './rdap-document.ts';
import { parseAsn, rdapQuestion, shownRdapUrl } from './rdap.ts';

const targets = {
  check: () => Promise.reject(new Error('nothing is connected to')),
  checkAddress: () => {
    throw new Error('nothing is connected to');
  },
  checkName: () => undefined,
};

describe('origins', () => {
  test('one record, several numbers, and text of another form', () => {
    const registration = { prefix: '1.1.1.0/24', country: 'AU', registry: 'apnic', allocated: '2011-08-11' };
    expect(parseOrigin('13335 | 1.1.1.0/24 | AU | apnic | 2011-08-11')).toEqual([{ asn: '13335', ...registration }]);
    expect(parseOrigin('13335 4826 | 1.1.1.0/24 | AU | apnic | 2011-08-11').map(({ asn }) => asn)).toEqual([
      '13335',
      '4826',
    ]);
    expect(parseOrigin('23028 | 216.90.108.0/24 | US | arin | ')).toMatchObject([{ allocated: null }]);
    expect(parseOrigin('')).toEqual([]);
    expect(parseOrigin('AS1 | x')).toEqual([]);
  });

  test('the name of a system', () => {
    expect(parseAsName('13335 | US | arin | 2010-07-14 | CLOUDFLARENET - Cloudflare, Inc., US')).toMatchObject({
      name: 'CLOUDFLARENET',
      description: 'CLOUDFLARENET - Cloudflare, Inc., US',
    });
    expect(parseAsName('23028 | US | arin | 2002-01-04 | TEAM-CYMRU, US')).toMatchObject({ name: 'TEAM-CYMRU' });
    expect(parseAsName('1 | US | arin | 2001-09-20 | A|B, US')).toMatchObject({ name: 'A|B' });
    expect(parseAsName('23028 | US | arin')).toBeUndefined();
  });

  test('any text ends', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        parseOrigin(text);
        parseAsName(text);
        addressIn(text);
      }),
    );
  });
});

describe('questions to registries', () => {
  test.each([
    ['1.1.1.1', 'ip/1.1.1.1', 'ip'],
    ['2606:4700:0::1111', 'ip/2606:4700::1111', 'ip'],
    ['[2606:4700::1111]', 'ip/2606:4700::1111', 'ip'],
    ['fe80::1%eth0', 'ip/fe80::1', 'ip'],
    ['1.1.1.0/24', 'ip/1.1.1.0/24', 'ip'],
    ['2606:4700::/32', 'ip/2606:4700::/32', 'ip'],
    ['Example.COM.', 'domain/example.com', 'domain'],
    ['bücher.example', 'domain/xn--bcher-kva.example', 'domain'],
    ['AS64500', 'autnum/64500', 'asn'],
    ['64500', 'autnum/64500', 'asn'],
  ])('%s', (query, path, type) => {
    expect(rdapQuestion(query, targets)).toMatchObject({ path, type });
  });

  test.each(['1.1.1.1/33', '::1/129', '1.1.1.1/', 'example.com/x', 'a..b', '..', '%2e%2e', 'a?b', 'a#b', 'ä?b', '.'])(
    '%j is none',
    (query) => {
      expect(() => rdapQuestion(query, targets)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    },
  );

  test.each([
    ['https://rdap.org/', 'https://rdap.org/ip/1.1.1.1'],
    ['https://rdap.org', 'https://rdap.org/ip/1.1.1.1'],
    ['http://192.0.2.80:8080/', 'http://192.0.2.80:8080/ip/1.1.1.1'],
    ['https://rdap.test/token123/', 'https://rdap.test/.../ip/1.1.1.1'],
    ['https://rdap.test/?key=token123', 'https://rdap.test/.../ip/1.1.1.1'],
  ])('below %s it is shown as %s', (base, shown) => {
    expect(shownRdapUrl(base, 'ip/1.1.1.1')).toBe(shown);
  });

  test('AS numbers have 32 bits', () => {
    expect(parseAsn('AS4294967295')).toBe(4_294_967_295);
    expect(() => parseAsn('AS4294967296')).toThrow('no AS number');
    expect(parseAsn('ASIA')).toBeUndefined();
  });
});

test('no document makes the reader throw, and its text comes out plain', () => {
  const keys = fc.constantFrom(
    'entities',
    'events',
    'status',
    'nameservers',
    'vcardArray',
    'roles',
    'handle',
    'secureDNS',
    'ldhName',
  );
  const { node } = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 5 },
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom('abuse', 'vcard', 'fn', 'email', null, true, 7),
      fc.array(tie('node'), { maxLength: 4 }),
      fc.dictionary(keys, tie('node'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(node, (document) => {
      expect(JSON.stringify(readRdap(document))).not.toMatch(
        /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e]|\\u00/,
      );
    }),
    { numRuns: 2000 },
  );
});

test('addresses in answers, and what services are called', () => {
  expect(addressIn(' 203.0.113.42\n')).toBe('203.0.113.42');
  expect(addressIn('{"ip": "2001:DB8::1"}')).toBe('2001:db8::1');
  for (const body of ['', '{', '{"ip": 7}', '["203.0.113.42"]', '203.0.113.42 extra', '0xcb00712a'])
    expect(addressIn(body)).toBeUndefined();
  expect(serviceName('https://api.ipify.org')).toBe('ipify.org');
  expect(serviceName('https://ifconfig.me/ip')).toBe('ifconfig.me');
  expect(serviceName('https://checkip.amazonaws.com')).toBe('checkip.amazonaws.com');
  expect(serviceName('http://api.test')).toBe('api.test');
});
