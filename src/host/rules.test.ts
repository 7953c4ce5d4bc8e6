import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NetError } from '../model/errors.ts';
import { parseRules } from './rules.ts';

test.each([
  [{ src: 'all', table: 'local' }, 'from all', 'local', 'lookup'],
  [{ src: '10.2.0.0', srclen: 16, table: '100' }, 'from 10.2.0.0/16', '100', 'lookup'],
  [{ src: '10.2.0.1', dst: '10.3.0.0', dstlen: 16, table: '1' }, 'from 10.2.0.1 to 10.3.0.0/16', '1', 'lookup'],
  [{ not: null, src: 'all', fwmark: '0xca6c', table: '51820' }, 'not from all fwmark 0xca6c', '51820', 'lookup'],
  [{ src: 'all', fwmark: '0x10', fwmask: '0xff', table: '1' }, 'from all fwmark 0x10/0xff', '1', 'lookup'],
  [{ src: 'all', iif: 'v1', oif: 'lo', table: '1' }, 'from all iif v1 oif lo', '1', 'lookup'],
  [
    { src: 'all', tos: '0x10', ipproto: 'tcp', sport: 5, table: '1' },
    'from all tos 0x10 ipproto tcp sport 5',
    '1',
    'lookup',
  ],
  [{ src: 'all', dport_start: 80, dport_end: 90, table: '1' }, 'from all dport 80-90', '1', 'lookup'],
  [{ src: 'all', uid_start: 1, uid_end: 5, table: '1' }, 'from all uidrange 1-5', '1', 'lookup'],
  [{ src: 'all', table: 'main', suppress_prefixlen: 0 }, 'from all', 'main', 'lookup suppress_prefixlen 0'],
  [{ src: 'all', l3mdev: null }, 'from all', 'l3mdev', 'lookup'],
  [{ src: 'all', goto: 32766 }, 'from all', null, 'goto 32766'],
  [{ src: 'all', action: 'blackhole' }, 'from all', null, 'blackhole'],
  [{ src: 'all', action: 'prohibit', protocol: 'static' }, 'from all', null, 'prohibit'],
  [
    { src: 'all', iif: 'a\u001b[31mb', iif_detached: null, table: '1' },
    'from all iif a[31mb iif_detached',
    '1',
    'lookup',
  ],
  [{ src: 'all', something_new: 7, table: '1' }, 'from all something_new 7', '1', 'lookup'],
])('%j', (entry, selector, table, action) => {
  expect(parseRules([{ priority: 9, ...entry }], 'ipv4')).toEqual([
    { family: 'ipv4', priority: 9, selector, table, action },
  ]);
});

test('whatever a rule holds, it is read or refused by name', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (entry) => {
      try {
        const [rule] = parseRules([entry], 'ipv6');
        expect(typeof rule?.selector).toBe('string');
      } catch (error) {
        expect(error).toBeInstanceOf(NetError);
      }
    }),
  );
});
