import { expect, test } from 'vitest';
import type { DirectionCounts } from '../../model/traffic.ts';
import { createLines } from './live-line.ts';
import type { Running } from './session.ts';

const counts = (packets: bigint, protocols: DirectionCounts['protocols']): DirectionCounts => ({
  packets,
  bytes: packets * 100n,
  wirePackets: undefined,
  wireBytes: undefined,
  protocols,
  multicast: undefined,
  broadcast: undefined,
  sizes: undefined,
});

const running: Running = {
  link: {
    ...{ iface: 'v0', ifindex: 7, up: true, loopback: false, carrier: true, operstate: 'up', mtu: 1500 },
    ...{ rxPackets: 0n, txPackets: 0n, rxBytes: 0n, txBytes: 0n, rxErrors: 0n, txErrors: 0n, rxDropped: 0n },
    ...{ txDropped: 0n, multicast: 0n, others: {} },
  },
  opened: [],
  topTalkers: 1,
  talkers: async () => ({
    counted: undefined,
    processes: [
      { pid: 7, process: 'iperf3\u001b[2J', packets: 3, bytes: 300 },
      { pid: 8, process: 'other', packets: 1, bytes: 100 },
    ],
  }),
};

test('protocols are those of the interval, talkers those since the start, no more than were asked for', async () => {
  const line = createLines();
  const tick = (total: DirectionCounts, packets: number) => ({
    index: 1,
    directions: [{ direction: 'incoming' as const, interval: { seconds: 0.5, packets, bytes: packets * 100 }, total }],
  });
  const udp = { family: 'ipv4' as const, protocol: 17, packets: 3n, bytes: 300n };
  const tcp = { family: 'ipv4' as const, protocol: 6, packets: 2n, bytes: 200n };
  const safe: unknown = expect.stringMatching(/^iperf3[^\u001b]*$/);
  const talkers = [{ process: safe, pid: 7, packets: 3, bytes: 300 }];
  expect(JSON.parse(await line(tick(counts(3n, [udp]), 3), running))).toMatchObject({
    interface: 'v0',
    seconds: 0.5,
    incoming: {
      ...{ packets: 3, bytes: 300, packets_per_second: 6, bits_per_second: 4800 },
      protocols: [{ protocol: 'udp', packets: 3, bytes: 300, percent: 100 }],
      top_talkers_since_start: talkers,
    },
  });
  expect(JSON.parse(await line(tick(counts(5n, [udp, tcp]), 2), running))).toMatchObject({
    incoming: { protocols: [{ protocol: 'tcp', packets: 2, bytes: 200, percent: 100 }] },
  });
  expect(JSON.parse(await line(tick(counts(5n, undefined), 0), running))).toMatchObject({
    incoming: { protocols: null },
  });
});
