import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plainHops, simulatePath, type SimulatedHop } from '../../../tests/probe/simulated-path.ts';
import type { IpVersion } from '../../model/probe.ts';
import type { Verdict } from './mtu-probe.ts';
import { nextLower, searchBetween, sizesBetween } from './mtu-search.ts';
import { createProber } from './prober.ts';
import { tracepath, type PathMtu } from './tracepath.ts';

const measure = async (hops: readonly SimulatedHop[], family: IpVersion = 4): Promise<PathMtu> => {
  const { signal } = new AbortController();
  const target = hops.at(-1)?.addresses[0] ?? '';
  const prober = createProber(simulatePath(hops, { family }), target, signal);
  try {
    return await tracepath(prober, { target, maxHops: 30, timeoutMs: 60 }, { signal, progress: () => undefined });
  } finally {
    prober.close();
  }
};

const withHop = (count: number, hop: number, change: Partial<SimulatedHop>): SimulatedHop[] =>
  plainHops(count).map((plain, index) => (index === hop - 1 ? { ...plain, ...change } : plain));

const passes: Verdict = {
  kind: 'passes',
  answer: { token: 1, from: null, kind: 'echo_reply', code: 0, mtu: null, hopLimit: null, atMs: 0 },
};

describe('tracepath', () => {
  for (const family of [4, 6] as const) {
    test(`IPv${family}: the router that tells is the hop where it shrinks`, async () => {
      const found = await measure(withHop(4, 2, { mtu: 1300 }), family);
      expect(found).toMatchObject({
        pmtuBytes: 1300,
        interfaceMtuBytes: 1500,
        changes: [{ hop_number: 2, from_bytes: 1500, to_bytes: 1300, told_by: '192.0.2.2', guessed: false }],
        blackHole: null,
        issues: [],
      });
      expect(found.hops.map(({ mtu_bytes: mtu }) => mtu)).toEqual([1500, 1500, 1300, 1300]);
    });
  }

  test('a router that names no size, or a size that cannot be, is asked again with smaller packets', async () => {
    for (const names of [null, 0, 9000]) {
      const found = await measure(withHop(3, 1, { mtu: 1480, names }));
      expect(found).toMatchObject({ pmtuBytes: 1480, blackHole: null });
      expect(found.changes.every(({ guessed, hop_number: hop }) => guessed && hop === 1)).toBe(true);
      expect(found.issues.join(' ')).toContain('without naming a usable size');
    }
  });

  test('a black hole is found to the byte, behind the last hop that large packets reach', async () => {
    const found = await measure(withHop(5, 3, { mtu: 1372, swallows: true }));
    expect(found).toMatchObject({
      pmtuBytes: 1372,
      changes: [],
      blackHole: { after_hop: 3, after_ip: '192.0.2.3', passes_bytes: 1372, vanishes_bytes: 1373 },
    });
    expect(found.hops.map(({ mtu_bytes: mtu }) => mtu)).toEqual([1500, 1500, 1500, 1372, 1372]);
  });

  test('an IPv6 path below 1,280 bytes is an issue', async () => {
    const found = await measure(withHop(3, 1, { mtu: 1000, swallows: true }), 6);
    expect(found.pmtuBytes).toBe(1000);
    expect(found.issues.join(' ')).toContain('must carry 1280 bytes');
  });

  test('loss is no black hole', async () => {
    const found = await measure(withHop(3, 2, { loses: (n) => n % 3 === 1 }));
    expect(found).toMatchObject({ pmtuBytes: 1500, blackHole: null });
  });
});

describe('searchBetween', () => {
  test('finds the largest size that passes, for any of them and any width', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 128, max: 9000 }), fc.integer({ min: 1, max: 12 }), async (true_, width) => {
        let asked = 0;
        const found = await searchBetween({ passes: 128, vanishes: 9001 }, width, async (bytes) => {
          asked += 1;
          return bytes <= true_ ? passes : { kind: 'silence' };
        });
        expect(found).toEqual({ passes: true_, vanishes: true_ + 1 });
        expect(asked).toBeLessThanOrEqual(14 * width);
      }),
    );
  });
  test('sizes lie strictly between the bounds', () => {
    expect(sizesBetween(100, 102, 8)).toEqual([101]);
    expect(sizesBetween(100, 101, 8)).toEqual([]);
  });
  test('the next lower size never leaves what a family must carry', () => {
    expect([nextLower(1500, 4), nextLower(1280, 6), nextLower(70_000, 4), nextLower(68, 4)]).toEqual([
      1492, 1280, 65_535, 68,
    ]);
  });
});
