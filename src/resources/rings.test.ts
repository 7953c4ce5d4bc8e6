import { describe, expect, it } from 'vitest';
import { makeSnapshot } from '../../tests/helpers/knob-context.ts';
import type { RingsObserved } from '../model/rings.ts';
import { nothingCommitted } from '../model/snapshot.ts';
import { parseRings, ringsResource } from './rings.ts';

/** e1000e, ethtool 5.9 and before: what the driver lacks is 0. */
const e1000e = `Ring parameters for eth0:
Pre-set maximums:
RX:\t\t4096
RX Mini:\t0
RX Jumbo:\t0
TX:\t\t4096
Current hardware settings:
RX:\t\t256
RX Mini:\t0
RX Jumbo:\t0
TX:\t\t256

`;

/** ixgbe, ethtool 6.1 over netlink. */
const ixgbe = `Ring parameters for eth0:
Pre-set maximums:
RX:\t\t\t8192
RX Mini:\t\tn/a
RX Jumbo:\t\tn/a
TX:\t\t\t8192
TX push buff len:\tn/a
Current hardware settings:
RX:\t\t\t512
RX Mini:\t\tn/a
RX Jumbo:\t\tn/a
TX:\t\t\t1024
RX Buf Len:\t\tn/a
CQE Size:\t\tn/a
TX Push:\toff
RX Push:\toff
TX push buff len:\tn/a
TCP data split:\tn/a
`;

const virtio = e1000e.replaceAll('4096', '256');
const noTx = ixgbe.replaceAll(/^TX:\t+\d+$/gm, 'TX:\t\t\tn/a');

const seen = (rx: number, tx: number, most: number): RingsObserved => ({
  current: { rx, tx },
  maximum: { rx: most, tx: most },
});

describe('rings', () => {
  it.each([
    ['e1000e', e1000e, seen(256, 256, 4096)],
    ['virtio_net', virtio, seen(256, 256, 256)],
    ['ixgbe', ixgbe, seen(512, 1024, 8192)],
    ['a driver with one ring', noTx, { current: { rx: 512, tx: null }, maximum: { rx: 8192, tx: null } }],
    ['one whose rings are all 0', e1000e.replaceAll(/\d{3,}/g, '0'), null],
    ['nothing', '', null],
    ['numbers too long', e1000e.replaceAll('256', '9'.repeat(40)), null],
    ['maximums alone', e1000e.split('Current')[0] ?? '', null],
  ])('reads %s', (_name, text, expected) => {
    expect(parseRings(text)).toEqual(expected);
  });

  it.each([
    [{ rx: 512, tx: 128 }, ['ethtool -G eth0 rx 512 tx 128']],
    [{ rx: 256, tx: 128 }, ['ethtool -G eth0 tx 128']],
    [{ rx: 256 }, []],
    [null, []],
  ])('brings about %j', (state, expected) => {
    const texts = ringsResource.commands('eth0', seen(256, 256, 4096), state).map(({ text }) => text);
    expect(texts).toEqual(expected);
  });

  it('takes no rounded size for the wished one, up or down', () => {
    for (const [rx, desired] of [
      [512, 300],
      [256, 300],
    ] as const) {
      expect(ringsResource.differences('eth0', { rx: desired }, seen(rx, 256, 4096))).toEqual([
        { path: 'rings.eth0.rx', current: String(rx), desired: '300' },
      ]);
    }
  });

  it('leaves the ring alone that nobody wished, and gives back the one wished before', () => {
    const original = { rx: 256, tx: 256 };
    const compose = (part: unknown, fragments: typeof nothingCommitted.fragments) =>
      ringsResource.compose('eth0', [{ iface: 'eth0', knob: 'rings', part }], {
        snapshot: makeSnapshot({ committed: { ...nothingCommitted, fragments } }),
        original,
      }).state;
    const committed = { resource: 'rings', target: 'eth0', iface: 'eth0', knob: 'rings', part: { tx: 1024 } };
    expect(compose({ rx: 512 }, [])).toEqual({ rx: 512 });
    expect(compose({ rx: 512 }, [committed])).toEqual({ rx: 512, tx: 256 });
    expect(compose({ rx: 512 }, [{ ...committed, target: 'eth1' }])).toEqual({ rx: 512 });
  });

  it('takes no state that is not sizes', () => {
    expect(() => ringsResource.checkState({ rx: '-s' })).toThrow();
    expect(() => ringsResource.checkState({ rx: 0 })).toThrow();
  });
});
