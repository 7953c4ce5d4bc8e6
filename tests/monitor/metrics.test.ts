// `netmcp metrics` in a namespace: every value is the kernel's own, on stdout and in a file.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import { kernelTest } from '../helpers/kernel-test.ts';
import { parseExposition } from './exposition.ts';

const product = resolve(import.meta.dirname, '..', 'e2e', 'product-with-test-tools.ts');

kernelTest('tells what /sys tells, and writes it for a collector', async ({ namespace }) => {
  await namespace.exec('sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1');
  await namespace.connect(namespace, { device: 'v0', addresses: ['192.0.2.1/24'] }, { device: 'v1' });
  await namespace.exec('ip', 'link', 'set', 'v1', 'mtu', '9000');
  await namespace.exec('ip', 'neigh', 'add', '192.0.2.9', 'lladdr', '02:00:00:00:00:09', 'dev', 'v0');
  await namespace.exec('sh', '-c', 'ping -q -c 50 -i 0.002 -W 1 192.0.2.9 || true');
  const families = parseExposition(await namespace.exec(process.execPath, product, 'metrics'));
  const valueOf = (name: string, device: string): string | undefined =>
    families
      .get(name)
      ?.samples.find(({ labels }) => labels['device'] === device)
      ?.value.toString();
  for (const device of ['lo', 'v0', 'v1']) {
    for (const [name, file] of [
      ['receive_bytes', 'rx_bytes'],
      ['receive_packets', 'rx_packets'],
      ['transmit_bytes', 'tx_bytes'],
      ['transmit_packets', 'tx_packets'],
      ['transmit_drop', 'tx_dropped'],
      ['receive_multicast', 'multicast'],
    ] as const) {
      const theirs = await namespace.exec('cat', `/sys/class/net/${device}/statistics/${file}`);
      expect([device, name, valueOf(`node_network_${name}_total`, device)]).toEqual([device, name, theirs.trim()]);
    }
  }
  expect(valueOf('node_network_transmit_packets_total', 'v0')).toBe('50');
  expect(valueOf('node_network_mtu_bytes', 'v1')).toBe('9000');
  expect([valueOf('node_network_up', 'v0'), valueOf('node_network_up', 'lo')]).toEqual(['1', '0']);
  expect(families.get('node_softnet_processed_total')?.samples.length).toBeGreaterThan(0);

  const folder = await mkdtemp(join(tmpdir(), 'netmcp-metrics-'));
  try {
    const file = join(folder, 'netmcp.prom');
    expect(await namespace.exec(process.execPath, product, 'metrics', '--output', file)).toBe('');
    expect([...parseExposition(await readFile(file, 'utf8')).keys()]).toEqual([...families.keys()]);
    await expect(namespace.exec(process.execPath, product, 'metrics', '--output', folder)).rejects.toThrow(
      /is a directory/,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
