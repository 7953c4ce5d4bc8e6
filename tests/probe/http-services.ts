// Web services for tests: ones that tell an address, an RDAP server with documents as the registries write them, and ones that misbehave.
// Run as a program with PROTOCOL:ADDRESS:PORT words (and `KEY CERTIFICATE` files first for https); it prints `ready`, then a line a request.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

const card = (name: string, email?: string): unknown => [
  'vcard',
  [
    ['version', {}, 'text', '4.0'],
    ['fn', {}, 'text', name],
    ...(email === undefined ? [] : [['email', {}, 'text', email]]),
  ],
];

/** As APNIC answers (RFC 9083, 5.4), with the abuse contact one level down. */
export const network = {
  rdapConformance: ['rdap_level_0', 'cidr0'],
  objectClassName: 'ip network',
  handle: 'NET-1-1-1-0-1',
  startAddress: '1.1.1.0',
  endAddress: '1.1.1.255',
  ipVersion: 'v4',
  name: 'APNIC-LABS',
  type: 'ASSIGNED PORTABLE',
  country: 'AU',
  status: ['active'],
  cidr0_cidrs: [{ v4prefix: '1.1.1.0', length: 24 }],
  arin_originas0_originautnums: [13335],
  events: [
    { eventAction: 'registration', eventDate: '2011-08-10T23:12:35Z' },
    { eventAction: 'last changed', eventDate: '2023-04-26T22:57:58Z' },
  ],
  entities: [
    {
      objectClassName: 'entity',
      handle: 'ORG-ARAD1-AP',
      roles: ['registrant'],
      vcardArray: card('APNIC Research\u200b and Development'),
      entities: [{ objectClassName: 'entity', roles: ['abuse'], vcardArray: card('IRT', 'abuse@example.net') }],
    },
  ],
};

/** As Verisign answers (RFC 9083, 5.3). */
const domain = {
  objectClassName: 'domain',
  handle: '2336799_DOMAIN_COM-VRSN',
  ldhName: 'EXAMPLE.COM',
  status: ['client delete prohibited', 'client transfer prohibited'],
  events: [
    { eventAction: 'registration', eventDate: '1995-08-14T04:00:00Z' },
    { eventAction: 'expiration', eventDate: '2026-08-13T04:00:00Z' },
    { eventAction: 'last changed', eventDate: '2025-08-14T07:01:39Z' },
  ],
  entities: [
    {
      objectClassName: 'entity',
      roles: ['registrar'],
      handle: '376',
      publicIds: [{ type: 'IANA Registrar ID', identifier: '376' }],
      vcardArray: card('Example Registrar\u001b[31m, Inc.'),
      entities: [{ roles: ['abuse'], vcardArray: card('', 'registrar-abuse@example.org') }],
    },
  ],
  nameservers: [{ ldhName: 'A.NS.EXAMPLE.COM' }, { ldhName: 'B.NS.EXAMPLE.COM' }],
  secureDNS: { delegationSigned: true },
};

/** As ARIN answers (RFC 9083, 5.5). */
const autnum = {
  objectClassName: 'autnum',
  handle: 'AS13335',
  startAutnum: 13335,
  endAutnum: 13335,
  name: 'CLOUDFLARENET',
  status: ['active'],
  events: [{ eventAction: 'registration', eventDate: '2010-07-14T18:35:57-04:00' }],
};

/** Every field of a wrong type. */
const hostile = {
  objectClassName: 'domain',
  handle: { toString: 1 },
  name: 7,
  ldhName: ['x'],
  country: null,
  status: 'active',
  events: { eventAction: 'registration' },
  entities: [
    null,
    3,
    'x',
    { roles: 'abuse', vcardArray: 'no' },
    { roles: ['abuse'], vcardArray: ['vcard', [[], null, ['email']]] },
  ],
  nameservers: [null, { ldhName: 1 }],
  secureDNS: [],
  cidr0_cidrs: [null, { v4prefix: 1, length: 'x' }],
  ['__proto__']: { handle: 'polluted' },
};

interface Answer {
  status?: number;
  headers?: Readonly<Record<string, string>>;
  body?: string;
}

const json = (value: unknown): Answer => ({
  headers: { 'content-type': 'application/rdap+json' },
  body: JSON.stringify(value),
});
const to = (location: string, status = 302): Answer => ({ status, headers: { location } });
const bytes = (count: number): string => 'x'.repeat(count);

const answers: Readonly<Record<string, Answer>> = {
  '/text': { body: '203.0.113.42\n' },
  '/text6': { body: '2001:DB8:0::42\n' },
  '/json': { body: '{"ip":"203.0.113.43"}' },
  '/private': { body: '10.1.2.3' },
  '/words': { body: '<html>no address here</html>' },
  '/long': { body: `${bytes(2000)}203.0.113.42` },
  '/gone': { status: 503, body: 'later' },
  '/moved': to('/text', 301),
  '/loop': to('/loop'),
  '/metadata': to('http://169.254.169.254/latest/meta-data/'),
  '/metadata-number': to('http://2852039166/latest/meta-data/'),
  '/ftp': to('ftp://192.0.2.80/'),
  '/credentials': to('http://user:secret@192.0.2.80/text'),
  '/inward': to('http://192.0.2.80:8080/text'),
  '/plain': to('http://192.0.2.80:8080/text'),
  '/rdap/ip/1.1.1.1': to('/apnic/ip/1.1.1.1'),
  '/apnic/ip/1.1.1.1': json(network),
  '/rdap/ip/2606:4700::1111': json({
    ...network,
    startAddress: '2606:4700::',
    endAddress: '2606:4700:ffff:ffff:ffff:ffff:ffff:ffff',
  }),
  '/rdap/ip/1.1.1.0/24': json(network),
  '/rdap/domain/example.com': json(domain),
  '/rdap/domain/xn--bcher-kva.example': json({ ...domain, ldhName: 'xn--bcher-kva.example' }),
  '/rdap/autnum/13335': json(autnum),
  '/ip/1.1.1.1': to('/apnic/ip/1.1.1.1'),
  '/token123/ip/1.1.1.1': to('/token123/v2/ip/1.1.1.1'),
  '/token123/v2/ip/1.1.1.1': json(network),
  '/token123/domain/moved.example': to('/token123/nowhere'),
  '/token123/domain/metadata.example': to('http://169.254.169.254/token123/'),
  '/rdap/domain/missing.example': { status: 404, body: '{"errorCode":404}' },
  '/rdap/domain/busy.example': { status: 429, headers: { 'retry-after': '30' } },
  '/rdap/domain/forbidden.example': { status: 403 },
  '/rdap/domain/broken.example': { status: 500 },
  '/rdap/domain/invalid.example': { body: '{"handle": ' },
  '/rdap/domain/list.example': { body: '[1, 2]' },
  '/rdap/domain/deep.example': { body: '['.repeat(500_000) },
  '/rdap/domain/deepentities.example': {
    body: `${'{"entities":['.repeat(20_000)}1${']}'.repeat(20_000)}`,
  },
  '/rdap/domain/huge.example': { body: bytes(2 * 1024 * 1024) },
  '/rdap/domain/hostile.example': json(hostile),
  '/rdap/domain/metadata.example': to('http://169.254.169.254/latest/meta-data/'),
  '/rdap/domain/loop.example': to('/rdap/domain/loop.example'),
  '/rdap/domain/zipped.example': { headers: { 'content-encoding': 'gzip' }, body: 'x' },
};

const drip = (response: ServerResponse): void => {
  response.writeHead(200);
  const timer = setInterval(() => response.write(' '), 50);
  response.on('close', () => {
    clearInterval(timer);
  });
};

const handle = (request: IncomingMessage, response: ServerResponse): void => {
  const url = request.url ?? '';
  process.stdout.write(`${url} ${request.headers['user-agent'] ?? ''} ${request.headers.host ?? ''}\n`);
  if (url.endsWith('/drip') || url.includes('drip.example')) {
    drip(response);
    return;
  }
  if (url.endsWith('/silent') || url.includes('silent.example')) {
    response.on('close', () => process.stdout.write(`closed ${url}\n`));
    return;
  }
  if (url.endsWith('/broken')) {
    request.socket.destroy();
    return;
  }
  if (url === '/seen') {
    response.end(request.socket.remoteAddress?.replace(/^::ffff:/, ''));
    return;
  }
  const { status = 200, headers = {}, body = '' } = answers[url] ?? { status: 404 };
  response.writeHead(status, headers);
  response.end(body);
};

if (process.argv[1] === import.meta.filename) {
  const words = process.argv.slice(2);
  const [key = '', cert = ''] = words.splice(0, 2);
  for (const word of words) {
    const [, protocol = '', host = '', port = ''] = /^(\w+):\[?(.+?)\]?:(\d+)$/.exec(word) ?? [];
    const server =
      protocol === 'https'
        ? createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, handle)
        : createServer(handle);
    await new Promise<void>((resolve) => server.listen(Number(port), host, resolve));
  }
  process.stdout.write('ready\n');
}
