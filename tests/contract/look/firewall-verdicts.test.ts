// get_firewall never calls open what nft or a legacy table drops: each ruleset is loaded in a namespace, and ping asks the kernel too.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createConfigFiles } from '../../../src/host/config-files.ts';
import { getFirewall } from '../../../src/operations/inspect/get-firewall.ts';
import { openLab, type Lab } from '../../helpers/namespace-ports.ts';
import { refusingPorts } from '../../helpers/refusing-ports.ts';
import { requireFeature } from '../../helpers/skip.ts';
import { familySchema, legacyTables } from './firewall-parts.ts';

const answerSchema = z.object({
  summary: z.string(),
  overview: z
    .object({
      ipv4: familySchema,
      ipv6: familySchema,
      nat: z.array(z.object({ kind: z.string(), protocol: z.string().nullable(), port: z.string().nullable() })),
      accepted_ports: z.array(z.string()),
    })
    .optional(),
  tables: z.array(
    z.object({
      name: z.string(),
      dormant: z.boolean().optional(),
      chains_total: z.number(),
      chains: z.array(
        z.object({
          name: z.string(),
          hook: z.string().optional(),
          priority: z.number().optional(),
          policy: z.string().optional(),
          devices: z.array(z.string()).optional(),
        }),
      ),
      sets_total: z.number(),
      sets: z.array(
        z.object({
          name: z.string(),
          kind: z.string(),
          type: z.string(),
          flags: z.array(z.string()).optional(),
          elements: z.number().nullable(),
          first_elements: z.array(z.string()).optional(),
        }),
      ),
    }),
  ),
  rules: z.array(z.object({ handle: z.number().nullable(), text: z.string() })).optional(),
  total: z.number(),
  cursor: z.string().nullable(),
  notes: z.array(z.string()),
});

let lab: Lab;
let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'netmcp-verdicts-'));
  lab = await openLab();
});
afterAll(async () => {
  await lab.close();
  await rm(root, { recursive: true, force: true });
});
beforeEach(async () => {
  await lab.namespace.exec('nft', 'flush', 'ruleset');
});

const load = async (text: string): Promise<void> => {
  await writeFile(join(root, 'ruleset.nft'), text);
  await lab.namespace.exec('nft', '-f', join(root, 'ruleset.nft'));
};

const ask = async (input: Record<string, unknown> = {}) => {
  const { exec, kernel } = lab.ports;
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

const pings = async (address: string): Promise<boolean> =>
  (
    await lab.namespace.exec('sh', '-c', `ping -c 1 -W 0.3 ${address} >/dev/null 2>&1 && echo yes || echo no`)
  ).trim() === 'yes';

const input = (body: string, { of = 'inet', policy = 'accept', more = '' } = {}): string =>
  `table ${of} t {\n${more}\nchain c { type filter hook input priority 0; policy ${policy};\n${body}\n}\n}`;

interface Case {
  ruleset: string;
  /** filtered and default of input, IPv4 and IPv6. */
  v4: [boolean | null, string | null];
  v6: [boolean | null, string | null];
  /** Whether 127.0.0.1 and ::1 answer. */
  answers: [boolean, boolean];
  summary: string;
}

const open: Case['v4'] = [false, 'accept'];
const cases: Record<string, Case> = {
  'a verdict map in the rule': {
    ruleset: input('tcp dport vmap { 23 : drop, 24 : jump x }', { more: 'chain x {\ncounter\n}' }),
    v4: [true, 'accept'],
    v6: [true, 'accept'],
    answers: [true, true],
    summary: 'Input: IPv4 filtered (default accept), IPv6 filtered (default accept);',
  },
  'a verdict map that only accepts and jumps to what accepts': {
    ruleset: input('tcp dport vmap { 23 : accept, 24 : jump x }', { more: 'chain x {\naccept\n}' }),
    v4: open,
    v6: open,
    answers: [true, true],
    summary: 'Input: IPv4 not filtered (default accept), IPv6 not filtered (default accept);',
  },
  'a named verdict map': {
    ruleset: input('meta l4proto vmap @m', {
      more: 'map m { type inet_proto : verdict; elements = { icmp : drop, sctp : drop }\n}',
    }),
    v4: [true, 'accept'],
    v6: [true, 'accept'],
    answers: [false, true],
    summary: 'Input: IPv4 filtered (default accept)',
  },
  'a named verdict map that jumps to a chain that rejects': {
    ruleset: input('meta l4proto vmap @m', {
      more: 'chain x {\nreject\n}\nmap m { type inet_proto : verdict; elements = { icmp : jump x }\n}',
    }),
    v4: [true, 'accept'],
    v6: [true, 'accept'],
    answers: [false, true],
    summary: 'Input: IPv4 filtered',
  },
  'a named verdict map without elements': {
    ruleset: input('tcp dport vmap @m', { more: 'map m { type inet_service : verdict\n}' }),
    v4: open,
    v6: open,
    answers: [true, true],
    summary: 'Input: IPv4 not filtered',
  },
  'the rest of a verdict map': {
    ruleset: input('meta l4proto vmap { tcp : accept, * : drop }'),
    v4: [true, null],
    v6: [true, null],
    answers: [false, false],
    summary: 'Input: IPv4 filtered, IPv6 filtered;',
  },
  'a nested chain that drops': {
    ruleset: input('meta l4proto icmp jump {\ndrop\n}'),
    v4: [true, 'accept'],
    v6: [true, 'accept'],
    answers: [false, true],
    summary: 'Input: IPv4 filtered',
  },
  'a prerouting chain with policy drop': {
    ruleset: 'table inet t {\nchain early { type filter hook prerouting priority raw; policy drop;\n}\n}',
    v4: [true, 'drop'],
    v6: [true, 'drop'],
    answers: [false, false],
    summary:
      'Input: IPv4 filtered elsewhere (default drop), IPv6 filtered elsewhere (default drop); packets may be dropped before input by inet t early (prerouting); Forward: IPv4 filtered elsewhere (default drop)',
  },
  'a prerouting chain that drops, before an input chain that does not': {
    ruleset: `table ip r {\nchain early { type filter hook prerouting priority raw;\nip protocol icmp drop\n}\n}\n${input('counter')}`,
    v4: [true, 'accept'],
    v6: open,
    answers: [false, true],
    summary: 'IPv6 not filtered (default accept); packets may be dropped before input by ip r early (prerouting)',
  },
  'a nat chain that drops': {
    ruleset: 'table ip n {\nchain pre { type nat hook prerouting priority dstnat;\nip protocol icmp drop\n}\n}',
    v4: [true, 'accept'],
    v6: open,
    // The loopback's packets went through NAT on their way out.
    answers: [true, true],
    summary:
      'Input: IPv4 filtered elsewhere (default accept), IPv6 open; packets may be dropped before input by ip n pre',
  },
  'an ingress chain of devices': {
    ruleset:
      'table netdev n {\nchain in { type filter hook ingress devices = { lo, v0 } priority 0; policy drop;\n}\n}',
    v4: [true, 'accept'],
    v6: [true, 'accept'],
    answers: [false, false],
    summary: 'packets may be dropped before input by netdev n in (ingress on lo, v0)',
  },
  'an inet ingress chain that drops IPv6': {
    ruleset:
      'table inet n {\nchain in { type filter hook ingress device "lo" priority 0;\nmeta nfproto ipv6 counter drop\n}\n}',
    v4: open,
    v6: [true, 'accept'],
    answers: [true, false],
    summary:
      'Input: IPv4 open, IPv6 filtered elsewhere (default accept); packets may be dropped before input by inet n in',
  },
  'a bridge chain before input': {
    ruleset: 'table bridge b {\nchain pre { type filter hook prerouting priority 0; policy drop;\n}\n}',
    v4: [true, 'accept'],
    v6: [true, 'accept'],
    answers: [true, true],
    summary: 'packets may be dropped before input by bridge b pre (prerouting, bridged frames only)',
  },
  'ip6 only': {
    ruleset: input('counter', { of: 'ip6', policy: 'drop' }),
    v4: open,
    v6: [true, 'drop'],
    answers: [true, false],
    summary: 'Input: IPv4 open, IPv6 filtered (default drop)',
  },
  'one family of an inet table': {
    ruleset: input('meta nfproto ipv4 drop'),
    v4: [true, 'drop'],
    v6: open,
    answers: [false, true],
    summary: 'Input: IPv4 filtered (default drop), IPv6 not filtered (default accept)',
  },
  'an address of one family in an inet table': {
    ruleset: input('ip saddr { 127.0.0.0/8, 192.0.2.1 } drop'),
    v4: [true, 'accept'],
    v6: open,
    answers: [false, true],
    summary: 'Input: IPv4 filtered (default accept), IPv6 not filtered (default accept)',
  },
  'policy accept and a last drop': {
    ruleset: input('tcp dport 22 accept\ncounter drop'),
    v4: [true, 'drop'],
    v6: [true, 'drop'],
    answers: [false, false],
    summary: 'Input: IPv4 filtered (default drop), IPv6 filtered (default drop)',
  },
  'policy accept and a last drop in a chain that all go to': {
    ruleset: input('ct state established accept\njump a', {
      more: 'chain b {\nmeta mark set 1 drop\n}\nchain a {\ntcp dport 22 accept\ngoto b\n}',
    }),
    v4: [true, 'drop'],
    v6: [true, 'drop'],
    answers: [false, false],
    summary: 'Input: IPv4 filtered (default drop)',
  },
  'a state that is not accepted': {
    ruleset: input('ct state vmap { new : drop, established : accept }'),
    v4: [true, 'accept'],
    v6: [true, 'accept'],
    answers: [false, false],
    summary: 'Input: IPv4 filtered',
  },
  'a route that is missing (fib)': {
    ruleset: input('fib saddr . iif oif missing drop'),
    v4: [true, 'accept'],
    v6: [true, 'accept'],
    answers: [true, true],
    summary: 'Input: IPv4 filtered',
  },
  'a dormant table': {
    ruleset: `table inet t {\nflags dormant;\nchain c { type filter hook input priority 0; policy drop;\ntcp dport 22 accept\n}\nchain n { type nat hook prerouting priority dstnat;\ntcp dport 80 redirect to :81\n}\n}`,
    v4: open,
    v6: open,
    answers: [true, true],
    summary:
      'Input: IPv4 open, IPv6 open; Forward: IPv4 open, IPv6 open; no NAT; 1 table with 2 rules, 1 of them dormant: switched off.',
  },
};

describe('what is filtered', () => {
  it.each(Object.entries(cases))('%s', async (_name, { ruleset, v4, v6, answers, summary }) => {
    await load(ruleset);
    const answer = await ask();
    const { ipv4, ipv6, accepted_ports: ports } = answer.overview ?? {};
    expect([ipv4?.input.filtered, ipv4?.input.default]).toEqual(v4);
    expect([ipv6?.input.filtered, ipv6?.input.default]).toEqual(v6);
    expect(answer.summary).toContain(summary);
    expect([await pings('127.0.0.1'), await pings('::1')]).toEqual(answers);
    if (ruleset.includes('dormant')) {
      expect(ports).toEqual([]);
      expect(answer.tables[0]?.dormant).toBe(true);
      expect(answer.notes.join(' ')).toContain('dormant');
    }
  });

  it('a comment that says dormant switches nothing off', async () => {
    await load(
      'table inet t {\ncomment "flags dormant"\nchain c { type filter hook input priority 0; policy drop;\n}\n}',
    );
    expect((await ask()).overview?.ipv4.input).toMatchObject({ filtered: true, default: 'drop' });
  });

  it('legacy raw and mangle chains before input', async (context) => {
    await requireFeature(context, legacyTables);
    const legacy = (...args: string[]) => lab.namespace.exec('iptables-legacy', ...args);
    try {
      await legacy('-t', 'raw', '-P', 'PREROUTING', 'DROP');
      const raw = await ask();
      expect(raw.overview?.ipv4.input).toMatchObject({ filtered: true, default: 'drop' });
      expect(raw.overview?.ipv6.input).toMatchObject({ filtered: false, chains: 0 });
      expect(raw.summary).toContain('before input by legacy ip raw PREROUTING (prerouting)');
      await legacy('-t', 'raw', '-P', 'PREROUTING', 'ACCEPT');
      await legacy('-t', 'mangle', '-A', 'PREROUTING', '-p', 'icmp', '-j', 'DROP');
      const mangle = await ask();
      expect(mangle.overview?.ipv4.forward).toMatchObject({ filtered: true, default: 'accept' });
      expect(mangle.summary).toContain('before input by legacy ip mangle PREROUTING (prerouting)');
      expect(await pings('127.0.0.1')).toBe(false);
    } finally {
      await legacy('-t', 'raw', '-P', 'PREROUTING', 'ACCEPT');
      await legacy('-t', 'mangle', '-F');
    }
  });
});

describe('detail full', () => {
  it('chains, and sets and maps with their first elements', async () => {
    const addresses = Array.from({ length: 30 }, (_, at) => `198.51.100.${at}`).join(', ');
    await load(`table inet t {
      set bl { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.0.2.7-192.0.2.9 }
      }
      set many { type ipv4_addr; elements = { ${addresses} }
      }
      set two { type ipv4_addr . inet_service; flags timeout; elements = { 192.0.2.1 . 80 timeout 1h comment "a\u202eb" }
      }
      map m { type inet_service : verdict; elements = { 23 : drop, 24 : jump x }
      }
      chain x {
        counter
      }
      chain c { type filter hook input priority 10; policy drop;
        ip saddr @bl drop
        tcp dport vmap @m
      }
    }
    table netdev n {
      chain in { type filter hook ingress device "v0" priority -5;
      }
    }`);
    const { tables, total } = await ask({ detail: 'full' });
    expect(total).toBe(3);
    expect(tables[0]?.chains).toEqual([{ name: 'c', hook: 'input', priority: 10, policy: 'drop' }, { name: 'x' }]);
    expect(tables[1]?.chains).toEqual([
      { name: 'in', hook: 'ingress', priority: -5, policy: 'accept', devices: ['v0'] },
    ]);
    const [bl, m, many, two] = (tables[0]?.sets ?? []).toSorted((left, right) => left.name.localeCompare(right.name));
    expect(bl).toMatchObject({
      flags: ['interval'],
      elements: 2,
      first_elements: ['10.0.0.0/8', '192.0.2.7-192.0.2.9'],
    });
    expect(m).toMatchObject({
      kind: 'map',
      type: 'inet_service : verdict',
      first_elements: ['23 : drop', '24 : jump x'],
    });
    expect(many?.elements).toBe(30);
    expect(many?.first_elements).toHaveLength(20);
    const listed = await lab.namespace.exec('nft', 'list', 'set', 'inet', 't', 'many');
    for (const element of many?.first_elements ?? []) expect(listed).toMatch(new RegExp(`\\b${element}\\b`));
    expect(two).toMatchObject({ type: 'ipv4_addr . inet_service', flags: ['timeout'], elements: 1 });
    expect(two?.first_elements?.[0]).toMatch(/^192\.0\.2\.1 \. 80 \(expires in \d+ s\) "ab"$/);
  });

  it('many long sets, chains and rules stay within an answer; a set comes with the page that speaks of it', async () => {
    const at = (count: number, text: (number: number) => string): string =>
      Array.from({ length: count }, (_, number) => text(number)).join('\n');
    const elements = (number: number): string =>
      Array.from({ length: 25 }, (_, last) => `2001:db8:${number}::ffff:${last + 1000}`).join(', ');
    const table = (name: string): string =>
      `table inet ${name} {
        ${at(60, (number) => `set a_rather_long_name_of_a_set_${number} { type ipv6_addr; elements = { ${elements(number)} }\n}`)}
        ${at(60, (number) => `chain a_rather_long_name_of_a_chain_${number} {\n}`)}
        chain c { type filter hook input priority 0;
          ${at(150, (number) => `tcp dport ${number + 1} counter accept`)}
          ip6 saddr @a_rather_long_name_of_a_set_59 drop
        }
      }`;
    await load(`${table('one')}\n${table('two')}`);
    const handles: (number | null)[] = [];
    const withSet: boolean[] = [];
    const spoken: boolean[] = [];
    let cursor: string | null = null;
    do {
      const page: z.output<typeof answerSchema> = await ask({ detail: 'full', ...(cursor === null ? {} : { cursor }) });
      handles.push(...(page.rules ?? []).map(({ handle }) => handle));
      spoken.push((page.rules ?? []).some(({ text }) => text.includes('@')));
      withSet.push(page.tables.some(({ sets }) => sets.some(({ name }) => name.endsWith('_59'))));
      if (cursor === null) {
        expect(page.tables[0]).toMatchObject({ name: 'one', chains_total: 61, sets_total: 60 });
        expect(page.tables[0]?.chains[0]).toMatchObject({ name: 'c', hook: 'input', policy: 'accept' });
        expect(page.tables[0]?.sets.length).toBeGreaterThan(0);
      }
      ({ cursor } = page);
    } while (cursor !== null);
    const listing = await lab.namespace.exec('nft', '-a', '-t', 'list', 'ruleset');
    const told = [...listing.matchAll(/^\t\t.*(?:accept|drop) # handle (\d+)$/gm)].map(([, handle]) => Number(handle));
    expect(told).toHaveLength(302);
    expect(handles).toEqual(told);
    expect(spoken).toContain(true);
    expect(withSet).toEqual(spoken);
  });
});

it('the longest names everywhere stay within an answer', async () => {
  const long = (name: string, at: number): string => `${name}${at}_`.padEnd(120, 'x');
  const lines = (count: number, text: (at: number) => string): string =>
    Array.from({ length: count }, (_, at) => text(at)).join('\n');
  const comment = `comment "${'c'.repeat(120)}"`;
  const table = (at: number): string => `table inet ${long('table', at)} {
    ${lines(25, (set) => `set ${long('set', set)} { type ipv4_addr . inet_service; flags interval; ${comment}\n}`)}
    ${lines(35, (chain) => `chain ${long('chain', chain)} { type filter hook prerouting priority ${chain}; policy drop;\n}`)}
    chain nat { type nat hook prerouting priority dstnat;
      ${lines(15, (port) => `tcp dport { ${port + 1}, 60001-60010, 61001-61010, 62001-62010, 63001-63010, 64001-64010 } redirect to :9 ${comment}`)}
    }
    chain in { type filter hook input priority 0; policy accept;
      ${lines(70, (port) => `tcp dport ${port + 60_000}-${port + 60_100} accept`)}
      ${lines(12, (port) => `tcp dport ${port + 1} counter packets 9 bytes 9 drop ${comment}`)}
    }
  }`;
  await load(`${table(1)}\n${table(2)}`);
  const { tables, overview, cursor } = await ask();
  expect(tables[0]).toMatchObject({ chains_total: 37, sets_total: 25 });
  expect(tables[0]?.chains.length).toBeGreaterThan(0);
  expect(overview?.ipv4.input.elsewhere.at(-1)).toBe('and 64 more');
  expect((await ask({ cursor })).tables).toHaveLength(1);
  for (let next: string | null = '0'; next !== null;) ({ cursor: next } = await ask({ detail: 'full', cursor: next }));
});

it('NAT with the protocol and port it matches', async () => {
  await load(`table inet n {
    chain pre { type nat hook prerouting priority dstnat;
      tcp dport 8080 dnat ip to 192.0.2.9:80
      ip protocol udp udp dport { 53, 60-69 } redirect to :99
      meta l4proto { tcp, udp } th dport 5353 redirect to :53
      meta l4proto tcp redirect to :1
      tcp dport != 22 redirect to :2
    }
  }`);
  expect((await ask()).overview?.nat).toEqual([
    { kind: 'dnat', protocol: 'tcp', port: '8080' },
    { kind: 'redirect', protocol: 'udp', port: '53, 60-69' },
    { kind: 'redirect', protocol: 'tcp, udp', port: '5353' },
    { kind: 'redirect', protocol: 'tcp', port: null },
    { kind: 'redirect', protocol: 'tcp', port: 'not 22' },
  ]);
});
