// Filters on a crafted capture: what passes, fields from the index against decoded ones, and words in any order, which are answered or
// refused, never worse.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { compileFilter } from '../../src/capture/filter/compile.ts';
import { scanCapture } from '../../src/capture/filter/scan.ts';
import { NetError } from '../../src/model/errors.ts';
import { ethernet, frame, ip, join, pcap, tcp, udp, vlan, type Bytes, type Crafted } from './craft.ts';
import { sourceOfBytes } from './source.ts';

const second = 1_000_000_000n;
const start = 1_700_000_000n * second;
const text = (value: string): Bytes => new Uint8Array(Buffer.from(value));

/** A question for `www.example.com`, type A. */
const question = (id: number): Bytes =>
  Uint8Array.from([
    id >> 8,
    id & 255,
    1,
    0,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    0,
    ...text('\x03www\x07example\x03com\x00'),
    0,
    1,
    0,
    1,
  ]);

const syn = tcp({ sourcePort: 40_000, destinationPort: 443, seq: 1000, flags: 'S' });
const web = tcp({
  sourcePort: 50_000,
  destinationPort: 80,
  seq: 1,
  ack: 1,
  flags: 'PA',
  payload: text('GET /\xe9 HTTP/1.1\r\nHost: a.example\r\n\r\n'),
});
const inner = ip('192.168.7.1', '192.168.7.2', 6, syn);

const packets: Bytes[] = [
  frame(ip('10.0.0.1', '10.0.0.2', 6, syn)),
  frame(ip('10.0.0.1', '10.0.0.53', 17, udp(5353 + 1000, 53, question(0x1234)))),
  frame(ip('2001:db8::1', '2001:db8::2', 6, web)),
  ethernet(0x8100, vlan(7, 0x0800, ip('172.16.0.1', '10.0.0.9', 17, udp(1, 2, text('abc'))))),
  frame(ip('10.1.0.1', '10.1.0.2', 4, inner)),
  frame(
    ip(
      '10.0.0.2',
      '10.0.0.1',
      1,
      Uint8Array.from([3, 3, 0, 0, 0, 0, 0, 0, ...ip('10.0.0.1', '10.0.0.2', 17, udp(7, 9, text('x')))]),
    ),
  ),
  // Its IP header ends the packet within the TCP header.
  frame(ip('10.0.0.1', '10.0.0.3', 6, syn, { length: 30 })),
];
const crafted: Crafted[] = packets.map((bytes, at) => ({ time: start + (BigInt(at) * second) / 10n, bytes }));
const file = pcap(crafted);

const passingOf = async (bytes: Bytes, ...expressions: string[]): Promise<number[]> => {
  const numbers: number[] = [];
  const options = { maxPackets: undefined, signal: new AbortController().signal };
  await scanCapture(sourceOfBytes(bytes), options, compileFilter(...expressions), ({ number }) => numbers.push(number));
  return numbers;
};

const passing = (...expressions: string[]): Promise<number[]> => passingOf(file, ...expressions);

test.each<[string, number[]]>([
  ['', [1, 2, 3, 4, 5, 6, 7]],
  ['frame', [1, 2, 3, 4, 5, 6, 7]],
  ['tcp', [1, 3, 5, 7]],
  ['tcp.port == 443', [1, 5, 7]],
  ['tcp.port in {80, 440..445}', [1, 3, 5, 7]],
  ['tcp.port != 443', [3]],
  ['not tcp.port == 443', [2, 3, 4, 6]],
  ['tcp.port !== 443', [1, 3, 5, 7]],
  ['all tcp.port > 100', [1, 5, 7]],
  ['tcp.flags.syn == 1', [1, 5]],
  ['tcp.flags & 0x18 == 0x18', [3]],
  ['ip.addr == 192.168.0.0/16', [5]],
  ['ip.addr == 10.1.0.0/16 and ip.addr == 192.168.7.1', [5]],
  ['ip.src == 10.0.0.1', [1, 2, 6, 7]],
  ['ipv6.addr == 2001:db8::/32', [3]],
  ['ipv6.dst == 2001:db8::2', [3]],
  ['vlan.id == 7', [4]],
  ['udp.port == 9', [6]],
  ['icmp.type == 3 and udp', [6]],
  ['dns.qry.name == "www.example.com"', [2]],
  ['dns.qry.name matches r"\\.EXAMPLE\\."', [2]],
  ['dns.qry.name[0:3] == "www" and dns.id == 0x1234', [2]],
  ['udp.payload[0:2] == 12:34', [2]],
  ['udp contains "abc"', [4]],
  ['frame contains ""', []],
  ['udp contains 61:62', [4]],
  ['frame contains "\\xc3\\xa9"', [3]],
  ['frame contains "\\xe9"', []],
  ['frame contains "é"', [3]],
  ['tcp.payload matches "host: a\\\\.example"', [3]],
  ['len(tcp.payload) > 10', [3]],
  ['tcp.srcport > tcp.dstport', [1, 3, 5, 7]],
  ['frame.time_relative == 0.1', [2]],
  ['frame.time_relative in {0.15..0.35}', [3, 4]],
  ['frame.time_delta == 0', [1]],
  ['frame.time_epoch == 1700000000.2', [3]],
  ['frame.number & 1 and frame.number > 4', [5, 7]],
  ['frame.protocols == "eth:ethertype:vlan:ethertype:ip:udp:data"', [4]],
  ['tcp xor ip', [2, 3, 4, 6]],
  ['string(ip.src) contains "172."', [4]],
  ['count(ip.src) == 2', [5, 6]],
  ['eth.dst[0] == 02 && !ip', [3]],
  ['tcp.stream == 0 and not frame.number == 7', [1]],
])('%s', async (expression, numbers) => {
  expect(await passing(expression)).toEqual(numbers);
});

it('lets pass what every expression lets pass', async () => {
  expect(await passing('tcp', 'ip', 'tcp.dstport == 443 or udp')).toEqual([1, 5, 7]);
});

it('gives no number of a UDP conversation where a tunnel over UDP carries something else', async () => {
  const ping = Uint8Array.from([8, 0, 0, 0, 0, 1, 0, 1]);
  const echo = (from: string, to: string): Bytes => ip(from, to, 1, ping);
  const vxlan = (carried: Bytes): Bytes =>
    frame(ip('10.0.0.1', '10.0.0.2', 17, udp(4000, 4789, join(Uint8Array.from([8, 0, 0, 0, 0, 0, 7, 0]), carried))));
  const tunnels = [
    vxlan(frame(echo('192.168.0.1', '192.168.0.2'))),
    vxlan(frame(echo('192.168.0.3', '192.168.0.4'))),
    vxlan(frame(ip('192.168.0.1', '192.168.0.2', 17, udp(7, 9, text('x'))))),
    vxlan(ethernet(0x0806, new Uint8Array(28))),
  ];
  const tunnelled = pcap(tunnels.map((bytes, index) => ({ time: start + BigInt(index), bytes })));
  expect(await passingOf(tunnelled, 'udp.stream')).toEqual([3, 4]);
  expect(await passingOf(tunnelled, 'udp.stream == 1')).toEqual([4]);
  expect(await passingOf(tunnelled, 'icmp')).toEqual([1, 2]);
});

describe('fields from the index and from the headers', () => {
  // A slice of its bytes, a mask of all bits or a text of it makes the decoder's value of a field comparable with the one taken from the index.
  test.each([
    ['ip.src == 10.0.0.1', 'ip.src[0:4] == 0a:00:00:01'],
    ['ip.addr == 10.0.0.0/8', 'ip.addr[0] == 0a'],
    ['tcp.port == 443', 'tcp[2:2] == 01:bb'],
    ['tcp.flags.syn == 1', 'tcp[13] & 02'],
    ['udp.dstport == 53', 'udp[2:2] == 00:35'],
  ])('%s and %s', async (one, other) => {
    const without = (numbers: number[]): number[] => numbers.filter((number) => number < 6);
    expect(without(await passing(one))).toEqual(without(await passing(other)));
  });
});

describe('packets made to take long', () => {
  const small = frame(ip('10.0.0.1', '10.0.0.2', 6, syn));
  const large = frame(
    ip(
      '10.0.0.1',
      '10.0.0.2',
      6,
      tcp({ sourcePort: 1, destinationPort: 2, seq: 1, flags: 'A', payload: new Uint8Array(40_000) }),
    ),
  );
  /** A DNS message with so many questions of one name each. */
  const questions = (count: number): Bytes => {
    const head = Uint8Array.from([0, 1, 1, 0, count >> 8, count & 255, 0, 0, 0, 0, 0, 0]);
    const each = Array.from({ length: count }, () => [1, 97, 0, 0, 1, 0, 1]).flat();
    return frame(ip('10.0.0.1', '10.0.0.2', 17, udp(9999, 53, Uint8Array.from([...head, ...each]))));
  };
  const scan = (bytes: Bytes[], expression: string, signal = new AbortController().signal): Promise<unknown> =>
    scanCapture(
      sourceOfBytes(pcap(bytes.map((packet) => ({ time: start, bytes: packet })))),
      { maxPackets: undefined, signal },
      compileFilter(expression),
      () => undefined,
    );

  test.each([
    ['comparisons of one test', questions(300), 'dns.qry.name < dns.qry.name'],
    [
      'comparisons of all tests',
      questions(150),
      'dns.qry.name < dns.qry.name or dns.qry.name > dns.qry.name or lower(dns.qry.name) < dns.qry.name',
    ],
    ['joined ranges', large, 'frame[0:,0:] == 00'],
    ['joined ranges of ranges', large, 'frame[0:20000,0:20000][0:,0:] == 00'],
    ['what slices make', large, Array.from({ length: 88 }, () => 'frame[1:,:9999]=="a"').join('||')],
  ])('%s: refused with the packet and a way around', async (_, packet, expression) => {
    const error: unknown = await scan([small, packet], expression).catch((reason: unknown) => reason);
    if (!(error instanceof NetError)) throw new Error('was answered');
    expect(error.code).toBe('limit_exceeded');
    expect(error.message).toMatch(/packet 2[ .]/);
    expect(error.hint).toContain('frame.number != 2 and');
    await expect(scan([small, packet], `frame.number != 2 and (${expression})`)).resolves.toBeDefined();
  });

  it('what a packet may have is not counted with the next one', async () => {
    await scan(
      Array.from({ length: 5 }, () => questions(200)),
      'dns.qry.name < dns.qry.name',
    );
  });

  it('slices join their ranges in order', async () => {
    expect(await passing('dns.qry.name[4:3,0:2] == "exaww"')).toEqual([2]);
    expect(await passing('eth.dst[5,0] == 02:02 and ip[9,0] == 11:45')).toEqual([2, 4, 6]);
  });

  it('stop soon after they are given up', async () => {
    const stopping = new AbortController();
    let seen = 0;
    const pattern = compileFilter('frame matches "(a|b|aa|ab|bb){150}(c|d)z"');
    const counted = {
      ...pattern,
      test: (packet: Parameters<typeof pattern.test>[0]) => {
        seen += 1;
        if (seen === 3) stopping.abort(new Error('given up'));
        const until = performance.now() + 25;
        while (performance.now() < until) pattern.test(packet);
        return false;
      },
    };
    const file = pcap(Array.from({ length: 100 }, () => ({ time: start, bytes: large })));
    await expect(
      scanCapture(sourceOfBytes(file), { maxPackets: undefined, signal: stopping.signal }, counted, () => undefined),
    ).rejects.toThrow('given up');
    expect(seen).toBe(3);
  });
});

describe('words in any order', () => {
  const words = [
    ...[
      'tcp',
      'ip.addr',
      'tcp.port',
      'dns.qry.name',
      'frame',
      'frame.number',
      'tcp.flags.syn',
      'frame.time_relative',
      'eth.src',
    ],
    ...[
      'and',
      'or',
      'not',
      'xor',
      'in',
      'any',
      'all',
      '!',
      '&&',
      '||',
      '^^',
      '(',
      ')',
      '{',
      '}',
      ',',
      '..',
      '[',
      ']',
      '[0:2]',
      '[-1]',
    ],
    ...[
      '==',
      '!=',
      '===',
      '!==',
      '<',
      '>=',
      'contains',
      'matches',
      '~',
      '&',
      '#',
      '@',
      '+',
      'len',
      'lower',
      'count',
      'string',
    ],
    ...[
      '80',
      '0x50',
      '-1',
      '10.0.0.0/8',
      '::1',
      'aa:bb',
      '"a.*b"',
      'r"\\d+"',
      '"',
      "'a'",
      '\\',
      '1..2',
      '0.5',
      'True',
      'é',
      '\u0000',
    ],
  ];
  const soup = fc.array(
    fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...words) }, { weight: 1, arbitrary: fc.string() }),
    {
      maxLength: 40,
    },
  );

  it('are answered or refused with a place', async () => {
    await fc.assert(
      fc.asyncProperty(soup, fc.constantFrom('', ' '), async (parts, between) => {
        try {
          await passing(parts.join(between));
        } catch (error) {
          expect(error).toBeInstanceOf(NetError);
          expect(error).toMatchObject({ code: 'invalid_argument' });
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('make whole expressions often enough', async () => {
    const tests = [
      'tcp',
      'tcp.port == 80',
      'ip.addr in {10.0.0.0/8}',
      'dns.qry.name contains "a"',
      'frame[0:2] & 02:00',
      'len(frame) > 9',
    ];
    const expression = fc.array(
      fc.tuple(fc.constantFrom(...tests), fc.constantFrom('and', 'or', 'xor'), fc.constantFrom('', 'not ')),
      {
        minLength: 1,
        maxLength: 30,
      },
    );
    await fc.assert(
      fc.asyncProperty(expression, async (parts) => {
        const source = parts.map(([what, link, not], at) => `${at === 0 ? '' : `${link} `}${not}${what}`).join(' ');
        const numbers = await passing(source);
        const others = await passing(`not (${source})`);
        expect([...numbers, ...others].sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
      }),
      { numRuns: 200 },
    );
  });
});
