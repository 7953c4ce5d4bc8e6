// The nft resource against the real kernel: round trips with foreign tables in place, and what the rules do to traffic.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { NetError } from '../../src/model/errors.ts';
import type { PartEntry } from '../../src/model/resource.ts';
import { snapshotSchema } from '../../src/model/snapshot.ts';
import type { Entry } from '../../src/resources/nft/entries.ts';
import { nftResource } from '../../src/resources/nft/resource.ts';
import { nftCases, wholePart } from './nft-cases.ts';
import {
  type Network,
  connectAll,
  echoRounds,
  join,
  makeNetwork,
  pingsAnswered,
  sendDatagrams,
  startServer,
} from './nft-network.ts';

const signal = new AbortController().signal;
const snapshot = snapshotSchema.parse({
  kernel: '6.1.0',
  boot_id: 'boot',
  netns: 'net:1:1',
  initial_netns: false,
  net_admin: true,
  memory_bytes: 1e9,
  cpus: 1,
  interfaces: {},
  default_interface: null,
  management_ports: [22],
  features: {
    qdiscs: [],
    classifiers: [],
    ifb: false,
    congestion_controls: [],
    conntrack: true,
    nftables: true,
    binaries: {},
  },
  observed: {},
  committed: { wishes: [], fragments: [], originals: {}, states: {} },
});

const compose = (parts: readonly PartEntry<unknown>[]): unknown =>
  nftResource.compose('netmcp', parts, { snapshot, original: null }).state;
const stateOf = (iface: string, entries: readonly Entry[]): unknown =>
  compose([{ iface, knob: 'test', part: { entries } }]);

describe('nft in a real kernel', () => {
  let network: Network;

  const read = (namespace: string): Promise<unknown> => nftResource.read('netmcp', network.ports(namespace), signal);
  /** Runs the resource's own commands towards the state, and checks by reading back that it stands. */
  const bring = async (namespace: string, state: unknown): Promise<void> => {
    for (const { action } of nftResource.commands('netmcp', await read(namespace), state)) {
      if (action.kind !== 'exec') throw new Error('the nft resource only runs nft');
      network.run(namespace, [action.binary, ...action.args], action.stdin);
    }
    expect(nftResource.differences('netmcp', state, await read(namespace))).toEqual([]);
  };
  const ruleset = (namespace: string): string => network.run(namespace, ['nft', '-s', 'list', 'ruleset']);

  beforeAll(async () => {
    network = makeNetwork(['client', 'router', 'server', 'table']);
    join(
      network,
      ['client', ['10.77.0.1/24', '10.77.0.2/24', '10.77.1.1/24', 'fd77::1/64', 'fd77::2/64', 'fd77:1::1/64']],
      ['router', ['10.77.0.9/24', '10.77.1.9/24', 'fd77::9/64', 'fd77:1::9/64']],
    );
    join(
      network,
      ['router', ['10.78.0.9/24', '10.78.0.8/24', 'fd78::9/64', 'fd78::8/64']],
      ['server', ['10.78.0.1/24', 'fd78::1/64']],
    );
    network.run('client', ['ip', 'route', 'add', 'default', 'via', '10.77.0.9']);
    network.run('client', ['ip', '-6', 'route', 'add', 'default', 'via', 'fd77::9']);
    network.run('router', ['sysctl', '-q', '-w', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
    await startServer(network, 'router', [22, 80, 81]);
    await startServer(network, 'server', [7000]);
  });
  afterAll(() => network.remove());
  afterEach(async () => {
    for (const namespace of ['table', 'router', 'client']) await bring(namespace, null);
  });

  describe('round trips', () => {
    it.each([...nftCases, { name: 'everything at once', part: wholePart }])(
      '$name: reads back as written, and goes without a trace',
      async ({ part }) => {
        const before = ruleset('table');
        const state = compose([{ iface: 'eth0', knob: 'test', part }]);
        await bring('table', state);
        const observed = await read('table');
        expect(observed).toEqual(nftResource.expected('netmcp', state, null));
        expect(nftResource.commands('netmcp', observed, state)).toEqual([]);
        expect(nftResource.current('netmcp', observed, { snapshot, committed: state, takeover: false })).toEqual(state);
        await bring('table', null);
        expect(ruleset('table')).toBe(before);
      },
    );

    it('every case follows every other in one transaction, and going back gives the same bytes', async () => {
      for (const [index, { part }] of nftCases.entries()) {
        const first = compose([{ iface: 'eth0', knob: 'test', part }]);
        const second = compose([
          { iface: 'eth1', knob: 'test', part: nftCases[(index + 1) % nftCases.length]?.part ?? wholePart },
        ]);
        await bring('table', first);
        const before = ruleset('table');
        await bring('table', second);
        expect(ruleset('table')).not.toBe(before);
        await bring('table', first);
        expect(ruleset('table')).toBe(before);
      }
    });

    it('leaves foreign tables and their order alone', async () => {
      const foreign =
        'table inet filter {\n chain input {\n type filter hook input priority 0; policy accept;\n tcp dport 9 drop comment "netmcp:0123456789ab:rate"\n }\n}\n';
      network.run('table', ['nft', '-f', '-'], foreign);
      network.run('table', ['iptables-nft', '-A', 'INPUT', '-p', 'tcp', '--dport', '99', '-j', 'ACCEPT']);
      const without = ruleset('table');
      expect(without).toContain('dport 9 ');
      expect(without).toContain('99');
      const one = stateOf('eth0', wholePart.entries);
      await bring('table', one);
      network.run('table', ['nft', 'add', 'table', 'ip', 'later']);
      const withOne = ruleset('table');
      await bring('table', stateOf('eth0', wholePart.entries.slice(0, 20)));
      expect(ruleset('table')).not.toBe(withOne);
      await bring('table', one);
      expect(ruleset('table')).toBe(withOne);
      await bring('table', null);
      network.run('table', ['nft', 'delete', 'table', 'ip', 'later']);
      expect(ruleset('table')).toBe(without);
      network.run('table', ['iptables-nft', '-D', 'INPUT', '-p', 'tcp', '--dport', '99', '-j', 'ACCEPT']);
      network.run('table', ['nft', 'delete', 'table', 'inet', 'filter']);
    });

    it('keeps the other interface’s rules when one interface’s are removed', async () => {
      const a: PartEntry<unknown> = {
        iface: 'eth0',
        knob: 'dscp',
        part: { entries: [{ kind: 'dscp', match: { proto: 'tcp' }, dscp: 'EF' }] },
      };
      const b: PartEntry<unknown> = {
        iface: 'eth1',
        knob: 'connection_limits',
        part: {
          entries: [
            { kind: 'connection_limit', protocol: 'tcp', port: 80, limit: 9, mask: 32, mask6: 64, action: 'drop' },
          ],
        },
      };
      await bring('table', compose([b]));
      const onlyB = ruleset('table');
      await bring('table', compose([b, a]));
      const both = ruleset('table');
      expect(both).toContain('oifname "eth0"');
      expect(both).toContain('iifname "eth1"');
      await bring('table', compose([a, b]));
      expect(ruleset('table')).toBe(both);
      await bring('table', compose([b]));
      expect(ruleset('table')).toBe(onlyB);
    });

    it('makes nothing at all when one line of the transaction is refused', async () => {
      await bring('table', stateOf('eth0', wholePart.entries.slice(0, 3)));
      const before = ruleset('table');
      const [command] = nftResource.commands('netmcp', await read('table'), stateOf('eth0', wholePart.entries));
      if (command?.action.kind !== 'exec') throw new Error('expected one nft command');
      const broken = `${command.action.stdin ?? ''}add rule inet netmcp no_such_chain accept\n`;
      expect(network.try('table', ['nft', '-f', '-'], broken).code).not.toBe(0);
      expect(ruleset('table')).toBe(before);
    });
  });

  describe('somebody else’s hand', () => {
    const state = stateOf('eth0', wholePart.entries);
    const refusal = (committed: unknown, observed: unknown): NetError => {
      try {
        nftResource.current('netmcp', observed, { snapshot, committed, takeover: true });
      } catch (error) {
        if (error instanceof NetError) return error;
        throw error;
      }
      throw new Error('nothing was refused');
    };

    it.each([
      { name: 'a limit raised, the comment kept', from: 'ct count over 100', to: 'ct count over 101' },
      { name: 'a verdict turned, the comment kept', from: 'ct count over 1 } drop', to: 'ct count over 1 } accept' },
      { name: 'an address changed, the comment kept', from: 'snat ip to 192.0.2.1 ', to: 'snat ip to 192.0.2.2 ' },
      { name: 'a port added to a set', from: '{ 22, 2222 }', to: '{ 22, 23, 2222 }' },
      { name: 'a rule without its comment', from: /(dscp set cs6 accept) comment "[^"]*"/, to: '$1' },
      { name: 'a chain’s priority', from: 'input priority filter - 5', to: 'input priority filter - 6' },
      {
        name: 'a chain’s policy',
        from: 'input priority filter - 5; policy accept',
        to: 'input priority filter - 5; policy drop',
      },
      { name: 'a set’s size', from: 'size 65535', to: 'size 65534' },
      { name: 'a counter', from: 'ip dscp set cs6 accept', to: 'counter ip dscp set cs6 accept' },
    ])('is noticed: $name', async ({ from, to }) => {
      await bring('table', state);
      const listing = network.run('table', ['nft', '-s', 'list', 'table', 'inet', 'netmcp']);
      const edited = listing.replace(from, to);
      expect(edited).not.toBe(listing);
      network.run('table', ['nft', 'delete', 'table', 'inet', 'netmcp']);
      network.run('table', ['nft', '-f', '-'], edited);
      const observed = await read('table');
      expect(nftResource.differences('netmcp', state, observed)).not.toEqual([]);
      const error = refusal(state, observed);
      expect(error.code).toBe('plan_refused');
      expect(error.hint).toContain('nft list table inet netmcp');
      expect(error.hint).toContain('nft delete table inet netmcp');
    });

    it('is not seen in a table that was saved and loaded again unchanged', async () => {
      await bring('table', state);
      const listing = network.run('table', ['nft', '-s', 'list', 'table', 'inet', 'netmcp']);
      network.run('table', ['nft', 'delete', 'table', 'inet', 'netmcp']);
      network.run('table', ['nft', '-f', '-'], listing);
      expect(
        nftResource.current('netmcp', await read('table'), { snapshot, committed: state, takeover: false }),
      ).toEqual(state);
    });

    it('made the table before us: refused, and still deleted whole when forced back', async () => {
      network.run(
        'table',
        ['nft', '-f', '-'],
        'table inet netmcp {\n flags dormant\n map m {\n type ipv4_addr : verdict\n }\n chain c {\n ip saddr vmap @m\n }\n}\n',
      );
      const observed = await read('table');
      expect(refusal(undefined, observed).code).toBe('plan_refused');
      await bring('table', stateOf('eth0', wholePart.entries));
      await bring('table', null);
      expect(await read('table')).toBeNull();
    });
  });

  describe('connection limits', () => {
    const limit = (port: number, count: number, mask: number, mask6: number): Entry => ({
      kind: 'connection_limit',
      protocol: 'tcp',
      port,
      limit: count,
      mask,
      mask6,
      action: 'reject',
    });
    const from = (address: string, port = 80) => ({
      from: address,
      to: address.includes(':') ? 'fd77::9' : '10.77.0.9',
      port,
    });

    it.each([
      { family: 'IPv4', a: '10.77.0.1', b: '10.77.0.2', seenA: '::ffff:10.77.0.1', seenB: '::ffff:10.77.0.2' },
      { family: 'IPv6', a: 'fd77::1', b: 'fd77::2', seenA: 'fd77::1', seenB: 'fd77::2' },
    ])('count each address by itself: $family', async ({ a, b, seenA, seenB }) => {
      const attempts = [from(a), from(a), from(a), from(b), from(a, 81)];
      expect(connectAll(network, 'client', attempts)).toEqual([seenA, seenA, seenA, seenB, seenA]);
      await bring('router', stateOf('client', [limit(80, 2, 32, 128)]));
      expect(connectAll(network, 'client', attempts)).toEqual([seenA, seenA, 'ECONNREFUSED', seenB, seenA]);
      await bring('router', null);
      expect(connectAll(network, 'client', attempts)).toEqual([seenA, seenA, seenA, seenB, seenA]);
    });

    it.each([
      { family: 'IPv4 /24', a: '10.77.0.1', b: '10.77.0.2', other: '10.77.1.1', prefix: '::ffff:' },
      { family: 'IPv6 /64', a: 'fd77::1', b: 'fd77::2', other: 'fd77:1::1', prefix: '' },
    ])('count a prefix as one source: $family', async ({ a, b, other, prefix }) => {
      await bring('router', stateOf('client', [limit(80, 2, 24, 64)]));
      const results = connectAll(network, 'client', [from(a), from(b), from(a), from(b), from(other)]);
      expect(results).toEqual([`${prefix}${a}`, `${prefix}${b}`, 'ECONNREFUSED', 'ECONNREFUSED', `${prefix}${other}`]);
    });

    it('with mask 0 count everybody together, and drop silently when told to', async () => {
      await bring(
        'router',
        stateOf('client', [
          { kind: 'connection_limit', protocol: 'tcp', port: 80, limit: 2, mask: 0, mask6: 0, action: 'drop' },
        ]),
      );
      const results = connectAll(network, 'client', [from('10.77.0.1'), from('10.77.1.1'), from('10.77.0.2')]);
      expect(results).toEqual(['::ffff:10.77.0.1', '::ffff:10.77.1.1', 'timeout']);
    });

    it('do not concern another interface', async () => {
      await bring('router', stateOf('server', [limit(80, 1, 0, 0)]));
      expect(connectAll(network, 'client', [from('10.77.0.1'), from('10.77.0.1')])).toEqual([
        '::ffff:10.77.0.1',
        '::ffff:10.77.0.1',
      ]);
    });
  });

  describe('rate limits', () => {
    const rate = (packets: number, more: Partial<Extract<Entry, { kind: 'rate_limit' }>> = {}): Entry => ({
      kind: 'rate_limit',
      rate: packets,
      unit: 'second',
      burst: packets,
      scope: 'per_source',
      mask: 32,
      mask6: 128,
      exempt_ports: [22],
      ...more,
    });

    it.each([
      { family: 'IPv4', to: '10.77.0.9', a: '10.77.0.1', b: '10.77.0.2', loopback: '127.0.0.1', own: '10.77.0.9' },
      { family: 'IPv6', to: 'fd77::9', a: 'fd77::1', b: 'fd77::2', loopback: '::1', own: 'fd77::9' },
    ])('hold one source and leave another and loopback alone: $family', async ({ to, a, b, loopback, own }) => {
      expect(pingsAnswered(network, 'client', a, to, 60)).toBe(60);
      await bring('router', stateOf('client', [rate(10)]));
      const held = pingsAnswered(network, 'client', a, to, 60);
      expect(held).toBeGreaterThanOrEqual(5);
      expect(held).toBeLessThanOrEqual(25);
      expect(pingsAnswered(network, 'client', b, to, 6)).toBe(6);
      expect(pingsAnswered(network, 'router', loopback, loopback, 60)).toBe(60);
      expect(pingsAnswered(network, 'router', own, own, 60)).toBe(60);
    });

    it('of the whole interface hold every source together', async () => {
      await bring(
        'router',
        stateOf('client', [rate(1, { unit: 'minute', burst: 5, scope: 'interface', protocol: 'icmp' })]),
      );
      expect(pingsAnswered(network, 'client', '10.77.0.1', '10.77.0.9', 10)).toBe(5);
      expect(pingsAnswered(network, 'client', '10.77.0.2', '10.77.0.9', 3)).toBe(0);
    });

    it('never slow an established session of a management port', async () => {
      await bring('router', stateOf('client', [rate(10)]));
      expect(echoRounds(network, 'client', '10.77.0.9', 22, 300)).toBe(300);
      expect(echoRounds(network, 'client', 'fd77::9', 22, 300)).toBe(300);
      expect(echoRounds(network, 'client', '10.77.0.9', 80, 300)).toBeLessThan(100);
    });
  });

  describe('marks', () => {
    /** The DSCPs of datagrams to the port, as the next hop's own kernel reads them. */
    const marksSeen = (to: string, port: number): number[] => {
      const protocol = to.includes(':') ? 'ip6' : 'ip';
      const rules = Array.from({ length: 64 }, (_, dscp) => `udp dport ${port} ${protocol} dscp ${dscp} counter;`);
      const chain = `chain in { type filter hook ingress device "client" priority 0; ${rules.join(' ')} }`;
      network.run('router', ['nft', '-f', '-'], `table netdev witness { ${chain}; }`);
      sendDatagrams(network, 'client', to, port, 3);
      const counted = network.run('router', ['nft', '-n', 'list', 'table', 'netdev', 'witness']);
      network.run('router', ['nft', 'delete', 'table', 'netdev', 'witness']);
      return [...counted.matchAll(/dscp (0x[0-9a-f]+) counter packets 3 /g)].map(([, dscp]) => Number(dscp));
    };

    it.each([
      { family: 'IPv4', to: '10.77.0.9' },
      { family: 'IPv6', to: 'fd77::9' },
    ])('are seen by the peer: $family', async ({ to }) => {
      expect(marksSeen(to, 3478)).toEqual([0]);
      await bring(
        'client',
        stateOf('router', [
          { kind: 'dscp', match: { proto: 'udp', dports: [3478, '5000-5100'], dst: [to] }, dscp: 'EF' },
          { kind: 'dscp', match: { proto: 'udp', dports: ['6000-6100'] }, dscp: 1 },
          { kind: 'dscp', match: { proto: 'udp', dports: [3478] }, dscp: 'CS1' },
        ]),
      );
      expect(marksSeen(to, 3478)).toEqual([46]);
      expect(marksSeen(to, 5100)).toEqual([46]);
      expect(marksSeen(to, 6050)).toEqual([1]);
      expect(marksSeen(to, 5101)).toEqual([0]);
    });

    it('choose the class of an HTB tree, by our own mark and by port, for both families', async () => {
      network.run('client', ['tc', 'qdisc', 'add', 'dev', 'router', 'root', 'handle', '1:', 'htb', 'default', '0x99']);
      for (const id of ['10', '20', '99'])
        network.run('client', [
          'tc',
          'class',
          'add',
          'dev',
          'router',
          'parent',
          '1:',
          'classid',
          `1:${id}`,
          'htb',
          'rate',
          '100mbit',
        ]);
      const packets = (id: string): number => {
        const text = network.run('client', ['tc', '-s', 'class', 'show', 'dev', 'router', 'classid', `1:${id}`]);
        return Number(/ (\d+) pkt/.exec(text)?.[1] ?? Number.NaN);
      };
      await bring(
        'client',
        stateOf('router', [
          { kind: 'dscp', match: { proto: 'udp', dports: [3478] }, dscp: 'EF' },
          { kind: 'classify', match: { dscp: ['EF', 'CS6'] }, classid: '1:10' },
          { kind: 'classify', match: { proto: 'udp', dports: ['3000-4000'] }, classid: '1:20' },
        ]),
      );
      for (const to of ['10.77.0.9', 'fd77::9']) {
        sendDatagrams(network, 'client', to, 3478, 10);
        sendDatagrams(network, 'client', to, 3479, 7);
      }
      expect(packets('10')).toBe(20);
      expect(packets('20')).toBe(14);
      network.run('client', ['tc', 'qdisc', 'del', 'dev', 'router', 'root']);
    });
  });

  describe('address translation', () => {
    it.each([
      { family: 'IPv4', to: '10.78.0.1', seen: '::ffff:10.78.0.9', snat: '10.78.0.8', seenSnat: '::ffff:10.78.0.8' },
      { family: 'IPv6', to: 'fd78::1', seen: 'fd78::9', snat: 'fd78::8', seenSnat: 'fd78::8' },
    ])('masquerade and snat let a client out: $family', async ({ to, seen, snat, seenSnat }) => {
      const attempt = [{ to, port: 7000 }];
      expect(connectAll(network, 'client', attempt)).not.toEqual([seen]);
      await bring('router', stateOf('server', [{ kind: 'nat', type: 'masquerade', iface: 'server' }]));
      const [masqueraded] = connectAll(network, 'client', attempt);
      // Of several addresses the kernel takes the one it prefers for that route.
      expect([seen, seenSnat]).toContain(masqueraded);
      await bring('router', stateOf('server', [{ kind: 'nat', type: 'snat', iface: 'server', to_addr: snat }]));
      expect(connectAll(network, 'client', attempt)).toEqual([seenSnat]);
    });

    it.each([
      { family: 'IPv4', at: '10.77.0.9', to: '10.78.0.1' },
      { family: 'IPv6', at: 'fd77::9', to: 'fd78::1' },
    ])('dnat brings a port to a server behind: $family', async ({ at, to }) => {
      const attempt = [{ to: at, port: 8080 }];
      expect(connectAll(network, 'client', attempt)).toEqual(['ECONNREFUSED']);
      const entries: Entry[] = [
        { kind: 'nat', type: 'dnat', iface: 'client', protocol: 'tcp', dport: 8080, to_addr: to, to_port: 7000 },
        { kind: 'nat', type: 'masquerade', iface: 'server' },
      ];
      await bring('router', stateOf('client', entries));
      const [seen = ''] = connectAll(network, 'client', attempt);
      expect(seen).toMatch(/10\.78\.0\.[89]$|^fd78::[89]$/);
    });
  });
});
