import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeSnapshot } from '../../../tests/helpers/knob-context.ts';
import { nftCases, wholePart } from '../../../tests/contract/nft-cases.ts';
import { NetError } from '../../model/errors.ts';
import type { ExecResult, HostPorts } from '../../model/ports.ts';
import type { NftPart } from './entries.ts';
import { nftResource } from './resource.ts';

const snapshot = makeSnapshot();
const compose = (...parts: { iface: string; knob?: string; part: unknown }[]): unknown =>
  nftResource.compose(
    'netmcp',
    parts.map((part) => ({ knob: 'dscp', ...part })),
    { snapshot, original: null },
  ).state;
const script = (observed: unknown, state: unknown): string =>
  nftResource
    .commands('netmcp', observed, state)
    .map(({ action }) => (action.kind === 'exec' ? (action.stdin ?? '') : ''))
    .join('');
const expectedOf = (state: unknown): unknown => nftResource.expected('netmcp', state, null);

const seedPart: NftPart = {
  entries: [
    { kind: 'dscp', match: { proto: 'udp', dports: [3478, 3479, 19302] }, dscp: 'EF' },
    { kind: 'connection_limit', protocol: 'tcp', port: 80, limit: 100, mask: 32, mask6: 64, action: 'reject' },
    {
      kind: 'rate_limit',
      rate: 1000,
      unit: 'second',
      burst: 50,
      scope: 'per_source',
      mask: 24,
      mask6: 64,
      exempt_ports: [22],
    },
    { kind: 'nat', type: 'dnat', iface: 'eth0', protocol: 'tcp', dport: 8080, to_addr: 'fd00::2', to_port: 80 },
    { kind: 'classify', match: { dscp: 'EF' }, classid: '1:0A' },
  ],
};

describe('the script', () => {
  it('creates the table from nothing, byte for byte', () => {
    const text = script(null, compose({ iface: 'eth0', part: seedPart }));
    expect(text.replace(/(connections|rate)_[0-9a-f]{12}/g, '$1_X').replace(/netmcp:[0-9a-f]{12}/g, 'netmcp:X')).toBe(
      [
        'create table inet netmcp',
        'add set inet netmcp connections_X_ipv4 { type ipv4_addr; size 65535; flags dynamic; }',
        'add set inet netmcp connections_X_ipv6 { type ipv6_addr; size 65535; flags dynamic; }',
        'add set inet netmcp rate_X_ipv4 { type ipv4_addr; size 65535; flags dynamic,timeout; timeout 60s; }',
        'add set inet netmcp rate_X_ipv6 { type ipv6_addr; size 65535; flags dynamic,timeout; timeout 60s; }',
        'add chain inet netmcp nat_prerouting { type nat hook prerouting priority -100; policy accept; }',
        'add chain inet netmcp limit_input { type filter hook input priority -5; policy accept; }',
        'add chain inet netmcp mark_dscp { type filter hook postrouting priority -150; policy accept; }',
        'add chain inet netmcp set_class { type filter hook postrouting priority -149; policy accept; }',
        'add rule inet netmcp nat_prerouting iifname "eth0" tcp dport 8080 dnat ip6 to [fd00::2]:80 comment "netmcp:X:nat"',
        'add rule inet netmcp limit_input iifname "eth0" tcp dport 80 ct state new add @connections_X_ipv4 { ip saddr ct count over 100 } reject with tcp reset comment "netmcp:X:connections"',
        'add rule inet netmcp limit_input iifname "eth0" tcp dport 80 ct state new add @connections_X_ipv6 { ip6 saddr & ffff:ffff:ffff:ffff:: ct count over 100 } reject with tcp reset comment "netmcp:X:connections"',
        'add rule inet netmcp limit_input iifname "eth0" tcp dport 22 ct state established,related accept comment "netmcp:X:exempt"',
        'add rule inet netmcp limit_input iifname "eth0" update @rate_X_ipv4 { ip saddr & 255.255.255.0 limit rate over 1000/second burst 50 packets } drop comment "netmcp:X:rate"',
        'add rule inet netmcp limit_input iifname "eth0" update @rate_X_ipv6 { ip6 saddr & ffff:ffff:ffff:ffff:: limit rate over 1000/second burst 50 packets } drop comment "netmcp:X:rate"',
        'add rule inet netmcp mark_dscp oifname "eth0" udp dport { 3478-3479, 19302 } ip dscp set 46 accept comment "netmcp:X:dscp"',
        'add rule inet netmcp mark_dscp oifname "eth0" udp dport { 3478-3479, 19302 } ip6 dscp set 46 accept comment "netmcp:X:dscp"',
        'add rule inet netmcp set_class oifname "eth0" ip dscp 46 meta priority set 1:a accept comment "netmcp:X:class"',
        'add rule inet netmcp set_class oifname "eth0" ip6 dscp 46 meta priority set 1:a accept comment "netmcp:X:class"',
        '',
      ].join('\n'),
    );
  });

  it('replaces in place, and deletes only our table', () => {
    const first = compose({ iface: 'eth0', part: seedPart });
    const second = compose({ iface: 'eth1', part: { entries: [{ kind: 'nat', type: 'masquerade', iface: 'eth1' }] } });
    const lines = script(expectedOf(first), second).split('\n');
    expect(lines[0]).toBe('flush table inet netmcp');
    expect(lines.filter((line) => line.startsWith('delete chain'))).toHaveLength(4);
    expect(lines.filter((line) => line.startsWith('delete set'))).toHaveLength(4);
    expect(script(expectedOf(first), null)).toBe('delete table inet netmcp\n');
    expect(script(null, null)).toBe('');
    expect(script(expectedOf(first), first)).toBe('');
  });

  it('deletes the whole table where it holds what cannot be deleted by name', () => {
    const observed = { objects: [{ kind: 'map', name: 'm', text: '' }], rules: [] };
    expect(
      script(observed, compose({ iface: 'eth0', part: seedPart }))
        .split('\n')
        .slice(0, 2),
    ).toEqual(['delete table inet netmcp', 'create table inet netmcp']);
    const odd = { objects: [{ kind: 'chain', name: 'c; flush ruleset', text: '' }], rules: [] };
    expect(script(odd, compose({ iface: 'eth0', part: seedPart }))).not.toContain('flush ruleset');
  });

  it('names no table but ours, whatever the entries', () => {
    for (const { part } of nftCases) {
      for (const line of script(null, compose({ iface: 'eth0', part }))
        .trim()
        .split('\n')) {
        expect(line).toMatch(/^(create table|add (set|chain|rule)) inet netmcp( |$)/);
      }
    }
  });

  it('remembers a source for as long as its bucket takes to fill', () => {
    const timeoutOf = (rate: number, unit: string, burst: number): string | undefined =>
      /timeout (\d+s)/.exec(
        script(
          null,
          compose({
            iface: 'eth0',
            part: { entries: [{ ...wholePart.entries.find(({ kind }) => kind === 'rate_limit'), rate, unit, burst }] },
          }),
        ),
      )?.[1];
    expect(timeoutOf(1000, 'second', 50)).toBe('60s');
    expect(timeoutOf(1, 'second', 600)).toBe('601s');
    expect(timeoutOf(10, 'hour', 5)).toBe('5400s');
  });
});

describe('composing', () => {
  const a = { iface: 'eth0', part: seedPart };
  const b = { iface: 'eth1', part: { entries: [{ kind: 'nat', type: 'masquerade', iface: 'eth1' }] } };

  it('does not depend on the order of plans', () => {
    expect(compose(a, b)).toEqual(compose(b, a));
  });

  it('keeps one of equal entries, and no table for none', () => {
    expect(compose(a, { ...a })).toEqual(compose(a));
    expect(compose({ iface: 'eth0', part: { entries: [] } })).toBeNull();
  });

  it.each([
    ['an interface with a quote', { iface: 'eth0" accept', part: b.part }],
    ['an interface with a wildcard', { iface: 'eth*', part: b.part }],
    [
      'an address with script text',
      {
        iface: 'eth0',
        part: { entries: [{ kind: 'nat', type: 'snat', iface: 'eth0', to_addr: '10.0.0.1; flush ruleset' }] },
      },
    ],
    [
      'an address with a zone',
      { iface: 'eth0', part: { entries: [{ kind: 'dscp', match: { src: 'fe80::1%eth0' }, dscp: 1 }] } },
    ],
    [
      'a port range with a newline',
      { iface: 'eth0', part: { entries: [{ kind: 'dscp', match: { proto: 'tcp', dports: ['1-2\n3'] }, dscp: 1 }] } },
    ],
    [
      'a class id with text',
      { iface: 'eth0', part: { entries: [{ kind: 'classify', match: {}, classid: '1:10 accept' }] } },
    ],
    ['a translation to nothing', { iface: 'eth0', part: { entries: [{ kind: 'nat', type: 'dnat', iface: 'eth0' }] } }],
    [
      'a translation across families',
      {
        iface: 'eth0',
        part: { entries: [{ kind: 'nat', type: 'snat', iface: 'eth0', to_addr: '::1', src: '10.0.0.1' }] },
      },
    ],
    [
      'a translation of the wrong protocol',
      {
        iface: 'eth0',
        part: { entries: [{ kind: 'nat', type: 'snat', iface: 'eth0', to_addr: '10.0.0.1', protocol: 'icmpv6' }] },
      },
    ],
    [
      'ports without protocol',
      { iface: 'eth0', part: { entries: [{ kind: 'dscp', match: { dports: [1] }, dscp: 1 }] } },
    ],
    ['an unknown kind', { iface: 'eth0', part: { entries: [{ kind: 'raw', text: 'flush ruleset' }] } }],
  ])('refuses %s', (_name, part) => {
    // The part schema takes the entries, the state schema the interface, wherever a step goes next.
    expect(() => script(null, compose(part))).toThrow();
  });

  it('never lets text through that is not one command on one line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        for (const entry of [
          { kind: 'nat', type: 'snat', iface: text, to_addr: text },
          { kind: 'nat', type: 'masquerade', iface: text },
          { kind: 'dscp', match: { src: text }, dscp: text },
          { kind: 'classify', match: { proto: 'tcp', dports: [text] }, classid: text },
        ]) {
          let made = '';
          try {
            made = script(null, compose({ iface: text, part: { entries: [entry] } }));
          } catch {
            continue;
          }
          for (const line of made.trimEnd().split('\n')) {
            expect(line).toMatch(/^(create table inet netmcp|add (chain|rule) inet netmcp [\x20-\x7e]+)$/);
          }
        }
      }),
    );
  });
});

describe('what is there', () => {
  const committed = compose({ iface: 'eth0', part: wholePart });
  const context = { snapshot, committed, takeover: false };

  it('is the committed state when the listing says so, and nothing when the table is gone', () => {
    expect(nftResource.current('netmcp', expectedOf(committed), context)).toEqual(committed);
    expect(nftResource.current('netmcp', null, context)).toBeNull();
  });

  it('is refused when it is not ours', () => {
    const other = expectedOf(compose({ iface: 'eth9', part: wholePart }));
    for (const owned of [
      context,
      { ...context, committed: undefined },
      { ...context, committed: null, takeover: true },
    ]) {
      expect(() => nftResource.current('netmcp', other, owned)).toThrow(NetError);
    }
  });

  it('differs in the order of rules too', () => {
    const one = {
      entries: [
        { kind: 'dscp', match: { proto: 'tcp' }, dscp: 1 },
        { kind: 'dscp', match: { proto: 'udp' }, dscp: 2 },
      ],
    };
    const swapped = compose({ iface: 'eth0', part: { entries: one.entries.toReversed() } });
    expect(nftResource.differences('netmcp', compose({ iface: 'eth0', part: one }), expectedOf(swapped))).toHaveLength(
      1,
    );
  });

  it('says which rules come and go', () => {
    const differences = nftResource.differences(
      'netmcp',
      compose({ iface: 'eth0', part: { entries: wholePart.entries.slice(0, 1) } }),
      null,
    );
    expect(differences.map(({ path }) => path)).toEqual([
      'nft.netmcp.mark_dscp',
      'nft.netmcp.mark_dscp',
      'nft.netmcp.mark_dscp',
    ]);
    expect(differences.every(({ current, desired }) => current === null && desired !== null)).toBe(true);
  });

  it('shows rules as people write them', () => {
    const limit = wholePart.entries.filter(({ kind }) => kind === 'connection_limit').slice(0, 1);
    const rules = nftResource
      .differences('netmcp', compose({ iface: 'eth0', part: { entries: limit } }), null)
      .map(({ desired }) => desired ?? '')
      .filter((line) => line.startsWith('iifname'));
    expect(rules.length).toBeGreaterThan(0);
    for (const rule of rules) expect(rule).toMatch(/^iifname "eth0" (tcp|udp) dport \d+ ct state new [^"]*$/);
  });

  it('shows the comment where nothing else differs', () => {
    const state = compose({ iface: 'eth0', part: { entries: wholePart.entries.slice(0, 1) } });
    const edited: unknown = JSON.parse(
      JSON.stringify(expectedOf(state)).replaceAll(/netmcp:[0-9a-f]{12}:/g, 'netmcp:0:'),
    );
    for (const { current, desired } of nftResource.differences('netmcp', state, edited))
      expect(current ?? desired).toContain('comment "netmcp:');
  });
});

describe('reading', () => {
  const reading = (result: Partial<ExecResult>): Promise<unknown> => {
    const ports: HostPorts = {
      exec: {
        run: async () => ({ code: 1, stdout: '', stderr: '', ...result }),
        find: async () => undefined,
      },
      kernel: {
        read: async () => undefined,
        write: async () => undefined,
        list: async () => [],
        writable: async () => false,
      },
      clock: { now: () => 0, bootTimeMs: () => 0 },
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    };
    return nftResource.read('netmcp', ports, new AbortController().signal);
  };

  it('takes a missing table for none', async () => {
    expect(
      await reading({ stderr: 'Error: No such file or directory\nlist table inet netmcp\n                ^^^^^^\n' }),
    ).toBeNull();
  });

  it.each([
    ['netlink: Error: cache initialization failed: Operation not permitted', 'not_permitted'],
    ['Operation not permitted (you must be root)', 'not_permitted'],
    ['netlink: Error: cache initialization failed: Protocol not supported', 'missing_kernel_feature'],
    ['Error: something else', 'step_failed'],
  ])('names what went wrong: %s', async (stderr, code) => {
    await expect(reading({ stderr })).rejects.toMatchObject({ code });
  });

  it('keeps what it does not understand', async () => {
    const stdout =
      'table inet netmcp {\n\tflags dormant\n\tct helper h {\n\t\ttype "ftp" protocol tcp\n\t}\n\tset s {\n\t\ttype ipv4_addr\n\t\telements = { 10.0.0.1,\n\t\t\t     10.0.0.2 }\n\t}\n\tchain c {\n\t\tstrange { words }\n\t}\n}\n';
    expect(await reading({ code: 0, stdout })).toEqual({
      objects: [
        { kind: 'other', name: '', text: 'flags dormant' },
        { kind: 'ct helper', name: 'h', text: 'type "ftp" protocol tcp' },
        { kind: 'set', name: 's', text: 'type ipv4_addr elements = 10.0.0.1 10.0.0.2 }' },
        { kind: 'chain', name: 'c', text: '' },
      ],
      rules: [{ chain: 'c', id: null, text: 'strange words' }],
    });
  });
});
