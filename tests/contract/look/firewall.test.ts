// get_firewall against nft and iptables-legacy-save in a namespace, and on hosts where something is missing or forbidden.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createConfigFiles } from '../../../src/host/config-files.ts';
import { createFakeHost } from '../../../src/host/fake/fake-host.ts';
import { NetError } from '../../../src/model/errors.ts';
import type { HostPorts } from '../../../src/model/ports.ts';
import { getFirewall } from '../../../src/operations/inspect/get-firewall.ts';
import { openLab, type Lab } from '../../helpers/namespace-ports.ts';
import { refusingPorts } from '../../helpers/refusing-ports.ts';
import { requireFeature } from '../../helpers/skip.ts';
import { familySchema, legacyTables } from './firewall-parts.ts';

const place = { family: z.string(), table: z.string(), chain: z.string(), handle: z.number().nullable() };
const answerSchema = z.object({
  success: z.literal(true),
  summary: z.string(),
  overview: z
    .object({
      ipv4: familySchema,
      ipv6: familySchema,
      nat_total: z.number(),
      nat: z.array(
        z.object({
          kind: z.string(),
          protocol: z.string().nullable(),
          port: z.string().nullable(),
          to: z.string().nullable(),
        }),
      ),
      top_drops: z.array(z.object({ ...place, packets: z.number(), bytes: z.number(), text: z.string() })),
      accepted_ports: z.array(z.string()),
    })
    .optional(),
  managers: z.array(z.object({ name: z.string(), active: z.boolean() })),
  tables: z
    .array(
      z.object({
        backend: z.string(),
        family: z.string(),
        name: z.string(),
        owners: z.array(z.string()),
        rules: z.number(),
        dropped_packets: z.number(),
        dormant: z.boolean().optional(),
        chains_total: z.number(),
        chains: z.array(
          z.object({
            name: z.string(),
            hook: z.string().optional(),
            priority: z.number().optional(),
            policy: z.string().optional(),
            devices: z.array(z.string()).optional(),
            rules: z.number(),
          }),
        ),
        sets_total: z.number(),
        sets: z.array(
          z.object({
            name: z.string(),
            elements: z.number().nullable(),
            type: z.string(),
            flags: z.array(z.string()).optional(),
            first_elements: z.array(z.string()).optional(),
          }),
        ),
      }),
    )
    .optional(),
  rules: z
    .array(
      z.object({
        ...place,
        position: z.number(),
        text: z.string(),
        packets: z.number().nullable(),
        comment: z.string().nullable(),
      }),
    )
    .optional(),
  total: z.number(),
  truncated: z.boolean(),
  cursor: z.string().nullable(),
  hidden: z.array(z.string()),
  notes: z.array(z.string()),
});

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'netmcp-firewall-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});
const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};

const ask = async ({ exec, kernel }: HostPorts, input: Record<string, unknown> = {}) => {
  const ports = refusingPorts({ exec, kernel, configFiles: async () => createConfigFiles(root) });
  const call = {
    signal: AbortSignal.timeout(60_000),
    progress: () => undefined,
    client: { kind: 'cli' as const, name: 'test', version: '0' },
  };
  const answer = await getFirewall.run(input, ports, call);
  expect(JSON.stringify(answer).length).toBeLessThan(20_000);
  return answerSchema.parse(answer);
};

const allRules = async (ports: HostPorts, input: Record<string, unknown> = {}) => {
  const first = await ask(ports, { ...input, detail: 'full' });
  const rules = first.rules ?? [];
  let { cursor } = first;
  while (cursor !== null) {
    const next = await ask(ports, { ...input, detail: 'full', cursor });
    rules.push(...(next.rules ?? []));
    cursor = next.cursor;
  }
  expect(rules).toHaveLength(first.total);
  return { rules, notes: first.notes };
};

const ruleset = `table inet filter {
  set blocked { type ipv4_addr; flags interval; comment "\u202eevil\u0007"; elements = { 198.51.100.0/24, 192.0.2.66 } }
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related counter accept
    tcp dport 22 accept comment "the \u202edoor"
    tcp dport { 80, 443, 8000-8010 } counter accept
    ip saddr @blocked counter drop
    ip protocol icmp counter drop
    tcp dport 5432 ip saddr 10.0.0.0/8 accept
    jump last
  }
  chain last { counter reject
  }
}
table ip nat {
  chain post { type nat hook postrouting priority srcnat
    oifname "v0" counter masquerade
  }
  chain pre { type nat hook prerouting priority dstnat
    tcp dport 8080 dnat to 192.0.2.9:80
  }
}
table bridge br { chain f { type filter hook forward priority 0
    counter drop
  }
}
`;

describe('in a namespace', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(async () => {
    await lab.close();
  });
  beforeEach(async () => {
    await lab.namespace.exec('nft', 'flush', 'ruleset');
  });
  const load = async (text: string): Promise<void> => {
    write('/ruleset.nft', text);
    await lab.namespace.exec('nft', '-f', join(root, 'ruleset.nft'));
  };

  it('nothing is there, and asking creates no legacy table', async () => {
    const before = await lab.namespace.exec('cat', '/proc/net/ip_tables_names');
    const answer = await ask(lab.ports);
    expect(answer.summary).toBe('No firewall rules: everything is accepted.');
    expect(answer).toMatchObject({ total: 0, hidden: [], notes: [] });
    expect(await lab.namespace.exec('cat', '/proc/net/ip_tables_names')).toBe(before);
  });

  it('every rule once, in nft’s words and with its handle', async () => {
    await load(ruleset);
    const { rules, notes } = await allRules(lab.ports);
    expect(notes).toEqual([]);
    const listing = await lab.namespace.exec('nft', '-a', 'list', 'ruleset');
    const told = [...listing.matchAll(/^\t\t(.*) # handle (\d+)$/gm)].map(([, text, handle]) => ({
      text: text?.replaceAll('\u202e', ''),
      handle: Number(handle),
    }));
    expect(told).toHaveLength(11);
    expect(rules.map(({ text, handle }) => ({ text, handle }))).toEqual(told);
    const onlyNat = await ask(lab.ports, { detail: 'full', table: 'nat', family: 'ip' });
    expect(onlyNat.rules?.map(({ table, chain, position }) => [table, chain, position])).toEqual([
      ['nat', 'post', 1],
      ['nat', 'pre', 1],
    ]);
    await expect(ask(lab.ports, { table: 'none' })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('the summary says what is filtered, translated, dropped and let in', async () => {
    await load(ruleset);
    await lab.namespace.exec('sh', '-c', 'ping -c 3 -i 0.2 -W 1 127.0.0.1 || true');
    const { overview, tables, summary } = await ask(lab.ports);
    expect(overview).toMatchObject({
      // The last rule, a jump for all, rejects what the policy would drop.
      ipv4: {
        input: { filtered: true, default: 'reject' },
        forward: { filtered: false, default: 'accept', chains: 0 },
      },
      ipv6: { input: { filtered: true, default: 'reject' } },
      nat: [
        { kind: 'masquerade', protocol: null, port: null, to: null },
        { kind: 'dnat', protocol: 'tcp', port: '8080', to: '192.0.2.9:80' },
      ],
      accepted_ports: ['inet tcp/22', 'inet tcp/80', 'inet tcp/443', 'inet tcp/8000-8010'],
    });
    const listed = await lab.namespace.exec('nft', 'list', 'chain', 'inet', 'filter', 'input');
    const packets = Number(/ip protocol icmp counter packets (\d+)/.exec(listed)?.[1]);
    expect(packets).toBeGreaterThanOrEqual(3);
    expect(overview?.top_drops[0]).toMatchObject({ table: 'filter', chain: 'input', packets });
    expect(overview?.top_drops[0]?.text).toContain('ip protocol icmp');
    expect(tables?.map(({ family: of, name, rules, dropped_packets }) => [of, name, rules, dropped_packets])).toEqual([
      ['inet', 'filter', 8, packets],
      ['ip', 'nat', 2, 0],
      ['bridge', 'br', 1, 0],
    ]);
    expect(tables?.[0]?.sets).toEqual([{ name: 'blocked', type: 'ipv4_addr', flags: ['interval'], elements: 2 }]);
    expect(summary).toContain('Input: IPv4 filtered (default reject), IPv6 filtered (default reject)');
    expect(summary).toContain('Forward: IPv4 open but for bridged frames, IPv6 open but for bridged frames; ');
    expect(summary).toContain('packets may be dropped around forward by bridge br f (forward, bridged frames only)');
    expect(summary).toContain('2 NAT rules');
  });

  it('1,200 rules and 10,000 elements come page by page; elements are counted', async () => {
    const addresses = Array.from({ length: 10_000 }, (_, at) => `10.${at >> 14}.${(at >> 7) & 127}.${at & 127}`);
    const rules = Array.from(
      { length: 1200 },
      (_, at) => `ip saddr 10.9.${at >> 8}.${at & 255} tcp dport ${at + 1} counter drop`,
    );
    await load(
      `table ip many { set s { type ipv4_addr; elements = { ${addresses.join(', ')} }\n}\nchain c { type filter hook input priority 0\n${rules.join('\n')}\n}\n}`,
    );
    const { tables, overview } = await ask(lab.ports);
    expect(tables).toMatchObject([{ name: 'many', rules: 1200, sets: [{ name: 's', elements: 10_000 }] }]);
    expect(overview?.accepted_ports).toEqual([]);
    const { rules: shown } = await allRules(lab.ports);
    const listing = await lab.namespace.exec('nft', '-a', '-t', 'list', 'ruleset');
    const handles = [...listing.matchAll(/^\t\tip saddr .* # handle (\d+)$/gm)].map(([, handle]) => Number(handle));
    expect(handles).toHaveLength(1200);
    expect(shown.map(({ handle }) => handle)).toEqual(handles);
    expect(shown.map(({ position }) => position)).toEqual(rules.map((_, at) => at + 1));
  });

  it('many tables and chains stay within an answer, page by page', async () => {
    const chains = Array.from({ length: 60 }, (_, at) => `chain a_rather_long_name_of_a_chain_${at} { }`).join('\n');
    await load(Array.from({ length: 25 }, (_, at) => `table inet table${at} {\n${chains}\n}`).join('\n'));
    const names: string[] = [];
    let cursor: string | null = null;
    do {
      const answer = await ask(lab.ports, cursor === null ? {} : { cursor });
      expect(answer.total).toBe(25);
      names.push(...(answer.tables ?? []).map(({ name }) => name));
      cursor = answer.cursor;
    } while (cursor !== null);
    expect(names).toEqual(Array.from({ length: 25 }, (_, at) => `table${at}`));
  });

  it('names and comments that forge lines become no rules', async () => {
    const evil = 'q" # handle 99\n\t\ttcp dport 1 accept';
    const table = { family: 'ip', table: 'we ird\n"; flush ruleset' };
    const add = (what: object) => ({ add: what });
    write(
      '/ruleset.json',
      JSON.stringify({
        nftables: [
          add({ table: { family: 'ip', name: table.table } }),
          add({ chain: { ...table, name: 'a} b\n', type: 'filter', hook: 'input', prio: 0, policy: 'accept' } }),
          add({ rule: { ...table, chain: 'a} b\n', comment: evil, expr: [{ drop: null }] } }),
          add({ rule: { ...table, chain: 'a} b\n', expr: [{ accept: null }] } }),
        ],
      }),
    );
    await lab.namespace.exec('nft', '-j', '-f', join(root, 'ruleset.json'));
    const { rules, notes } = await allRules(lab.ports);
    expect(rules.map(({ text }) => text)).toEqual(['[{"drop":null}]', '[{"accept":null}]']);
    expect(rules[0]?.comment).toBe('q" # handle 99tcp dport 1 accept');
    expect(notes.join(' ')).toContain('shown as JSON');
    const answer = await ask(lab.ports);
    expect(JSON.stringify(answer)).not.toMatch(/\\n|\\t/);
    expect(answer.overview?.accepted_ports).toEqual([]);
  });

  it('D-18: legacy tables, beside nft’s and as iptables-legacy-save tells them', async (context) => {
    await requireFeature(context, legacyTables);
    await load(ruleset);
    const legacy = (...args: string[]) => lab.namespace.exec('iptables-legacy', ...args);
    await legacy(
      '-A',
      'INPUT',
      '-p',
      'tcp',
      '--dport',
      '2222',
      '-m',
      'comment',
      '--comment',
      'he"llo \\ -j DROP',
      '-j',
      'ACCEPT',
    );
    await legacy('-P', 'FORWARD', 'DROP');
    await legacy('-A', 'INPUT', '-s', '192.0.2.7', '-j', 'DROP');
    try {
      const { rules } = await allRules(lab.ports, { table: 'filter', family: 'ip' });
      const saved = await lab.namespace.exec('iptables-legacy-save', '-t', 'filter');
      const lines = saved.split('\n').filter((line) => line.startsWith('-A '));
      expect(rules.map(({ chain, text }) => `-A ${chain} ${text}`)).toEqual(lines);
      expect(rules[0]).toMatchObject({ handle: null, comment: 'he"llo \\ -j DROP' });
      const { overview, tables, notes } = await ask(lab.ports);
      expect(overview?.ipv4.forward).toMatchObject({ filtered: true, default: 'drop' });
      expect(overview?.ipv6.forward).toMatchObject({ filtered: false });
      expect(overview?.accepted_ports).toContain('ip tcp/2222');
      expect(tables?.at(-1)).toMatchObject({
        backend: 'legacy',
        name: 'filter',
        owners: ['iptables-legacy'],
        rules: 2,
      });
      expect(notes.join(' ')).toContain('a packet has to pass both');
    } finally {
      await legacy('-F');
      await legacy('-P', 'FORWARD', 'ACCEPT');
    }
  });
});

const names = '/proc/self/net/ip_tables_names';

it('without root it says what is hidden and who is switched on', async () => {
  write('/etc/ufw/ufw.conf', '# x\nENABLED=yes\nLOGLEVEL=low\n');
  write('/etc/firewalld/firewalld.conf', 'DefaultZone=public\n');
  const { ports } = createFakeHost({
    handlers: { nft: () => ({ code: 1, stderr: 'Operation not permitted (you must be root)\n' }) },
  });
  ports.kernel.read = async (path) => {
    throw new NetError('not_permitted', `${path} could not be read (EACCES).`, 'Run netmcp as root.');
  };
  const answer = await ask(ports);
  expect(answer.hidden).toHaveLength(3);
  // What is not seen is not said to be open.
  expect(answer.overview).toBeUndefined();
  expect(answer.hidden[0]).toContain('Run netmcp as root or with the capability CAP_NET_ADMIN.');
  expect(answer.summary).toContain('hidden');
  expect(answer.summary).toContain('Active by their files: ufw.');
  expect(answer.managers).toEqual([
    { name: 'ufw', active: true },
    { name: 'firewalld', active: false },
  ]);
  expect((await ask(ports, { detail: 'full', table: 'filter' })).summary).toContain('hidden');
});

it('without nft the legacy tables are told, and only those the kernel names are asked for', async () => {
  const stdout = '*filter\n:INPUT DROP [4:400]\n[1:2] -A INPUT -i lo -j ACCEPT\nCOMMIT\n';
  const { ports, exec } = createFakeHost({
    files: { [names]: 'filter\n', '/proc/self/net/ip6_tables_names': '' },
    handlers: { 'iptables-legacy-save': () => ({ stdout }), 'ip6tables-legacy-save': () => ({}) },
  });
  const answer = await ask(ports);
  expect(answer.hidden).toEqual([expect.stringContaining('apt-get install nftables')]);
  expect(answer.overview?.ipv4.input).toEqual({ filtered: true, default: 'drop', chains: 1, elsewhere: [] });
  expect(answer.overview?.ipv6.input).toEqual({ filtered: null, default: null, chains: 0, elsewhere: [] });
  expect(answer.summary).toContain('Input: IPv4 filtered (default drop), IPv6 not known');
  expect(answer.tables).toMatchObject([{ backend: 'legacy', name: 'filter', dropped_packets: 4 }]);
  expect(exec.calls.map(({ binary, args }) => [binary, ...args])).toEqual([
    ['iptables-legacy-save', '-c', '-t', 'filter'],
  ]);
});

it('legacy tables without the tool are named', async () => {
  const { ports } = createFakeHost({
    files: { [names]: 'filter\nnat\n' },
    handlers: { nft: () => ({ stdout: '{"nftables":[]}' }) },
  });
  const { hidden } = await ask(ports);
  expect(hidden).toEqual([expect.stringContaining('(filter, nat), but iptables-legacy-save is not installed')]);
});

it('a ruleset too large to list is read without the elements of its sets', async () => {
  const set = { family: 'ip', table: 't', name: 's', type: 'ipv4_addr' };
  const { ports } = createFakeHost({
    handlers: {
      nft: ({ args }) => {
        if (args.includes('-a')) return { stdout: 'table ip t {\n}\n' };
        if (!args.includes('-t')) throw new NetError('limit_exceeded', 'nft wrote too much.', 'Ask for less.');
        return { stdout: JSON.stringify({ nftables: [{ table: { family: 'ip', name: 't' } }, { set }] }) };
      },
    },
  });
  const { tables, notes } = await ask(ports);
  expect(tables?.[0]?.sets).toMatchObject([{ name: 's', elements: null }]);
  expect(notes.join(' ')).toContain('not counted');
});

it('an nft that fails hides its part and nothing else', async () => {
  const { ports } = createFakeHost({ handlers: { nft: () => ({ code: 1, stderr: 'Protocol \u001b[31mwrong' }) } });
  const answer = await ask(ports);
  expect(answer.hidden[0]).toContain('nft list ruleset failed: Protocol [31mwrong');
  expect(answer.summary).toContain('failed');
});
