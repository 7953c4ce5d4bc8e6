import { describe, expect, it } from 'vitest';
import { makeSnapshot } from '../../tests/helpers/knob-context.ts';
import type { CoalescingObserved } from '../model/coalescing.ts';
import { coalescingResource, parseCoalescing } from './coalescing.ts';

const none: NonNullable<CoalescingObserved> = {
  adaptive_rx: null,
  adaptive_tx: null,
  rx_usecs: null,
  tx_usecs: null,
  rx_frames: null,
  tx_frames: null,
};

/** ethtool 6.1, which marks what the driver lacks. */
const netlinkText = (adaptive: string, rx: string, rxFrames: string, tx: string, txFrames: string): string =>
  `Coalesce parameters for eth0:
Adaptive RX: ${adaptive}
stats-block-usecs:\tn/a
sample-interval:\tn/a
pkt-rate-low:\t\tn/a
pkt-rate-high:\t\tn/a

rx-usecs:\t${rx}
rx-frames:\t${rxFrames}
rx-usecs-irq:\t7
rx-frames-irq:\t8

tx-usecs:\t${tx}
tx-frames:\t${txFrames}
tx-usecs-irq:\tn/a
tx-frames-irq:\tn/a

rx-usecs-low:\tn/a
rx-frame-low:\tn/a
tx-usecs-low:\tn/a
tx-frame-low:\tn/a

rx-usecs-high:\tn/a
rx-frame-high:\tn/a
tx-usecs-high:\tn/a
tx-frame-high:\tn/a

CQE mode RX: n/a  TX: n/a

`;

/** e1000e by ethtool before 5.9: 0 for everything that it lacks. */
const old = `Coalesce parameters for eth0:
Adaptive RX: off  TX: off
stats-block-usecs: 0
sample-interval: 0

rx-usecs: 3
rx-frames: 0
rx-usecs-irq: 0
rx-frames-irq: 0

tx-usecs: 0
tx-frames: 0

`;

describe('coalescing', () => {
  it.each([
    ['e1000e', netlinkText('n/a  TX: n/a', '3', 'n/a', 'n/a', 'n/a'), { ...none, rx_usecs: 3 }],
    ['ixgbe', netlinkText('n/a  TX: n/a', '1', 'n/a', '0', 'n/a'), { ...none, rx_usecs: 1, tx_usecs: 0 }],
    [
      'virtio_net',
      netlinkText('off  TX: n/a', '0', '1', '0', '64'),
      { ...none, adaptive_rx: false, rx_usecs: 0, tx_usecs: 0, rx_frames: 1, tx_frames: 64 },
    ],
    [
      'both adaptive',
      netlinkText('on  TX: on', '8', '128', '8', '128'),
      { adaptive_rx: true, adaptive_tx: true, rx_usecs: 8, tx_usecs: 8, rx_frames: 128, tx_frames: 128 },
    ],
    [
      'an old ethtool',
      old,
      { adaptive_rx: false, adaptive_tx: false, rx_usecs: 3, tx_usecs: 0, rx_frames: 0, tx_frames: 0 },
    ],
    ['a driver without any', netlinkText('n/a  TX: n/a', 'n/a', 'n/a', 'n/a', 'n/a'), null],
    ['nothing', '', null],
    ['numbers too large', netlinkText('n/a  TX: n/a', '4294967296', '9'.repeat(40), 'n/a', 'n/a'), null],
  ])('reads %s', (_name, text, expected) => {
    expect(parseCoalescing(text)).toEqual(expected);
  });

  const observed = { ...none, adaptive_rx: true, rx_usecs: 8, rx_frames: 0 };

  it.each([
    [{ adaptive_rx: false, rx_usecs: 30 }, ['ethtool -C eth0 adaptive-rx off rx-usecs 30']],
    [{ adaptive_rx: true, rx_usecs: 8 }, []],
    [{ rx_frames: 16 }, ['ethtool -C eth0 rx-frames 16']],
    [{ tx_usecs: 16 }, []],
    [null, []],
  ])('brings about %j', (state, expected) => {
    expect(coalescingResource.commands('eth0', observed, state).map(({ text }) => text)).toEqual(expected);
  });

  it('goes back to adaptive after the numbers', () => {
    const now = { ...observed, adaptive_rx: false, rx_usecs: 30 };
    const context = { snapshot: makeSnapshot(), committed: undefined, takeover: false };
    const from = coalescingResource.current('eth0', observed, context);
    expect(from).toEqual({ adaptive_rx: true, rx_usecs: 8, rx_frames: 0 });
    const texts = coalescingResource.commands('eth0', now, from).map(({ text }) => text);
    expect(texts).toEqual(['ethtool -C eth0 rx-usecs 8', 'ethtool -C eth0 adaptive-rx on']);
    expect(coalescingResource.differences('eth0', from, coalescingResource.expected('eth0', from, now))).toEqual([]);
  });

  it('shows what the driver lacks as absent', () => {
    expect(coalescingResource.differences('eth0', { adaptive_tx: true }, observed)).toEqual([
      { path: 'coalescing.eth0.adaptive_tx', current: null, desired: 'on' },
    ]);
  });
});
