// get_host_info on the real host, from inside a network namespace: equal to hostname, uname, os-release, /proc and, where they run, systemd's tools.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect } from 'vitest';
import * as z from 'zod';
import { kernelTest } from '../../helpers/kernel-test.ts';
import type { Namespace } from '../../helpers/netns.ts';
import { otherUsers, requireFeature } from '../../helpers/skip.ts';

const product = fileURLToPath(new URL('../../e2e/product-with-test-tools.ts', import.meta.url));

const answerSchema = z.object({
  summary: z.string(),
  hostname: z.string(),
  fqdn: z.string().nullable(),
  addresses: z.array(z.object({ address: z.string(), family: z.string(), interface: z.string() })),
  os: z.object({ name: z.string().nullable(), version: z.string().nullable() }),
  kernel: z.string(),
  architecture: z.string(),
  virtualization: z.object({ hypervisor: z.string().nullable(), container: z.string().nullable(), method: z.string() }),
  uptime_s: z.number(),
  boot_time: z.string(),
  cpus: z.number(),
  memory: z.object({ total_bytes: z.number() }),
  time: z.object({ timezone: z.string().nullable(), synchronized: z.boolean().nullable() }),
});

const ask = async ({ exec }: Namespace, ...user: string[]) => {
  const text = await exec('env', ...user, process.execPath, product, 'call', 'get_host_info');
  return { text, answer: answerSchema.parse(JSON.parse(text)) };
};

/** Output of a command, whatever its exit code; undefined when it is not installed. */
const output = async (file: string, ...args: string[]): Promise<string | undefined> => {
  const result: unknown = await promisify(execFile)(file, args).catch((error: unknown) => error);
  const { stdout, code } = z.object({ stdout: z.string().optional(), code: z.unknown().optional() }).parse(result);
  return code === 'ENOENT' ? undefined : stdout?.trim();
};

describe('get_host_info', () => {
  kernelTest('tells what the system’s own tools tell', { timeout: 30_000 }, async ({ namespace }) => {
    await namespace.connect(
      namespace,
      { device: 'v0', addresses: ['192.0.2.1/24', '192.0.2.9/32', '2001:db8::1/64', '169.254.7.7/16'] },
      { device: 'v1', addresses: ['2001:db8:1::1/64'] },
    );
    await namespace.exec('ip', 'address', 'add', '198.51.100.1/24', 'dev', 'lo');
    await namespace.addIfb('ifb9');
    await namespace.exec('ip', 'address', 'add', '203.0.113.1/24', 'dev', 'ifb9');
    await namespace.exec('ip', 'link', 'set', 'ifb9', 'down');
    const { answer, text } = await ask(namespace);

    const listed = (await namespace.exec('hostname', '-I')).trim().split(/\s+/);
    expect(answer.addresses.map(({ address }) => address).sort()).toEqual(listed.sort());
    expect(answer.addresses.find(({ family }) => family === 'ipv6')?.interface).toMatch(/^v[01]$/);
    expect(answer.hostname).toBe(await output('hostname'));
    const full = await output('hostname', '-f');
    expect(answer.fqdn).toBe(full === '' ? null : full);
    expect(`${answer.kernel} ${answer.architecture}`).toBe(await output('uname', '-rm'));
    const release = readFileSync('/etc/os-release', 'utf8');
    expect(release).toContain(`PRETTY_NAME="${answer.os.name ?? ''}"`);
    const booted = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
    expect(Math.abs(Date.parse(answer.boot_time) / 1000 - booted)).toBeLessThan(5);
    expect(String(answer.cpus)).toBe(await output('getconf', '_NPROCESSORS_ONLN'));
    expect(readFileSync('/proc/meminfo', 'utf8')).toContain(`${answer.memory.total_bytes / 1024} kB`);

    const [vm, container] = [
      await output('systemd-detect-virt', '--vm'),
      await output('systemd-detect-virt', '--container'),
    ];
    if (vm !== undefined) {
      expect(answer.virtualization).toEqual({
        hypervisor: vm === 'none' ? null : vm,
        container: container === 'none' ? null : container,
        method: 'systemd-detect-virt',
      });
    }
    // Both need systemd; without it they print nothing to compare with.
    const zone = /^Timezone=(.+)$/m.exec((await output('timedatectl', 'show')) ?? '')?.[1];
    if (zone !== undefined) expect(answer.time.timezone).toBe(zone);
    const json = (await output('hostnamectl', '--json=short')) ?? '';
    if (json !== '') {
      const told = z
        .object({ OperatingSystemPrettyName: z.string(), KernelRelease: z.string() })
        .parse(JSON.parse(json));
      expect([answer.os.name, answer.kernel]).toEqual([told.OperatingSystemPrettyName, told.KernelRelease]);
    }
    // What identifies this one machine stays here.
    const machineId = await output('cat', '/etc/machine-id');
    if (machineId !== undefined && machineId !== '') expect(text).not.toContain(machineId);
    expect(text).not.toContain(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  });

  kernelTest('tells another user the same', { timeout: 30_000 }, async ({ namespace, task, skip }) => {
    await requireFeature({ task, skip }, otherUsers);
    const { answer: mine } = await ask(namespace);
    const { answer: theirs } = await ask(
      namespace,
      'setpriv',
      '--reuid',
      '65534',
      '--regid',
      '65534',
      '--clear-groups',
      'env',
      'HOME=/',
    );
    for (const key of ['hostname', 'os', 'kernel', 'cpus', 'addresses', 'virtualization'] as const) {
      expect(theirs[key]).toEqual(mine[key]);
    }
    expect(mine.addresses).toEqual([]);
  });
});
