// The language: what binds how, what is refused, where and with which advice, and that no expression is too long or deep to be answered.
import { describe, expect, it, test } from 'vitest';
import { NetError } from '../../model/errors.ts';
import { compileFilter } from './compile.ts';
import { nearFields } from './fields.ts';
import { parseExpression } from './parser.ts';

const refusal = (source: string): NetError => {
  try {
    compileFilter(source);
  } catch (error) {
    if (error instanceof NetError) return error;
    throw error;
  }
  throw new Error(`"${source.slice(0, 80)}" was not refused`);
};

/** An expression without the places of its words. */
const meaning = (source: string): unknown =>
  JSON.parse(JSON.stringify(parseExpression(source), (key, value: unknown) => (key === 'at' ? undefined : value)));

describe('what binds how', () => {
  it('and before xor before or, not first', () => {
    expect(meaning('tcp or udp and not ip')).toEqual(meaning('tcp or (udp and (not (ip)))'));
    expect(meaning('tcp xor udp && ip || arp')).toEqual(meaning('(tcp ^^ (udp and ip)) or arp'));
    expect(meaning('tcp or udp and ip')).not.toEqual(meaning('(tcp or udp) and ip'));
  });

  it('not is a word or a sign, and two of them are none', () => {
    expect(meaning('!!tcp')).toEqual(meaning('tcp'));
    expect(meaning('not tcp.port == 80')).toEqual(meaning('!(tcp.port eq 80)'));
    expect(meaning('tcp.port not in {80}')).toEqual(meaning('not tcp.port in {80}'));
  });

  it('members stand with commas or spaces', () => {
    expect(meaning('tcp.port in {80 443 8000 .. 8100}')).toEqual(meaning('tcp.port in {80, 443, 8000..8100}'));
  });
});

test.each([
  ['tcp.foo == 1', 1, 'neither a field'],
  ['tcp and ip.adr == 10.0.0.1', 9, 'neither a field'],
  ['ip.addr == "abc"', 12, 'not an IPv4 address'],
  ['ip.addr == ::1', 12, 'not an IPv4 address'],
  ['ip.addr == 10.0.0.0/33', 12, 'longer than the address'],
  ['tcp.port == "80"', 13, 'not a number'],
  ['tcp.port == 8x', 13, 'not a number'],
  ['tcp.port contains "8"', 10, 'text and bytes only'],
  ['ip.addr matches "8"', 9, 'text and bytes only'],
  ['tcp.flags.syn == yes', 18, 'not true or false'],
  ['frame.time_relative > "1"', 23, 'not a time'],
  ['eth.addr == 00:11', 13, 'not a hardware address'],
  ['tcp.analysis.flags == 1', 20, 'no value'],
  ['eth.src == ip.src', 12, 'different types'],
  ['dns.qry.name matches abc', 22, 'double quotes'],
  ['dns.qry.name matches "(?=a)"', 22, 'pattern is refused'],
  ['dns.qry.name matches "[a"', 22, 'pattern is refused'],
  ['dns.qry.name == "abc', 17, 'does not end'],
  ['dns.qry.name == "\\."', 18, 'no escape'],
  ['tcp.port == 80 and', 19, 'ends too early'],
  ['tcp.port ==', 12, 'ends too early'],
  ['tcp udp', 5, 'does not belong here'],
  ['(tcp', 5, 'ends too early'],
  ['tcp)', 4, 'does not belong here'],
  ['()', 2, 'does not belong here'],
  ['tcp.port = 80', 10, 'does not belong here'],
  ['tcp.len + 1 > 2', 9, 'does not belong here'],
  ['ip.src#1 == 10.0.0.1', 7, 'layer operator'],
  ['80 == tcp.port', 1, 'left side'],
  ['tcp.port in {}', 14, 'does not belong here'],
  ['tcp.port in 80', 13, 'does not belong here'],
  ['tcp[x] == 1', 4, 'no slice'],
  ['tcp[0', 4, 'slice does not end'],
  ['frame.number[0] == 1', 13, 'no slices'],
  ['dns.flags.response & 1', 20, 'bits of'],
  ['max(tcp.srcport) == 1', 1, 'not supported'],
  ['len(frame.number) == 1', 1, 'takes'],
  ['lower(frame.number) == "1"', 1, 'takes'],
  ['len(dns)', 1, 'compared'],
  ["tcp.payload == 'ab'", 16, 'one character'],
])('%s is refused at character %i', (source, character, message) => {
  const { code, message: text, hint, details } = refusal(source);
  expect(code).toBe('invalid_argument');
  expect(details).toEqual({ character });
  expect(text).toContain(`character ${character}:`);
  expect(text).toContain(message);
  expect(hint.length).toBeGreaterThan(10);
});

describe('bounds', () => {
  test.each([
    ['D-29: a text made long by a product', "len('a'*10000000000) > 1"],
    ['D-29: a number made long by a shift', 'tcp.port == 1<<99999999999'],
    ['10,000 parentheses', '('.repeat(10_000)],
    ['parentheses within the length', `${'('.repeat(60)}tcp${')'.repeat(60)}`],
    ['calls within each other', `${'lower('.repeat(60)}dns.qry.name${')'.repeat(60)} == "a"`],
    ['a long expression', `tcp ${'and tcp '.repeat(300)}`],
    ['many tests', `tcp${' or udp'.repeat(250)}`],
    ['many slices', `frame${'[0:1]'.repeat(300)} == 00`],
    ['slices of slices', `frame${'[0:,0:]'.repeat(5)} == 00`],
    ['slices below functions', `lower(lower(frame.protocols[0:,0:][0:,0:])[0:,0:])[0:,0:][0:1] == "a"`],
    ['parts of slices of slices', 'frame[0:1,0:1,0:1,0:1,0:1][0:,0:,0:,0:][0:,0:,0:,0:] == 00'],
    ['many ranges', `frame[${Array.from({ length: 17 }, () => '0:').join(',')}] == 00`],
    [
      'patterns with many instructions in all',
      Array.from({ length: 30 }, () => 'dns.qry.name matches "Nz[a-f]{1,40}k"').join(' or '),
    ],
    ['many patterns over bytes', Array.from({ length: 5 }, () => 'frame matches "a"').join(' or ')],
    ['a large pattern', 'dns.qry.name matches "((((a{1,30}){1,30}){1,30}){1,30})"'],
    ['a pattern that repeats', 'dns.qry.name matches "[a-z]{1,1000}[a-z]{1,1000}[a-z]{1,1000}"'],
  ])('%s', (_, source) => {
    expect(refusal(source).code).toBe('invalid_argument');
  });

  it('10,000 negations are as good as none', () => {
    expect(() => compileFilter(`${'!'.repeat(1990)}tcp`)).not.toThrow();
  });
});

it('what the bounds leave is enough', () => {
  const patterns = Array.from({ length: 30 }, () => 'dns.qry.name matches "example"').join(' or ');
  expect(() => compileFilter(patterns)).not.toThrow();
  expect(() => compileFilter(Array.from({ length: 4 }, () => 'frame matches "a"').join(' or '))).not.toThrow();
  expect(() =>
    compileFilter(`frame[${Array.from({ length: 16 }, () => '0:1').join(',')}][0:2,4][:2][0] == 00`),
  ).not.toThrow();
});

describe('advice', () => {
  it('names the number of a protocol', () => {
    expect(refusal('ip.proto == "TCP"').hint).toContain('write 6.');
    expect(refusal('ip.proto == udp6').hint).not.toContain('As a');
  });

  it('does not take quoted text for another language', () => {
    for (const text of ['"in p "', '"a \\" pkt[TCP]"', 'r"haslayer("', '"lambda it\'s"'])
      expect(() => compileFilter(`frame contains ${text}`)).not.toThrow();
  });

  it('names the nearest fields', () => {
    expect(nearFields('dns.qry.nme')[0]).toBe('dns.qry.name');
    expect(nearFields('tcp.flags.sin')).toContain('tcp.flags.syn');
    expect(nearFields('TCP.PORT')).toEqual(['tcp.port']);
    expect(nearFields('ssl')).toEqual(['tls']);
    expect(nearFields('ssl.handshake.type')).toEqual(['tls.handshake.type']);
    expect(nearFields('zzzzzzzzz.qqqq')).toEqual([]);
    expect(refusal('dns.qry.nme == "a"').hint).toContain('dns.qry.name');
  });

  test.each(['TCP in pkt and pkt[TCP].dport == 443', 'pkt.haslayer(DNS)', "lambda p: p['IP']"])(
    'Scapy: %s',
    (source) => {
      expect(refusal(source).hint).toContain('tcp.dstport == 443');
    },
  );

  test.each(['tcp port 443', 'host 10.0.0.1', 'not net 10.0.0.0/8', 'src host 10.0.0.1'])('tcpdump: %s', (source) => {
    expect(refusal(source).hint).toContain('tcp.port == 443');
  });
});
