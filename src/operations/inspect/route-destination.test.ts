import { expect, test } from 'vitest';
import { parseRoutes } from '../../host/routes.ts';
import { interfaceFor, parseDestination, routesAbout } from './route-destination.ts';

test.each([
  ['192.0.2.1', { kind: 'address', address: '192.0.2.1', family: 'ipv4', zone: undefined }],
  ['fe80::1%wan0', { kind: 'address', address: 'fe80::1', family: 'ipv6', zone: 'wan0' }],
  ['8.8.8.8/32', { kind: 'address', address: '8.8.8.8', family: 'ipv4' }],
  ['2001:db8::1/128', { kind: 'address', address: '2001:db8::1', family: 'ipv6' }],
  ['8.8.8.0/24', { kind: 'prefix', text: '8.8.8.0/24', family: 'ipv4', prefix: { length: 24 } }],
  ['::/0', { kind: 'prefix', family: 'ipv6', prefix: { length: 0 } }],
])('%s', (text, expected) => {
  expect(parseDestination(text)).toMatchObject(expected);
});

test.each(['localhost', 'example.com', 'my_host.lan', 'a-b.example.'])(
  'the name %s is to be resolved first',
  (text) => {
    expect(() => parseDestination(text)).toThrow('is a name');
  },
);

test.each(['', '--help', '-6', '10.0.0.1 oif v0', '10.0.0.0/33', '1.2.3', '/8', 'fe80::1%', 'fe80::1%a b', '::1%a%b'])(
  '%j is neither',
  (text) => {
    expect(() => parseDestination(text)).toThrow('neither an address nor a prefix');
  },
);

test('the zone is the interface, and only one of them', () => {
  const zoned = parseDestination('fe80::1%wan0');
  expect(interfaceFor(undefined, zoned)).toBe('wan0');
  expect(interfaceFor('wan0', zoned)).toBe('wan0');
  expect(interfaceFor('v0', undefined)).toBe('v0');
  expect(() => interfaceFor('v0', zoned)).toThrow('names the zone wan0');
});

test('routes over a prefix, the most specific first, and those to parts of it', () => {
  const of = (...destinations: string[]) =>
    parseRoutes(
      destinations.map((dst) => ({ dst })),
      'ipv4',
      'main',
    );
  const all = of('default', '10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24', '10.1.2.3', '10.2.0.0/16', '192.0.2.1');
  const told = (text: string) => {
    const wanted = parseDestination(text);
    if (wanted.kind !== 'prefix') throw new Error('no prefix');
    const { covering, inside } = routesAbout(all, wanted.prefix);
    return [covering.map(({ destination }) => destination), inside.map(({ destination }) => destination)];
  };
  expect(told('10.1.0.0/16')).toEqual([
    ['10.1.0.0/16', '10.0.0.0/8', 'default'],
    ['10.1.2.0/24', '10.1.2.3'],
  ]);
  expect(told('8.8.8.0/24')).toEqual([['default'], []]);
  expect(told('2001:db8::/32')).toEqual([[], []]);
});
