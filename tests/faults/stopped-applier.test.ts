// An applier that is stopped in the middle holds the lock for ever; the guard ends it and undoes the change.
import { expect, test } from 'vitest';
import { openScene } from './scene.ts';

test('a stopped applier is ended by the guard and its change undone', { timeout: 180_000 }, async () => {
  const scene = await openScene();
  try {
    // After the first steps were made.
    const { code, outcome } = await scene.run({ killAfter: 9, killWhom: 'stop', confirmTimeout: 10, plan: short });
    expect(outcome).toBeUndefined();
    expect(code).toBeNull();
    await scene.guardsGone();
    expect(await scene.dump()).toBe(scene.before);
  } finally {
    await scene.remove();
  }
});

/** Few steps, since each lengthens what a working applier is given. */
const short = {
  iface: 'left',
  changes: { sysctl: { 'net.ipv4.tcp_fin_timeout': '30' }, shaper: { egress_mbit: 50 } },
};
