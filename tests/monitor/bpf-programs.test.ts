// The BPF programs on crafted packets, run by the kernel without an interface: what is counted of each, and that nothing is lost in a flood.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bpfObject, bpfRecord, compileBpf, compilerVersion } from '../../scripts/lib/bpf.mjs';
import { loadDirection, type LoadedDirection } from '../../src/host/bpf/monitor-programs.ts';
import { testRun } from '../../src/host/bpf/programs.ts';
import type { TalkersBy } from '../../src/model/traffic.ts';
import { requireFeature, type Feature } from '../helpers/skip.ts';
import { bpfFeature } from './features.ts';

const compiler: Feature = {
  name: 'clang 14',
  probe: async () => {
    const [{ compiler: wanted }, found] = await Promise.all([bpfRecord(), compilerVersion()]);
    return found === wanted ? undefined : `${wanted} is wanted and ${found ?? 'none'} is installed`;
  },
  evidence: () => undefined,
};

test('the shipped object is what its source compiles to, byte for byte', async ({ task, skip }) => {
  await requireFeature({ task, skip }, compiler);
  const folder = await mkdtemp(join(tmpdir(), 'netmcp-bpf-'));
  try {
    const built = join(folder, 'monitor.bpf.o');
    await compileBpf(built);
    expect((await readFile(built)).equals(await readFile(bpfObject))).toBe(true);
  } finally {
    await rm(folder, { recursive: true });
  }
});

const hex = (...parts: string[]): Buffer => Buffer.from(parts.join('').replaceAll(' ', ''), 'hex');
const unicast = '020000000002 020000000001';
const v4 = (protocol: string, rest = ''): string => `45000028000040004 0${protocol}0000 c0000201 c0000202 ${rest}`;
const v6 = (next: string, ...rest: string[]): string =>
  `60000000 0028 ${next} 40 20010db8000000000000000000000001 20010db8000000000000000000000002 ${rest.join(' ')}`;
const tcp = '1f9001bb 00000000 00000000 5010ffff 00000000';
const pad = (packet: Buffer, length = 90): Buffer =>
  Buffer.concat([packet, Buffer.alloc(Math.max(0, length - packet.length))]);

/** Name, packet, and the one protocol that it is counted as: family, number. */
const packets: readonly (readonly [string, Buffer, string, number | undefined])[] = [
  ['IPv4', pad(hex(unicast, '0800', v4('06', tcp))), 'ipv4', 6],
  [
    'IPv4 with options',
    pad(hex(unicast, '0800', '46', v4('11').replaceAll(' ', '').slice(2), '01010101 00350035')),
    'ipv4',
    17,
  ],
  [
    'IPv4 with a header of 16 bytes',
    pad(hex(unicast, '0800', '44', v4('11').replaceAll(' ', '').slice(2))),
    'ipv4',
    undefined,
  ],
  [
    'IPv4 that says version 6',
    pad(hex(unicast, '0800', '65', v4('11').replaceAll(' ', '').slice(2))),
    'ipv4',
    undefined,
  ],
  ['IPv4 that ends in its header', hex(unicast, '8100 0005 0800', v4('11')).subarray(0, 34), 'ipv4', undefined],
  ['IPv6', pad(hex(unicast, '86dd', v6('3a'))), 'ipv6', 58],
  ['IPv6 that ends in its header', hex(unicast, '8100 0005 86dd', v6('3a')).subarray(0, 54), 'ipv6', undefined],
  ['hop-by-hop options', pad(hex(unicast, '86dd', v6('00', '3a00000000000000'))), 'ipv6', 58],
  [
    'an authentication header',
    pad(hex(unicast, '86dd', v6('33', '0604000000000000 0000000000000000 0000000000000000', tcp)), 120),
    'ipv6',
    6,
  ],
  ['a first fragment', pad(hex(unicast, '86dd', v6('2c', '1100000100000001'))), 'ipv6', 17],
  ['a later fragment', pad(hex(unicast, '86dd', v6('2c', '1100010100000001'))), 'ipv6', 17],
  ['a later fragment of options', pad(hex(unicast, '86dd', v6('2c', '3c00010100000001'))), 'ipv6', undefined],
  [
    'eight extension headers',
    pad(hex(unicast, '86dd', v6('3c', '3c00000000000000'.repeat(7), '0600000000000000')), 160),
    'ipv6',
    6,
  ],
  ['nine extension headers', pad(hex(unicast, '86dd', v6('3c', '3c00000000000000'.repeat(9))), 160), 'ipv6', undefined],
  ['an extension header beyond the end', pad(hex(unicast, '86dd', v6('3c', '3aff000000000000 3a00'))), 'ipv6', 58],
  [
    'two extension headers, the second beyond the end',
    pad(hex(unicast, '86dd', v6('3c', '3cff000000000000'))),
    'ipv6',
    undefined,
  ],
  ['no next header', pad(hex(unicast, '86dd', v6('3b'))), 'ipv6', 59],
  ['ESP', pad(hex(unicast, '86dd', v6('32'))), 'ipv6', 50],
  ['a VLAN tag', pad(hex(unicast, '8100 0005 0800', v4('06', tcp))), 'ipv4', 6],
  ['four VLAN tags', pad(hex(unicast, '88a8 0005 8100 0006 8100 0007 9100 0008 86dd', v6('11')), 100), 'ipv6', 17],
  ['five VLAN tags', pad(hex(unicast, '8100 0005 '.repeat(5), '0800', v4('06', tcp)), 100), 'other', undefined],
  ['ARP', pad(hex('ffffffffffff 020000000001', '0806')), 'arp', undefined],
  ['LLDP', pad(hex('0180c200000e 020000000001', '88cc')), 'other', undefined],
];

const hooks = [
  ['xdp', 'incoming'],
  ['tc', 'incoming'],
  ['tc', 'outgoing'],
] as const;

const withProgram = async (
  [hook, direction]: (typeof hooks)[number],
  talkers: TalkersBy,
  use: (loaded: LoadedDirection) => Promise<void>,
): Promise<void> => {
  const loaded = await loadDirection({ hook, direction, talkers });
  try {
    await use(loaded);
  } finally {
    loaded.close();
  }
};

describe.for(hooks)('%s %s', ([hook, direction]) => {
  const place = hooks.find((each) => each[0] === hook && each[1] === direction) ?? hooks[0];

  test.for(packets)('%s', async ([, packet, family, protocol], { task, skip }) => {
    await requireFeature({ task, skip }, bpfFeature);
    await withProgram(place, 'port', async (loaded) => {
      const { answer } = await testRun(loaded.programFd, packet, 3);
      expect(answer).toBe(hook === 'xdp' ? 2 : -1);
      const { packets: counted, bytes, protocols } = loaded.read();
      expect([counted, bytes]).toEqual([3n, BigInt(3 * packet.length)]);
      expect(protocols).toEqual([{ family, protocol, packets: 3n, bytes: BigInt(3 * packet.length) }]);
      const { talkers, otherPackets } = await loaded.talkers(5);
      expect(talkers.reduce((sum, talker) => sum + talker.packets, otherPackets)).toBe(3n);
    });
  });

  test('multicast, broadcast, sizes, and whose address is the other side’s', async ({ task, skip }) => {
    await requireFeature({ task, skip }, bpfFeature);
    await withProgram(place, 'address', async (loaded) => {
      const macs = ['ffffffffffff', '01005e000001', '333300000001', '020000000002'];
      const lengths = [60, 64, 65, 127, 128, 255, 256, 511, 512, 1023, 1024, 1518, 1519, 3000];
      for (const mac of macs)
        for (const length of lengths)
          await testRun(loaded.programFd, pad(hex(mac, '020000000001 0800', v4('06', tcp)), length));
      const { multicast, broadcast, sizes } = loaded.read();
      expect([multicast, broadcast]).toEqual([BigInt(2 * lengths.length), BigInt(lengths.length)]);
      expect(sizes).toEqual(Array.from({ length: 7 }, () => 8n));
      const { talkers } = await loaded.talkers(5);
      expect(talkers.map(({ address }) => address)).toEqual([direction === 'incoming' ? '192.0.2.1' : '192.0.2.2']);
    });
  });

  test('no packet is lost when there are more talkers than places, and a late heavy one is found', async ({
    task,
    skip,
  }) => {
    await requireFeature({ task, skip }, bpfFeature);
    await withProgram(place, 'address', async (loaded) => {
      const at = direction === 'incoming' ? 26 : 30;
      const packet = pad(hex(unicast, '0800', v4('06', tcp)));
      const bytes = BigInt(packet.length);
      const flood = 60_000;
      for (let index = 0; index < flood; index += 1) {
        packet.writeUInt32BE(0x0a000000 + index, at);
        await testRun(loaded.programFd, packet);
        if (index % 500 === 0) loaded.read();
      }
      packet.writeUInt32BE(0xc6336401, at);
      await loaded.talkers(0);
      await testRun(loaded.programFd, packet, 5000);
      const { talkers, total, otherPackets, otherBytes, exceeded } = await loaded.talkers(100_000);
      expect(exceeded).toBe(16_384);
      expect(talkers[0]).toMatchObject({ address: '198.51.100.1', packets: 5000n });
      expect(new Set(talkers.map(({ address }) => address)).size).toBe(total);
      const sum = (of: 'packets' | 'bytes'): bigint => talkers.reduce((all, talker) => all + talker[of], 0n);
      expect(sum('packets') + otherPackets).toBe(BigInt(flood + 5000));
      expect(sum('bytes') + otherBytes).toBe(BigInt(flood + 5000) * bytes);
      expect(loaded.read().packets).toBe(BigInt(flood + 5000));
    });
  });
});
