import { describe, expect, it } from 'vitest';
import { makeSnapshot } from '../../tests/helpers/knob-context.ts';
import { type Fragment, nothingCommitted } from '../model/snapshot.ts';
import { linkResource } from './link.ts';

const observed = { mtu: 1500, txqueuelen: 1000 };
const texts = (state: unknown, now: unknown = observed) =>
  linkResource.commands('eth0', now, state).map(({ text }) => text);

const committedBy = (knob: string, part: unknown): Fragment => ({
  resource: 'link',
  target: 'eth0',
  iface: 'eth0',
  knob,
  part,
});
const compose = (parts: Record<string, unknown>, fragments: Fragment[] = [], original: unknown = observed) =>
  linkResource.compose(
    'eth0',
    Object.entries(parts).map(([knob, value]) => ({ iface: 'eth0', knob, part: { [knob]: value } })),
    { snapshot: makeSnapshot({ committed: { ...nothingCommitted, fragments } }), original },
  );

describe('the link resource', () => {
  it.each([
    [{ mtu: 1400 }, ['ip link set dev eth0 mtu 1400']],
    [{ txqueuelen: 100 }, ['ip link set dev eth0 txqueuelen 100']],
    [{ mtu: 1400, txqueuelen: 100 }, ['ip link set dev eth0 mtu 1400 txqueuelen 100']],
    [{ mtu: 1500, txqueuelen: 0 }, ['ip link set dev eth0 txqueuelen 0']],
    [{ mtu: 1500 }, []],
  ])('brings about %j', (state, expected) => {
    expect(texts(state)).toEqual(expected);
  });

  it('composes two wishes on one target, and neither touches what it does not speak of', () => {
    expect(compose({ mtu: 1400 }).state).toEqual({ mtu: 1400 });
    expect(compose({ txqueuelen: 100 }).state).toEqual({ txqueuelen: 100 });
    expect(compose({ mtu: 1400, txqueuelen: 100 }).state).toEqual({ mtu: 1400, txqueuelen: 100 });
    // Somebody changed the queue since; a wish for the MTU does not set it back.
    const state = compose({ mtu: 1400 }, [committedBy('mtu', { mtu: 1300 })]).state;
    expect(linkResource.differences('eth0', state, { mtu: 1400, txqueuelen: 77 })).toEqual([]);
  });

  it('gives back what was wished before and is no longer', () => {
    const fragments = [committedBy('mtu', { mtu: 1400 }), committedBy('txqueuelen', { txqueuelen: 100 })];
    expect(compose({ txqueuelen: 100 }, fragments).state).toEqual({ mtu: 1500, txqueuelen: 100 });
  });

  it('reads the records of versions that knew only the MTU', () => {
    expect(linkResource.checkState({ mtu: 1500 })).toEqual({ mtu: 1500 });
    expect(linkResource.differences('eth0', { mtu: 1500 }, observed)).toEqual([]);
    expect(texts({ mtu: 1500 }, { mtu: 1400, txqueuelen: 100 })).toEqual(['ip link set dev eth0 mtu 1500']);
    const composed = compose({ mtu: 1400, txqueuelen: 100 }, [committedBy('mtu', { mtu: 1400 })], { mtu: 1500 });
    expect(composed.state).toEqual({ mtu: 1400, txqueuelen: 100 });
    expect(composed.findings).toEqual([
      expect.objectContaining({ path: 'changes.txqueuelen', severity: 'warning', code: 'no_original' }),
    ]);
    expect(compose({ mtu: 1400, txqueuelen: 100 }).findings).toEqual([]);
  });

  it('restores both exactly, and knows beforehand what it would read', () => {
    const context = { snapshot: makeSnapshot(), committed: undefined, takeover: false };
    const from = linkResource.current('eth0', observed, context);
    const after = linkResource.expected('eth0', { txqueuelen: 5 }, observed);
    expect(after).toEqual({ mtu: 1500, txqueuelen: 5 });
    expect(texts(from, after)).toEqual(['ip link set dev eth0 txqueuelen 1000']);
    expect(linkResource.differences('eth0', from, after)).toEqual([
      { path: 'link.eth0.txqueuelen', current: '5', desired: '1000' },
    ]);
  });
});
