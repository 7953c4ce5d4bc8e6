// A shaper at 20 Mbit/s in each direction, measured by iperf3 between two namespaces: TCP goodput within 3 % of the rate's share for payload.
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openNamespace } from '../helpers/netns.ts';
import { tcResource } from '../../src/resources/tc/resource.ts';
import { bringAbout, composeCase, read, sh, snapshotAt } from './tc-round-trip.ts';
import type { Place } from './tc-round-trip.ts';

const rateMbit = 20;
const payload = 1448;
const frame = 1514;
const seconds = 4;

const goodputMbit = (report: string): number => {
  const parsed: unknown = JSON.parse(report);
  const found = /"sum_received":\{.*?"bits_per_second":([0-9.e+]+)/.exec(JSON.stringify(parsed))?.[1];
  return Number(found) / 1_000_000;
};

// The other test file may take the processor away for a moment: measured again then, never taken as an average.
test('20 Mbit/s each way', { timeout: 60_000, retry: 2 }, async () => {
  const here = await openNamespace();
  const there = await openNamespace();
  await here.connect(
    there,
    { device: 'veth9', addresses: ['192.0.2.1/24'] },
    { device: 'peer9', addresses: ['192.0.2.2/24'] },
  );
  const place: Place = {
    namespace: here.name,
    features: {
      // No fq_codel or cake on every test machine: the plain leaf that stands in for them.
      qdiscs: ['htb', 'tbf', 'ingress', 'bfifo'],
      classifiers: ['u32'],
      ...{ ifb: true, congestion_controls: [], conntrack: true, nftables: true, binaries: {} },
    },
  };
  const observed = await read(place, 'veth9');
  const snapshot = snapshotAt(place, 'veth9', observed);
  const { state } = composeCase({ shaper: { egress_mbit: rateMbit, ingress_mbit: rateMbit } }, 'veth9', snapshot, {
    root: null,
    ingress: null,
  });
  await bringAbout(place, 'veth9', state);
  expect(tcResource.differences('veth9', state, await read(place, 'veth9'))).toEqual([]);

  const server = spawn('ip', ['netns', 'exec', there.name, 'iperf3', '--server'], { stdio: 'ignore' });
  try {
    await sleep(500);
    const measure = (direction: string): number =>
      goodputMbit(sh(place, `iperf3 --client 192.0.2.2 --time ${seconds} --omit 1 --json${direction}`));
    const measured = { egress: measure(''), ingress: measure(' --reverse') };
    const expected = (rateMbit * payload) / frame;
    for (const [direction, value] of Object.entries(measured)) {
      const off = `${direction}: ${value.toFixed(2)} Mbit/s, expected ${expected.toFixed(2)}`;
      expect(Math.abs(value / expected - 1), off).toBeLessThan(0.03);
    }
    process.stdout.write(
      `goodput at ${rateMbit} Mbit/s: ${JSON.stringify(measured)} of ${expected.toFixed(2)} Mbit/s\n`,
    );
  } finally {
    server.kill('SIGKILL');
    await Promise.all([here.remove(), there.remove()]);
  }
});
