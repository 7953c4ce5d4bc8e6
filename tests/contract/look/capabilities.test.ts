// capabilities on the real host: what it says of programs, kernel and privileges is what the host's own tools say.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { kernelTest } from '../../helpers/kernel-test.ts';
import { connectServer } from '../../helpers/mcp-client.ts';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../e2e/product-with-test-tools.ts', import.meta.url));

const answerSchema = z.looseObject({
  kernel: z.string(),
  privileges: z.record(z.string(), z.boolean()),
  network_namespace: z.strictObject({ id: z.string(), initial: z.boolean() }),
  dependencies: z.array(
    z.strictObject({ name: z.string(), available: z.boolean(), path: z.string().nullable(), note: z.string() }),
  ),
  binaries: z.record(z.string(), z.string().nullable()),
  optional_binaries: z.array(z.looseObject({ name: z.string(), available: z.boolean(), fix: z.string().nullable() })),
  features: z.looseObject({ qdiscs: z.array(z.string()), congestion_controls: z.array(z.string()) }),
  problems: z.array(z.looseObject({ what: z.string() })),
});

const ask = async (namespace: Parameters<typeof connectServer>[0]) => {
  const { call, close } = await connectServer({ program, ...namespace });
  try {
    return { answer: answerSchema.parse(await call('capabilities')), raw: await call('capabilities') };
  } finally {
    await close();
  }
};

const which = (name: string): boolean => {
  try {
    execFileSync('sh', ['-c', `PATH=/usr/sbin:/usr/bin:/sbin:/bin command -v ${name}`]);
    return true;
  } catch {
    return false;
  }
};

kernelTest(
  'tells the kernel, privileges and programs as the host has them',
  { timeout: 60_000 },
  async ({ namespace }) => {
    const { answer } = await ask({ namespace });
    expect(answer.kernel).toBe(readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim());
    expect(answer.network_namespace.initial).toBe(false);
    const mask = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`);
    expect(answer.privileges).toMatchObject({
      net_admin: ((mask >> 12n) & 1n) === 1n,
      net_raw: ((mask >> 13n) & 1n) === 1n,
      perfmon: ((mask >> 38n) & 1n) === 1n,
      bpf: ((mask >> 39n) & 1n) === 1n,
    });
    for (const { name, available, path } of answer.dependencies) {
      expect([name, available]).toEqual([name, which(name)]);
      expect(answer.binaries[name]).toBe(path);
    }
    for (const { available, fix } of answer.optional_binaries) expect(fix === null).toBe(available);
  },
);

kernelTest('tells no problem for a program that only adds to answers', { timeout: 60_000 }, async ({ namespace }) => {
  const { answer } = await ask({ namespace });
  const optional = answer.optional_binaries.map(({ name }) => `${name} is not installed.`);
  expect(answer.problems.filter(({ what }) => optional.includes(what))).toEqual([]);
});

kernelTest(
  'qdiscs told can be set, and congestion controls told are there',
  { timeout: 60_000 },
  async ({ namespace }) => {
    const { answer } = await ask({ namespace });
    await namespace.addIfb('ifb0');
    for (const kind of answer.features.qdiscs.filter((name) =>
      ['htb', 'fq_codel', 'cake', 'prio', 'pfifo'].includes(name),
    ))
      await namespace.exec('tc', 'qdisc', 'replace', 'dev', 'ifb0', 'root', kind);
    const allowed = (await namespace.exec('sysctl', '-n', 'net.ipv4.tcp_allowed_congestion_control')).trim().split(' ');
    expect(answer.features.congestion_controls).toEqual(allowed.sort());
  },
);

kernelTest(
  'follows settings: guard, captures, toolsets, read-only mode',
  { timeout: 60_000 },
  async ({ namespace }) => {
    const env = {
      NETMCP_BLOCKED_TARGETS: '*.internal,10.0.0.0/8',
      NETMCP_BLOCK_PRIVATE: 'true',
      NETMCP_PCAP_ALLOWED_PATHS: '/nowhere/at/all',
    };
    const { raw } = await ask({ namespace, env, args: ['--read-only', '--toolsets', 'inspect'] });
    expect(raw).toMatchObject({
      read_only: true,
      toolsets: { inspect: 'on', probe: 'off', jobs: 'on' },
      security: { allowed_targets: [], blocked_targets: ['*.internal', '10.0.0.0/8'], block_private: true },
      pcap: { roots: [{}, { path: '/nowhere/at/all', exists: false, readable: false }] },
    });
    expect(JSON.stringify(raw['problems'])).toContain('mkdir -p /nowhere/at/all');
  },
);

kernelTest(
  'does not promise plans where the state directory cannot be made',
  { timeout: 60_000 },
  async ({ namespace }) => {
    const { raw } = await ask({ namespace, args: ['--state-dir', '/dev/null/netmcp'] });
    expect(raw['summary']).toMatch(/can look and probe, not plan or change;/);
    expect(JSON.stringify(raw['problems'])).toContain('Plans can be neither checked');
  },
);

test('no advice gives the node binary, and with it every local user, a capability', () => {
  const folder = fileURLToPath(new URL('../../../', import.meta.url));
  const files = ['src', 'docs', 'policy'].flatMap((room) =>
    readdirSync(`${folder}/${room}`, { recursive: true, encoding: 'utf8' }).map((file) => `${room}/${file}`),
  );
  const lines = files
    .filter((file) => /\.(?:ts|md|yaml)$/.test(file) && !file.endsWith('.test.ts'))
    .flatMap((file) => readFileSync(`${folder}/${file}`, 'utf8').split('\n'));
  expect(lines.length).toBeGreaterThan(10_000);
  expect(lines.filter((line) => /\bsetcap\b/.test(line) && !line.includes('on the ping program'))).toEqual([]);
});
