// D-18, against a served product in a namespace with something of everything in it: no inspect tool hands on a program's output, and
// no text of a caller's becomes an argument, an option or a command.
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allOperations } from '../../../src/operations/index.ts';
import { connectServer, type ConnectedClient } from '../../helpers/mcp-client.ts';
import { openNamespace, type Namespace } from '../../helpers/netns.ts';

const program = join(import.meta.dirname, '..', '..', 'e2e', 'product-with-test-tools.ts');
const marker = join(tmpdir(), `netmcp-injected-${process.pid}`);

let namespace: Namespace;
let peer: Namespace;
let server: ConnectedClient;

beforeAll(async () => {
  [namespace, peer] = [await openNamespace(), await openNamespace()];
  const here = { device: 'left', addresses: ['192.0.2.1/24', '2001:db8::1/64'] };
  await namespace.connect(peer, here, { device: 'right', addresses: ['192.0.2.2/24', '2001:db8::2/64'] });
  await namespace.exec('ip', 'route', 'add', 'default', 'via', '192.0.2.2');
  await namespace.exec('ip', '-6', 'route', 'add', '2001:db8:77::/48', 'via', '2001:db8::2', 'metric', '77');
  await namespace.exec('ip', 'neigh', 'add', '192.0.2.9', 'lladdr', '02:00:00:00:00:09', 'dev', 'left');
  await namespace.exec('tc', 'qdisc', 'add', 'dev', 'left', 'root', 'handle', '1:', 'htb', 'default', '10');
  await namespace.exec('tc', 'class', 'add', 'dev', 'left', 'parent', '1:', 'classid', '1:10', 'htb', 'rate', '9mbit');
  await namespace.exec('nft', 'add table inet filter; add chain inet filter in { type filter hook input priority 0; }');
  await namespace.exec('nft', 'add rule inet filter in tcp dport 2222 counter drop comment "from the test"');
  server = await connectServer({ namespace, program });
});
afterAll(async () => {
  await server.close();
  await namespace.remove();
  await peer.remove();
});

/** Every text in an answer, with its place. */
const textsIn = (value: unknown, place = ''): [place: string, text: string][] => {
  if (typeof value === 'string') return [[place, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => textsIn(inner, `${place}/${key}`));
};

const everything: Record<string, Record<string, unknown>> = {
  get_interfaces: { detail: 'full' },
  get_routes: { table: 'all' },
  get_connections: { tcp_info: true },
  get_firewall: { detail: 'full' },
};
const inspect = allOperations.filter(({ toolset }) => toolset === 'inspect').map(({ name }) => name);

test.each(inspect)('D-18: %s answers with data, and no text in it is the output of a program', async (tool) => {
  const answer = await server.call(tool, everything[tool] ?? {});
  const summary = String(answer['summary']);
  expect(summary).not.toBe('');
  const dumps = textsIn(answer).filter(([, text]) => text.includes('\n') || text.length > 1000);
  expect(dumps).toEqual([]);
  expect(Object.values(answer).some((value) => typeof value === 'object' && value !== null)).toBe(true);
});

test('D-18: routes of IPv6 are listed as data', async () => {
  const { routes } = await server.call('get_routes', { family: 'ipv6' });
  const expected = { destination: '2001:db8:77::/48', gateway: '2001:db8::2', interface: 'left', metric: 77 };
  expect(routes).toEqual(expect.arrayContaining([expect.objectContaining(expected)]));
});

test('D-18: the firewall is listed, not refused', async () => {
  const listed = JSON.stringify(await server.call('get_firewall', { detail: 'full' }));
  for (const part of ['2222', 'drop', 'from the test']) expect(listed).toContain(part);
});

const hostile = ['-x', '-tunapl', '--help', '@-f', `; touch ${marker}`, `$(touch ${marker})`, `lo\n-x`, `lo' -x '`];
const inputs: [tool: string, field: string, inputOf: (text: string) => Record<string, unknown>][] = [
  ['get_interfaces', 'interface', (text) => ({ interface: text })],
  ['get_routes', 'destination', (text) => ({ destination: text })],
  ['get_routes', 'table', (text) => ({ table: text })],
  ['get_routes', 'interface', (text) => ({ interface: text })],
  ['get_arp_table', 'interface', (text) => ({ interface: text })],
  ['get_connections', 'state', (text) => ({ state: text })],
  ['get_connections', 'address', (text) => ({ address: text })],
  ['get_connections', 'protocol', (text) => ({ protocol: text })],
  ['get_connections', 'options', (text) => ({ options: text })],
  ['get_qdiscs', 'interface', (text) => ({ interface: text })],
  ['get_wifi', 'interface', (text) => ({ interface: text })],
  ['get_sysctls', 'keys', (text) => ({ keys: [text] })],
  ['ping', 'target', (text) => ({ target: text })],
  ['traceroute', 'target', (text) => ({ target: text })],
  ['tracepath', 'target', (text) => ({ target: text })],
  ['mtr', 'target', (text) => ({ target: text })],
  ['dns_lookup', 'query', (text) => ({ query: `192.0.2.1 ${text}` })],
  ['dns_lookup', 'nameserver', (text) => ({ query: 'a.test', nameserver: text })],
  ['dns_lookup', 'record_type', (text) => ({ query: 'a.test', record_type: text })],
  ['port_check', 'target', (text) => ({ target: text, port: 80 })],
  ['rdap_lookup', 'query', (text) => ({ query: text })],
  ['asn_lookup', 'ip', (text) => ({ ip: text })],
];

test.each(inputs)('D-18: %s takes no argument injected into %s', async (tool, _field, inputOf) => {
  for (const text of hostile) {
    const outcome = server.call(tool, inputOf(text));
    await expect(outcome, text).rejects.toThrow(/invalid_argument|unknown_argument|target_refused/);
  }
  expect(existsSync(marker)).toBe(false);
});

test('D-18: batch_ping takes no argument injected into one of its targets', async () => {
  // Those with a line break or a slash are refused with the whole call.
  const alone = hostile.filter((text) => !/[\n/]/.test(text));
  const { results } = await server.call('batch_ping', { targets: ['127.0.0.1', ...alone] });
  const refused: unknown = expect.stringContaining('invalid_argument');
  const expected = alone.map((target) => ({ target, success: false, error: refused }));
  expect(results).toMatchObject([{ target: '127.0.0.1', success: true }, ...expected]);
  expect(existsSync(marker)).toBe(false);
});

test.each([
  ['get_connections', (text: string) => ({ process: text })],
  ['get_firewall', (text: string) => ({ detail: 'full', table: text })],
  ['dns_lookup', (text: string) => ({ query: text, nameserver: '192.0.2.2' })],
])('D-18: to %s such a text is a name to look for, of which there is none', async (tool, inputOf) => {
  for (const text of hostile) {
    const answer = await server.call(tool, inputOf(text)).catch((error: unknown) => String(error));
    expect(JSON.stringify(answer)).not.toMatch(/usage:|unrecognized|invalid option|from the test/i);
  }
  expect(existsSync(marker)).toBe(false);
});
