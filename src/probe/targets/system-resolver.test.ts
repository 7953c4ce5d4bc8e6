import { createSocket } from 'node:dgram';
import packet, { type Answer } from 'dns-packet';
import { afterEach, expect, test } from 'vitest';
import { parseAddress } from '../../model/address.ts';
import { NetError } from '../../model/errors.ts';
import { compareCandidates, type Candidate } from './address-order.ts';
import { resolveByDns } from './dns-names.ts';
import { parseNameSources, searchedNames } from './name-sources.ts';
import type { Look } from './resolver.ts';
import { createSystemResolver } from './system-resolver.ts';

const lookFor = (timeoutMs: number, signal = new AbortController().signal): Look => ({
  signal,
  timeoutMs,
  hold: () => undefined,
  start: () => undefined,
});

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

type Behaviour = (type: string, name: string) => Answer[] | 'NXDOMAIN' | 'SERVFAIL' | 'silent';

const rcodes = { SERVFAIL: 2, NXDOMAIN: 3 };

const openServer = async (behaviour: Behaviour) => {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (message, { address, port }) => {
    const { id = 0, questions = [] } = packet.decode(message);
    const [question] = questions;
    if (question === undefined) return;
    asked.push(`${question.type} ${question.name}`);
    const what = behaviour(question.type, question.name);
    if (what === 'silent') return;
    const code = typeof what === 'string' ? rcodes[what] : 0;
    const answers = typeof what === 'string' ? [] : what;
    const flags = packet.RECURSION_AVAILABLE | packet.RECURSION_DESIRED | code;
    socket.send(packet.encode({ type: 'response', id, flags, questions, answers }), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  closers.push(() => {
    socket.close();
  });
  return { asked, server: { address: '127.0.0.1', port: socket.address().port } };
};

const a = (name: string, data: string): Answer => ({ type: 'A', name, ttl: 1, data });
const aaaa = (name: string, data: string): Answer => ({ type: 'AAAA', name, ttl: 1, data });

test('A and AAAA at once, with aliases, once each', async () => {
  const { asked, server } = await openServer((type) =>
    type === 'A'
      ? [{ type: 'CNAME', name: 'www.test', ttl: 1, data: 'web.test' }, a('web.test', '192.0.2.1')]
      : [aaaa('www.test', '2001:db8::1')],
  );
  const config = { servers: [server], search: [], ndots: 1 };
  expect(await resolveByDns('www.test', undefined, config, lookFor(5000))).toEqual({
    addresses: ['192.0.2.1', '2001:db8::1'],
  });
  expect(asked.toSorted()).toEqual(['A www.test', 'AAAA www.test']);
  expect(await resolveByDns('www.test', 4, config, lookFor(5000))).toEqual({ addresses: ['192.0.2.1'] });
  expect(asked).toHaveLength(3);
});

test('a server that never answers AAAA does not keep the A from being used', async () => {
  const { server } = await openServer((type, name) => (type === 'A' ? [a(name, '192.0.2.1')] : 'silent'));
  const config = { servers: [server], search: [], ndots: 1 };
  expect(await resolveByDns('www.test', undefined, config, lookFor(60_000))).toEqual({ addresses: ['192.0.2.1'] });
});

test('search domains, in the order of ndots', async () => {
  const { asked, server } = await openServer((type, name) =>
    name === 'box.two.test' && type === 'A' ? [a(name, '192.0.2.2')] : 'NXDOMAIN',
  );
  const config = { servers: [server], search: ['one.test', 'two.test'], ndots: 1 };
  expect(await resolveByDns('box', 4, config, lookFor(5000))).toEqual({ addresses: ['192.0.2.2'] });
  expect(asked).toEqual(['A box.one.test', 'A box.two.test']);
  expect(searchedNames('a.b', { search: ['x.test.', '.'], ndots: 1 })).toEqual(['a.b', 'a.b.x.test']);
  expect(searchedNames('a.b', { search: ['x.test'], ndots: 2 })).toEqual(['a.b.x.test', 'a.b']);
});

test('what DNS cannot say is a failure that names the servers', async () => {
  const silent = await openServer(() => 'silent');
  const config = { servers: [silent.server], search: [], ndots: 1 };
  const late = await resolveByDns('www.test', undefined, config, lookFor(300));
  expect(late).toMatchObject({ failure: { code: 'timeout' } });
  expect(JSON.stringify(late)).not.toContain('undefined');
  const { server } = await openServer(() => 'SERVFAIL');
  const refused = await resolveByDns('www.test', undefined, { ...config, servers: [server] }, lookFor(2000));
  expect(refused).toMatchObject({ failure: { code: 'not_found' } });
  expect('failure' in refused && refused.failure.message).toMatch(/127\.0\.0\.1:\d+.*SERVFAIL/);
});

test('where no server listens, that is said', async () => {
  const gone = await openServer(() => 'silent');
  for (const close of closers.splice(0)) close();
  const config = { servers: [gone.server], search: [], ndots: 1 };
  expect(await resolveByDns('www.test', undefined, config, lookFor(5000))).toMatchObject({
    failure: {
      code: 'not_found',
      message: `www.test could not be resolved. No DNS server answers at 127.0.0.1:${gone.server.port}. No DNS server listens there.`,
    },
  });
});

test('cancelled, it ends at once', async () => {
  const { server, asked } = await openServer(() => 'silent');
  const controller = new AbortController();
  const config = { servers: [server], search: ['one.test'], ndots: 1 };
  const ending = resolveByDns('box', undefined, config, lookFor(60_000, controller.signal)).catch(
    (error: unknown) => error,
  );
  await expect.poll(() => asked.length).toBe(2);
  controller.abort(new NetError('cancelled', 'Enough.', ''));
  expect(await ending).toMatchObject({ code: 'cancelled' });
  expect(asked).toHaveLength(2);
});

const systemWith = (files: Readonly<Record<string, string>>, platform = 'linux') => {
  const asked: string[] = [];
  const resolve = createSystemResolver({
    platform,
    read: (path) => files[path],
    hostname: () => 'box',
    library: async (name) => {
      asked.push(name);
      return ['198.51.100.1'];
    },
  });
  return { asked, resolve: (name: string, family?: 4 | 6) => resolve(name, family, lookFor(1000)) };
};

const hosts = '192.0.2.9 good.test\n2001:db8::9 six.test\nnonsense bad.test\n8.8.8.8 localhost\n';

test('the hosts file first, and only what nsswitch names', async () => {
  const { asked, resolve } = systemWith({ '/etc/hosts': hosts, '/etc/nsswitch.conf': 'hosts: files\n' });
  expect(await resolve('good.test')).toEqual(['192.0.2.9']);
  expect(await resolve('six.test', 6)).toEqual(['2001:db8::9']);
  for (const [name, family] of [
    ['six.test', 4],
    ['bad.test', undefined],
    ['gone.test', undefined],
  ] as const) {
    await expect(resolve(name, family)).rejects.toMatchObject({ code: 'not_found' });
  }
  expect(asked).toEqual([]);
});

test('localhost is the loopback, whatever the hosts file says', async () => {
  for (const platform of ['linux', 'darwin']) {
    const { asked, resolve } = systemWith({ '/etc/hosts': hosts }, platform);
    expect(await resolve('localhost', 4)).toEqual(['127.0.0.1']);
    expect(await resolve('a.localhost', 6)).toEqual(['::1']);
    expect((await resolve('localhost')).toSorted()).toEqual(['127.0.0.1', '::1']);
    expect(asked).toEqual([]);
  }
});

test('the C library is asked where only it knows: other sources, no name server, other platforms', async () => {
  const cases = [
    systemWith({ '/etc/nsswitch.conf': 'hosts: files ldap\n', '/etc/resolv.conf': 'nameserver 192.0.2.1\n' }),
    systemWith({ '/etc/hosts': hosts }),
    systemWith({ '/etc/hosts': hosts, '/etc/resolv.conf': 'nameserver 192.0.2.1\n' }, 'darwin'),
  ];
  for (const { asked, resolve } of cases) {
    expect(await resolve('else.test')).toEqual(['198.51.100.1']);
    expect(asked).toEqual(['else.test']);
  }
  const multicast = systemWith({
    '/etc/nsswitch.conf': 'hosts: files mdns4_minimal [NOTFOUND=return] dns\n',
    '/etc/resolv.conf': 'nameserver 192.0.2.1\n',
  });
  expect(await multicast.resolve('printer.local')).toEqual(['198.51.100.1']);
});

test.each([
  [undefined, ['files', 'dns'], []],
  ['passwd: files\n', ['files', 'dns'], []],
  ['hosts:  files dns # comment\n', ['files', 'dns'], []],
  ['hosts: mymachines files resolve [!UNAVAIL=return] dns\n', ['files', 'dns'], ['mymachines', 'resolve']],
  ['hosts: dns [ NOTFOUND=return ] files\n', ['dns', 'files'], []],
])('nsswitch %j', (text, own, others) => {
  expect(parseNameSources(text)).toEqual({ own, others });
});

const candidate = ([address, source]: readonly [string, string | undefined]): Candidate => {
  const parsed = parseAddress(address);
  if (parsed === undefined) throw new Error(`${address} is none`);
  return { address: parsed, source: source === undefined ? undefined : parseAddress(source) };
};

// RFC 6724, 10.2, as far as its rules are followed here, and what each is for.
test.each([
  ['without IPv6, IPv4', ['192.0.2.1', '10.0.0.2'], ['2001:db8::1', undefined]],
  ['IPv6 before IPv4', ['2001:db8::1', '2001:db8::2'], ['192.0.2.1', '10.0.0.2']],
  ['IPv4 before IPv6 from a local network', ['192.0.2.1', '10.0.0.2'], ['2001:db8::1', 'fd00::2']],
  ['the loopback of IPv6 first', ['::1', '::1'], ['127.0.0.1', '127.0.0.1']],
  ['matching scopes', ['198.51.100.121', '198.51.100.117'], ['2001:db8:1::1', 'fe80::1']],
  ['native before 6to4', ['2001:db8::1', '2001:db8::2'], ['2002:c633:6401::1', '2001:db8::2']],
] as const)('%s', (_what, better, worse) => {
  const [one, other] = [candidate(better), candidate(worse)];
  expect(compareCandidates(one, other)).toBeLessThan(0);
  expect(compareCandidates(other, one)).toBeGreaterThan(0);
});
