// get_public_ip, rdap_lookup and asn_lookup against services of ours in a namespace that answer like the real ones, and worse.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { ConnectedClient } from '../helpers/mcp-client.ts';
import { network } from './http-services.ts';
import { openRoom, type Room } from './services-room.ts';

const web = 'http://192.0.2.80:8080';
const raw = 'http://192.0.2.80:8081';
const web6 = 'http://[2001:db8::80]:8080';
const tls = 'https://web.test:8443';

let room: Room;
let folder: string;

const config = (endpoints: readonly string[], security: readonly string[] = []): string =>
  ['endpoints:', ...endpoints.map((line) => `  ${line}`), ...(security.length > 0 ? ['security:'] : [])]
    .concat(security.map((line) => `  ${line}`))
    .join('\n');

const answerSchema = z.looseObject({ attempts: z.array(z.looseObject({ outcome: z.string() })).optional() });
const zones = [
  'asn_zones: { ipv4: origin.test, ipv6: origin6.test, name: asn.test }',
  'asn_nameserver: "192.0.2.53:5353"',
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netmcp-tls-'));
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=web.test', '-addext', 'subjectAltName=DNS:web.test', '-keyout', key, '-out', certificate],
  ]);
  room = await openRoom({
    'resolv.conf': 'nameserver 192.0.2.53\n',
    hosts: '192.0.2.80 web.test\n192.0.2.80 wrong.test\n',
  });
  for (const address of ['192.0.2.80/32', '2001:db8::80/128', '203.0.113.42/32', '9.9.9.10/32']) {
    await room.namespace.exec('ip', 'address', 'add', address, 'dev', 'lo');
  }
  await room.start('dns-server.ts', '192.0.2.53:53', '192.0.2.53:5353');
  await room.start('raw-http-server.ts', '192.0.2.80', '8081');
  const listeners = ['http:192.0.2.80:8080', 'http:[2001:db8::80]:8080', 'https:192.0.2.80:8443', 'http:9.9.9.10:8080'];
  await room.start('http-services.ts', key, certificate, ...listeners);
});
afterAll(async () => {
  await room.close();
  await rm(folder, { recursive: true });
});

describe('get_public_ip', () => {
  /** One call of its own, with these services configured. */
  const ask = async (urls: readonly string[], input = {}, env = {}): Promise<z.output<typeof answerSchema>> =>
    answerSchema.parse(
      JSON.parse(await room.callOnce('get_public_ip', input, { NETMCP_ENDPOINT_PUBLIC_IP: urls.join(','), ...env })),
    );

  test('text: the fields of the seed', async () => {
    const answer = await ask([`${web}/text`]);
    expect(answer).toMatchObject({
      success: true,
      public_ip: '203.0.113.42',
      service_used: '192.0.2.80:8080',
      summary: 'Public IP: 203.0.113.42 (via 192.0.2.80:8080)',
      family: 'ipv4',
      // The namespace has that address itself.
      behind_nat: false,
    });
    expect(room.heard().at(-1)).toMatch(/^\/text netmcp\/\d+\.\d+\.\d+ 192\.0\.2\.80:8080$/);
  });

  test('one after another until one tells it, each with its reason', async () => {
    const paths = ['gone', 'words', 'private', 'long', 'broken', 'silent', 'json', 'text'];
    const answer = await ask(
      paths.map((path) => `${web}/${path}`),
      { timeout_s: 4 },
    );
    expect(answer).toMatchObject({ success: true, public_ip: '203.0.113.43', behind_nat: true });
    const outcomes = answer.attempts?.map(({ outcome }) => outcome);
    expect(outcomes).toEqual([
      'http_error',
      'no_address',
      'not_public',
      'too_large',
      'protocol',
      'timeout',
      'answered',
    ]);
  });

  test('over IPv6, and only over the family asked for', async () => {
    expect(await ask([`${web6}/text6`])).toMatchObject({ public_ip: '2001:db8::42', family: 'ipv6' });
    expect(await ask([`${web}/text`, `${web6}/text6`], { family: 'ipv6' })).toMatchObject({
      public_ip: '2001:db8::42',
    });
    expect(await ask([`${web6}/text`, `${web}/text`], { family: 'ipv6' })).toMatchObject({
      success: false,
      attempts: [{ outcome: 'other_family' }, { outcome: 'target_refused' }],
    });
  });

  test('protocols that nobody asked for, and promises without an answer, end at once', async () => {
    const paths = ['upgrade', 'upgrade-bare', 'continue', 'processing', 'hints', 'nothing', 'two-continues'];
    const answer = await ask(
      paths.map((path) => `${raw}/${path}`),
      { timeout_s: 20 },
    );
    expect(answer).toMatchObject({ success: true, public_ip: '203.0.113.42' });
    const outcomes = ['protocol', 'http_error', 'protocol', 'protocol', 'protocol', 'protocol', 'answered'];
    expect(answer.attempts?.map(({ outcome }) => outcome)).toEqual(outcomes);
  });

  test('a service that upgrades and keeps silent holds neither the call nor the program', async () => {
    expect(await ask([`${raw}/upgrade`])).toMatchObject({ success: false, attempts: [{ outcome: 'protocol' }] });
    expect(await ask([`${raw}/silent`], { timeout_s: 0.5 })).toMatchObject({ attempts: [{ outcome: 'timeout' }] });
    expect(await ask([`${raw}/half-head`], { timeout_s: 0.5 })).toMatchObject({ attempts: [{ outcome: 'timeout' }] });
  });

  test('redirects are followed when they lead to a plain web address', async () => {
    expect(await ask([`${web}/moved`])).toMatchObject({ success: true, public_ip: '203.0.113.42' });
  });

  test('redirects elsewhere and in circles are not, and a body that drips ends in time', async () => {
    const expected = {
      metadata: 'target_refused',
      'metadata-number': 'target_refused',
      loop: 'redirect',
      ftp: 'redirect',
      credentials: 'redirect',
      drip: 'timeout',
    };
    const urls = Object.keys(expected).map((path) => `${web}/${path}`);
    const answer = await ask(urls, { timeout_s: 2 });
    expect(answer).toMatchObject({ success: false, public_ip: null });
    expect(answer.attempts?.map(({ outcome }) => outcome)).toEqual(Object.values(expected));
  });

  test('a redirect from the internet to an address that is not there is refused', async () => {
    const answer = await ask(['http://9.9.9.10:8080/inward', 'http://9.9.9.10:8080/text']);
    expect(answer).toMatchObject({ success: true, attempts: [{ outcome: 'redirect' }, { outcome: 'answered' }] });
    expect(JSON.stringify(answer)).toContain('private address 192.0.2.80');
  });

  test('a certificate that nobody vouches for is refused and said to be one', async () => {
    const answer = await ask([`${tls}/text`]);
    expect(answer).toMatchObject({ success: false, attempts: [{ outcome: 'tls' }] });
    expect(JSON.stringify(answer)).toContain('self-signed');
  });

  test('trusted, it answers; neither for another name nor down to http', async () => {
    const env = { NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem') };
    const once = (url: string) => ask([url], {}, env);
    expect(await once(`${tls}/text`)).toMatchObject({ success: true, service_used: 'web.test:8443' });
    expect(JSON.stringify(await once('https://wrong.test:8443/text'))).toContain('for another name');
    expect(JSON.stringify(await once(`${tls}/plain`))).toContain('from https to http');
  });

  test('the environment neither switches checks off nor names a proxy', async () => {
    const env = {
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      NODE_USE_ENV_PROXY: '1',
      http_proxy: `${web}/`,
      https_proxy: `${web}/`,
    };
    const heard = room.heard().length;
    const answer = await ask([`${tls}/text`, `${web}/text`], {}, env);
    expect(answer).toMatchObject({ success: true, attempts: [{ outcome: 'tls' }, { outcome: 'answered' }] });
    // A proxy would have been asked for the whole URL.
    expect(room.heard().slice(heard)).toMatchObject([expect.stringMatching(/^\/text netmcp/)]);
  });

  test('the guard holds for endpoints too', async () => {
    expect(await ask([`${web}/text`], {}, { NETMCP_BLOCKED_TARGETS: '192.0.2.0/24' })).toMatchObject({
      success: false,
      attempts: [{ outcome: 'target_refused' }],
    });
  });
});

describe('rdap_lookup', () => {
  let client: ConnectedClient;
  beforeAll(async () => {
    client = await room.product(config([`rdap: ${web}/rdap/`]));
  });
  const ask = (query: string, timeout_s = 5) => client.call('rdap_lookup', { query, timeout_s });

  test('an address: the fields of the seed', async () => {
    expect(await ask('1.1.1.1')).toMatchObject({
      success: true,
      query: '1.1.1.1',
      query_type: 'ip',
      // Behind the host of a configured base there may be a key.
      rdap_url: `${web}/.../ip/1.1.1.1`,
      answered_by: `${web}/...`,
      handle: 'NET-1-1-1-0-1',
      country: 'AU',
      start_address: '1.1.1.0',
      end_address: '1.1.1.255',
      summary: 'RDAP 1.1.1.1: 1.1.1.0–1.1.1.255 (AU), handle NET-1-1-1-0-1',
      asn_hint: '13335',
      name: network.name,
      status: network.status,
      cidrs: ['1.1.1.0/24'],
      organization: 'APNIC Research and Development',
      abuse_email: 'abuse@example.net',
      error_type: null,
    });
  });

  test('a base without a path is shown as it is, and what answered after redirects', async () => {
    const plain = await room.product(config([`rdap: ${web}`]));
    const answer = await plain.call('rdap_lookup', { query: '1.1.1.1' });
    expect(answer).toMatchObject({
      success: true,
      rdap_url: `${web}/ip/1.1.1.1`,
      answered_by: `${web}/apnic/ip/1.1.1.1`,
    });
  });

  test('a key in the path of an endpoint is told by no answer', async () => {
    const secret = await room.product(
      config([`rdap: ${web}/token123/`, `public_ip: ["${web}/token123/x", "${web}/token123/../text"]`]),
    );
    for (const query of ['1.1.1.1', 'missing.example', 'moved.example', 'metadata.example']) {
      const answer = await secret.call('rdap_lookup', { query });
      expect(answer['answered_by']).toMatch(/^http:\/\/[0-9.:]+\/\.\.\.$/);
      expect(JSON.stringify(answer)).not.toContain('token123');
    }
    const address = await secret.call('get_public_ip', {});
    expect(address).toMatchObject({ success: true, attempts: [{ url: `${web}/...` }, { url: `${web}/...` }] });
    expect(JSON.stringify(address)).not.toContain('token123');
    expect(room.heard().some((line) => line.startsWith('/token123/domain/missing.example'))).toBe(true);
  });

  test.each(['2606:4700::1111', '2606:4700:0:0::1111', '1.1.1.0/24'])('%s', async (query) => {
    expect(await ask(query)).toMatchObject({ success: true, query_type: 'ip', handle: 'NET-1-1-1-0-1' });
  });

  test('a domain', async () => {
    expect(await ask('Example.COM.')).toMatchObject({
      success: true,
      query_type: 'domain',
      name: 'EXAMPLE.COM',
      registrar: 'Example Registrar[31m, Inc.',
      events: {
        registration: '1995-08-14T04:00:00Z',
        expiration: '2026-08-13T04:00:00Z',
        last_changed: '2025-08-14T07:01:39Z',
      },
      nameservers: ['a.ns.example.com', 'b.ns.example.com'],
      dnssec_signed: true,
      abuse_email: 'registrar-abuse@example.org',
    });
    expect(await ask('bücher.example')).toMatchObject({ success: true, name: 'xn--bcher-kva.example' });
  });

  test.each(['AS13335', '13335'])('%s', async (query) => {
    expect(await ask(query)).toMatchObject({
      success: true,
      query_type: 'asn',
      asn_hint: '13335',
      summary: 'RDAP AS13335: CLOUDFLARENET, handle AS13335',
    });
  });

  test.each([
    ['missing.example', 'not_found'],
    ['forbidden.example', 'refused'],
    ['broken.example', 'server_error'],
    ['invalid.example', 'invalid_json'],
    ['list.example', 'invalid_json'],
    ['deep.example', 'invalid_json'],
    ['huge.example', 'too_large'],
    ['zipped.example', 'protocol'],
    ['loop.example', 'redirect'],
    ['metadata.example', 'target_refused'],
  ])('%s: %s', async (query, error_type) => {
    const answer = await ask(query);
    expect(answer).toMatchObject({ success: false, error_type, handle: null });
    expect(answer['suggestion']).toEqual(expect.any(String));
  });

  test('too often: how long to wait', async () => {
    expect(await ask('busy.example')).toMatchObject({ success: false, error_type: 'rate_limited', retry_after_s: 30 });
  });

  test.each(['drip.example', 'silent.example'])('%s ends in time', async (query) => {
    expect(await ask(query, 0.5)).toMatchObject({ success: false, error_type: 'timeout' });
  });

  test('cancelled, it hangs up within 500 ms', async () => {
    const controller = new AbortController();
    const params = { name: 'rdap_lookup', arguments: { query: 'silent.example', timeout_s: 30 } };
    const before = room.heard().length;
    const heard = (word: string): boolean =>
      room
        .heard()
        .slice(before)
        .some((line) => line.startsWith(word));
    const call = client.client.callTool(params, { signal: controller.signal });
    await expect.poll(() => heard('/rdap/domain/silent.example')).toBe(true);
    controller.abort();
    await expect(call).rejects.toThrow();
    await expect.poll(() => heard('closed'), { timeout: 500, interval: 20 }).toBe(true);
  });

  test.each(['hostile.example', 'deepentities.example'])('%s: wrong types and depth are passed over', async (query) => {
    expect(await ask(query)).toMatchObject({
      success: true,
      handle: null,
      name: null,
      abuse_email: null,
      nameservers: [],
    });
  });

  test.each(['', 'a b', '1.1.1.1/33', 'example.com/../x', 'http://example.com/', 'AS99999999999', '-x'])(
    '%j is no question',
    async (query) => {
      await expect(ask(query)).rejects.toThrow('invalid_argument');
    },
  );

  test('nobody listens, or the name does not resolve', async () => {
    const closed = await room.product(config(['rdap: http://192.0.2.80:9/']));
    expect(await closed.call('rdap_lookup', { query: 'example.com' })).toMatchObject({
      error_type: 'connection_refused',
    });
    const nowhere = await room.product(config(['rdap: http://nx.test/']));
    expect(await nowhere.call('rdap_lookup', { query: 'example.com' })).toMatchObject({ error_type: 'unresolved' });
  });
});

describe('asn_lookup', () => {
  let client: ConnectedClient;
  beforeAll(async () => {
    client = await room.product(config(zones));
  });
  const ask = (input: Record<string, unknown>) => client.call('asn_lookup', input);

  test('an address: the fields of the seed, the name among them (D-30)', async () => {
    expect(await ask({ ip: '1.1.1.1' })).toMatchObject({
      success: true,
      ip: '1.1.1.1',
      asn: '13335',
      prefix: '1.1.1.0/24',
      country: 'AU',
      registry: 'apnic',
      allocated: '2011-08-11',
      as_name: 'CLOUDFLARENET',
      as_description: 'CLOUDFLARENET - Cloudflare, Inc., US',
      summary: '1.1.1.1 originates from AS13335 (CLOUDFLARENET), prefix 1.1.1.0/24',
      announced: true,
    });
  });

  test('IPv6', async () => {
    expect(await ask({ query: '2606:4700::1111' })).toMatchObject({ asn: '13335', prefix: '2606:4700::/32' });
  });

  test('several origins, the most specific prefix first', async () => {
    const answer = await ask({ ip: '1.1.1.2' });
    expect(answer).toMatchObject({
      asn: '13335',
      origins: [
        { asn: '13335', prefix: '1.1.1.0/24', as_name: 'CLOUDFLARENET' },
        { asn: '64501', prefix: '1.1.1.0/24', as_name: null },
        { asn: '64500', prefix: '1.1.0.0/16', as_name: 'EXAMPLE-AS' },
      ],
    });
    expect(JSON.stringify(answer['notes'])).toContain('AS64501, AS64500');
  });

  test.each(['AS13335', '13335', 'as13335'])('%s', async (query) => {
    expect(await ask({ query })).toMatchObject({
      success: true,
      ip: null,
      asn: '13335',
      as_name: 'CLOUDFLARENET',
      registry: 'arin',
    });
  });

  test('an unknown number, and an address nobody announces', async () => {
    expect(await ask({ query: 'AS64999' })).toMatchObject({ success: false, as_name: null });
    expect(await ask({ ip: '9.9.9.9' })).toMatchObject({ success: true, announced: false, asn: null });
    expect(await ask({ ip: '1.1.1.3' })).toMatchObject({ success: true, announced: false, origins: [] });
  });

  test.each(['10.0.0.1', '127.0.0.1', 'fe80::1', 'fd00::1', '2001:db8::1', '100.64.0.1'])(
    '%s is known to be announced by nobody, and nobody is asked',
    async (ip) => {
      const before = room.heard().length;
      expect(await ask({ ip })).toMatchObject({ success: true, announced: false, asn: null });
      expect(room.heard().length).toBe(before);
    },
  );

  test.each([[{}], [{ ip: 'www.example.com' }], [{ ip: '1.1.1.1', query: 'AS1' }], [{ ip: 'AS13335' }]])(
    '%j is no question',
    async (input) => {
      await expect(ask(input)).rejects.toThrow('invalid_argument');
    },
  );

  test('a DNS server that is not there', async () => {
    const silent = await room.product(config([...zones.slice(0, 1), 'asn_nameserver: "192.0.2.53:9"']));
    await expect(silent.call('asn_lookup', { ip: '1.1.1.1', timeout_s: 3 })).rejects.toThrow('connection_refused');
  });

  test('the guard holds for the address asked about and for the nameserver', async () => {
    const blocked = await room.product(config(zones, ['blocked_targets: ["1.1.1.0/24"]']));
    await expect(blocked.call('asn_lookup', { ip: '1.1.1.1' })).rejects.toThrow('target_refused');
    const metadata = await room.product(config([...zones.slice(0, 1), 'asn_nameserver: "169.254.169.254"']));
    await expect(metadata.call('asn_lookup', { ip: '1.1.1.1' })).rejects.toThrow('target_refused');
  });
});
