// VLAN tags: the kernel takes one out of the packet before tc and nft see it, and keeps it beside. Each rung says so, and the difference to the
// interface's own counters is exactly the four bytes of each tag.
import { expect } from 'vitest';
import { kernelTest } from '../helpers/kernel-test.ts';
import { requireFeature, tapDevices } from '../helpers/skip.ts';
import { startAgent } from './agent.ts';
import { startCounting } from './counters.ts';
import { bpfFeature, tcxFeature } from './features.ts';

const rungs = ['xdp', 'tcx', 'clsact', 'nft'] as const;
const tagBytes = 4;
const frames = 100;

/** struct virtio_net_hdr, Ethernet, a tag of VLAN 7, IPv4 and UDP: 104 bytes of frame. */
const tagged = [
  '0000 0000 0000 0000 0000',
  '020000000002 020000000001 8100 0007 0800',
  '4500005600000000401100 00c0000202c6336401',
  '1770 1771 0042 0000',
  '00'.repeat(58),
]
  .join('')
  .replaceAll(' ', '');

kernelTest('a tag that comes in the packet', async ({ namespace, task, skip }) => {
  for (const feature of [tapDevices, bpfFeature, tcxFeature]) await requireFeature({ task, skip }, feature);
  await namespace.exec('sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1');
  const tap = startAgent(namespace, 'tun-agent.ts', 'tap0', 'tap');
  expect(await tap.line()).toBe('ready');
  await namespace.exec('ip', 'link', 'set', 'tap0', 'up');
  const { agent, opened, read } = await startCounting(
    namespace,
    rungs.map((rung) => ({ rung, direction: 'incoming', talkers: 'address' })),
    { iface: 'tap0' },
  );
  expect(opened.error).toBeUndefined();
  for (const { note } of opened.opened) expect(note).toContain('VLAN tag');
  const before = await read();
  await tap.ask(`write ${frames} ${tagged}`);
  const { counted, link } = await read();
  const bytes = (tagged.length / 2 - 10) * frames;
  expect((link?.rxBytes ?? 0) - (before.link?.rxBytes ?? 0)).toBe(bytes);
  for (const [index, rung] of rungs.entries()) {
    const counts = counted[index];
    // Generic XDP comes before the tag is taken out.
    const own = rung === 'xdp' ? bytes : bytes - frames * tagBytes;
    expect([rung, counts?.packets, counts?.bytes]).toEqual([rung, frames, own]);
    expect([rung, counts?.protocols]).toEqual([rung, [{ family: 'ipv4', protocol: 17, packets: frames, bytes: own }]]);
    expect([rung, counts?.talkers.talkers.map(({ address }) => address)]).toEqual([rung, ['192.0.2.2']]);
  }
  expect(await agent.end()).toBe(0);
  expect(await tap.end()).toBe(0);
});

kernelTest('what goes out says that a tag put in later is not counted', async ({ namespace, task, skip }) => {
  for (const feature of [bpfFeature, tcxFeature]) await requireFeature({ task, skip }, feature);
  const { agent, opened } = await startCounting(
    namespace,
    (['tcx', 'clsact', 'nft'] as const).map((rung) => ({ rung, direction: 'outgoing', talkers: 'none' })),
    { iface: 'lo' },
  );
  expect(opened.opened.map(({ note }) => note.includes('VLAN tag'))).toEqual([true, true, true]);
  await agent.end();
});
