import { expect, test } from 'vitest';
import { type ErrorCode, NetError } from '../model/errors.ts';
import type { DirectionCounter, Rung, TrafficRequest } from '../model/traffic.ts';
import { openDirection, openDirections, type Wanted } from './ladder.ts';

const counts = {
  packets: 0n,
  bytes: 0n,
  wirePackets: undefined,
  wireBytes: undefined,
  protocols: undefined,
  multicast: undefined,
  broadcast: undefined,
  sizes: undefined,
};

/** A host that refuses some rungs, and what was opened and closed there. */
const hostWith = (refusing: Partial<Record<Rung, ErrorCode>>) => {
  const open: string[] = [];
  const tried: string[] = [];
  return {
    open,
    tried,
    traffic: {
      open: async ({ rung, direction }: TrafficRequest): Promise<DirectionCounter> => {
        const name = `${direction} ${rung}`;
        tried.push(name);
        const code = refusing[rung];
        if (code !== undefined) throw new NetError(code, `no ${rung}`, 'do this');
        open.push(name);
        return {
          rung,
          note: '',
          read: async () => counts,
          talkers: async () => undefined,
          close: async () => {
            open.splice(open.indexOf(name), 1);
          },
        };
      },
    },
  };
};

const wanted = (direction: Wanted['direction'], method: Wanted['method'] = 'auto'): Wanted => ({
  direction,
  iface: 'v0',
  ifindex: 2,
  talkers: 'none',
  method,
});
const { signal } = new AbortController();

test.each<[string, Partial<Record<Rung, ErrorCode>>, Wanted['direction'], string, string[]]>([
  ['the best one', {}, 'incoming', 'xdp', []],
  ['no XDP for what goes out', {}, 'outgoing', 'tcx', []],
  ['somebody else’s XDP program', { xdp: 'rung_taken' }, 'incoming', 'tcx', ['xdp rung_taken']],
  [
    'an old kernel',
    { xdp: 'missing_kernel_feature', tcx: 'missing_kernel_feature' },
    'incoming',
    'clsact',
    ['xdp missing_kernel_feature', 'tcx missing_kernel_feature'],
  ],
  [
    'no privilege and no nft',
    { xdp: 'not_permitted', tcx: 'not_permitted', clsact: 'not_permitted', nft: 'missing_binary' },
    'outgoing',
    'proc',
    ['tcx not_permitted', 'clsact not_permitted', 'nft missing_binary'],
  ],
  [
    'too few descriptors, and many others at it',
    { xdp: 'limit_exceeded', tcx: 'missing_kernel_feature', clsact: 'locked' },
    'incoming',
    'nft',
    ['xdp limit_exceeded', 'tcx missing_kernel_feature', 'clsact locked'],
  ],
  [
    'no room for a record',
    { tcx: 'missing_kernel_feature', clsact: 'storage_failed' },
    'outgoing',
    'nft',
    ['tcx missing_kernel_feature', 'clsact storage_failed'],
  ],
])('%s', async (_name, refusing, direction, rung, reasons) => {
  const { traffic } = hostWith(refusing);
  const opened = await openDirection(traffic, wanted(direction), signal);
  expect(opened.counter.rung).toBe(rung);
  expect(opened.refused.map((refusal) => `${refusal.rung} ${refusal.code}`)).toEqual(reasons);
});

test('a forced method is tried alone, and its error is the answer', async () => {
  const host = hostWith({ tcx: 'rung_taken' });
  await expect(openDirection(host.traffic, wanted('incoming', 'tcx'), signal)).rejects.toMatchObject({
    code: 'rung_taken',
  });
  expect(host.tried).toEqual(['incoming tcx']);
  expect((await openDirection(host.traffic, wanted('incoming', 'xdp_native'), signal)).counter.rung).toBe('xdp_native');
});

test('XDP for what goes out is refused before anything is attached', async () => {
  const host = hostWith({});
  const both = [wanted('incoming', 'xdp'), wanted('outgoing', 'xdp')];
  await expect(openDirections(host.traffic, both, signal)).rejects.toMatchObject({ code: 'invalid_argument' });
  expect(host.tried).toEqual([]);
});

test('an error that no lower rung would avoid ends it, and what was open is closed', async () => {
  const host = hostWith({ tcx: 'not_found' });
  await expect(openDirections(host.traffic, [wanted('incoming'), wanted('outgoing')], signal)).rejects.toMatchObject({
    code: 'not_found',
  });
  expect(host.tried).toEqual(['incoming xdp', 'outgoing tcx']);
  expect(host.open).toEqual([]);
});

test('the last rung’s refusal is the answer', async () => {
  const all: Partial<Record<Rung, ErrorCode>> = {
    xdp: 'not_permitted',
    tcx: 'not_permitted',
    clsact: 'not_permitted',
    nft: 'not_permitted',
    proc: 'missing_kernel_feature',
  };
  await expect(openDirection(hostWith(all).traffic, wanted('incoming'), signal)).rejects.toMatchObject({
    code: 'missing_kernel_feature',
  });
});

test('a call cancelled while a rung opens leaves nothing open', async () => {
  const host = hostWith({});
  const quit = new AbortController();
  const traffic = {
    open: async (request: TrafficRequest) => {
      const counter = await host.traffic.open(request);
      quit.abort();
      return counter;
    },
  };
  await expect(openDirections(traffic, [wanted('incoming')], quit.signal)).rejects.toThrow();
  expect(host.open).toEqual([]);
});
