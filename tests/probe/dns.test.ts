// dns_lookup and batch_dns_lookup against a DNS server of ours in a namespace that answers well, wrongly, late and with hostile text.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ConnectedClient } from '../helpers/mcp-client.ts';
import { hostileText } from './dns-server.ts';
import { openRoom, type Room } from './services-room.ts';

const v4 = '192.0.2.53';
const v6 = '2001:db8::53';

let room: Room;
let client: ConnectedClient;

beforeAll(async () => {
  room = await openRoom({
    'resolv.conf': `# ours\nsearch corp.test other.test\noptions ndots:1\nnameserver 192.0.2.53\n`,
    hosts: '127.0.0.1 localhost\n192.0.2.200 www.test # not what DNS says\n',
  });
  await room.start('dns-server.ts', `${v4}:53`, `${v6}:53`, `${v4}:5353`, `${v6}:5353`);
  client = await room.product();
});
afterAll(() => room.close());

const look = (input: Record<string, unknown>) => client.call('dns_lookup', input);
const recordsOf = async (query: string, record_type: string): Promise<unknown> =>
  (await look({ query, record_type }))['records'];

describe('record types', () => {
  test('a name: the fields of the seed, flags, time and server', async () => {
    const answer = await look({ query: 'www.test' });
    expect(answer).toMatchObject({
      success: true,
      query: 'www.test',
      record_type: 'A',
      rcode: 'NOERROR',
      records: [
        { type: 'A', name: 'www.test', value: '192.0.2.10', ttl: 120 },
        { type: 'A', name: 'www.test', value: '192.0.2.11', ttl: 120 },
      ],
      total: 2,
      truncated: false,
      flags: { aa: true, tc: false, rd: true, ra: true, ad: false, cd: false },
      nameserver: v4,
      transport: 'udp',
      truncated_udp: false,
      attempts: [{ nameserver: v4, transport: 'udp', outcome: 'NOERROR', sent: 1, ignored: 0 }],
    });
    expect(answer['response_time_ms']).toEqual(expect.any(Number));
    expect(answer['summary']).toMatch(/^www\.test A: 192\.0\.2\.10, 192\.0\.2\.11 \(/);
  });

  test.each([
    ['www.test', 'AAAA', [{ value: '2001:db8::10' }]],
    [
      'test',
      'MX',
      [
        { value: 'mail.test', priority: 10 },
        { value: 'mail2.test', priority: 20 },
      ],
    ],
    ['test', 'TXT', [{ value: 'v=spf1 -all' }]],
    ['test', 'NS', [{ value: 'ns1.test' }]],
    [
      'test',
      'SOA',
      [
        {
          soa: {
            mname: 'ns1.test',
            rname: 'hostmaster.test',
            serial: 7,
            refresh_s: 3600,
            retry_s: 600,
            expire_s: 86400,
            minimum_s: 60,
          },
        },
      ],
    ],
    ['_sip._tcp.test', 'SRV', [{ value: 'sip.test', priority: 1, weight: 5, port: 5060 }]],
    ['test', 'CAA', [{ value: '128 issue "ca.test"', critical: true, tag: 'issue' }]],
    ['alias.test', 'CNAME', [{ value: 'www.test' }]],
    ['10.2.0.192.in-addr.arpa', 'PTR', [{ value: 'www.test' }]],
    ['www.test', 'HTTPS', [{ value: '1 . alpn=h3,h2 ipv4hint=192.0.2.10', priority: 1 }]],
    ['test', 'DS', [{ value: `4711 13 2 ${'07'.repeat(32)}` }]],
    ['test', 'DNSKEY', [{ value: `257 3 13 ${Buffer.alloc(64, 9).toString('base64')}` }]],
    ['test', 'NAPTR', [{ value: '1 2 "S" "SIP+D2T" "" _sip._tcp.test' }]],
    ['_443._tcp.test', 'TLSA', [{ value: `3 1 1 ${'01'.repeat(32)}` }]],
    ['test', 'SSHFP', [{ value: `4 2 ${'0b'.repeat(32)}` }]],
  ])('%s %s', async (query, type, expected) => {
    expect(await recordsOf(query, type)).toMatchObject(expected.map((record) => ({ type, ...record })));
  });

  test('ANY gives every type that is there', async () => {
    const records = JSON.stringify(await recordsOf('test', 'ANY'));
    for (const type of ['MX', 'TXT', 'NS', 'SOA', 'CAA', 'DS', 'DNSKEY']) expect(records).toContain(`"type":"${type}"`);
  });

  test.each(['192.0.2.10', '2001:db8::10', '2001:0DB8:0::10'])('%s is looked up reversely', async (query) => {
    expect(await look({ query })).toMatchObject({
      success: true,
      record_type: 'PTR',
      records: [{ value: 'www.test' }],
    });
  });

  test('the same over IPv6, over TCP, and at another port', async () => {
    for (const [nameserver, transport] of [
      [v6, 'udp'],
      [`[${v6}]:5353`, 'tcp'],
      [`${v4}:5353`, 'tcp'],
      [`[${v6}]`, 'tcp'],
    ] as const) {
      const answer = await look({ query: 'www.test', nameserver, transport });
      expect(answer).toMatchObject({ success: true, transport, total: 2 });
    }
  });
});

describe('aliases and absence', () => {
  test('an alias is followed within the answer', async () => {
    expect(await look({ query: 'ALIAS.test.' })).toMatchObject({
      success: true,
      cname_chain: [{ name: 'alias.test', target: 'www.test', ttl: 30 }],
      cname_loop: false,
      records: [{ value: '192.0.2.10' }, { value: '192.0.2.11' }],
    });
  });

  test('an alias in a circle is said to be one', async () => {
    const answer = await look({ query: 'loop1.test' });
    expect(answer).toMatchObject({ success: false, cname_loop: true, records: [] });
    expect(answer['summary']).toContain('circle');
  });

  test('an alias to nothing names where it ends', async () => {
    const answer = await look({ query: 'dangling.test' });
    expect(JSON.stringify(answer['notes'])).toContain('end at nowhere.test');
  });

  test('NXDOMAIN is an answer and no success, with its negative TTL', async () => {
    expect(await look({ query: 'nx.test' })).toMatchObject({
      success: false,
      rcode: 'NXDOMAIN',
      records: [],
      negative_ttl_s: 60,
      authority_count: 1,
    });
  });

  test('a name without such a record is a success with nothing', async () => {
    const answer = await look({ query: 'www.test', record_type: 'MX' });
    expect(answer).toMatchObject({ success: true, rcode: 'NOERROR', records: [], negative_ttl_s: 60 });
    expect(answer['summary']).toContain('has no MX record');
  });

  test.each([
    ['servfail.test', 'SERVFAIL'],
    ['refused.test', 'REFUSED'],
    ['notimp.test', 'NOTIMP'],
  ])('%s: %s', async (query, rcode) => {
    expect(await look({ query })).toMatchObject({ success: false, rcode });
  });

  test('the extended error comes as plain text', async () => {
    expect(await look({ query: 'ede.test' })).toMatchObject({
      rcode: 'REFUSED',
      extended_errors: [{ code: 18, text: 'blocked by [1mpolicy' }],
    });
  });
});

describe('servers that misbehave', () => {
  test('what does not fit UDP comes over TCP, up to 65,535 bytes', async () => {
    const answer = await look({ query: 'big.test', record_type: 'TXT' });
    expect(answer).toMatchObject({ success: true, transport: 'tcp', truncated_udp: true, total: 271, truncated: true });
    expect(answer['flags']).toMatchObject({ tc: false });
    expect(JSON.stringify(answer).length).toBeLessThan(20_000);
  });

  test('with transport udp it says that it was cut', async () => {
    const answer = await look({ query: 'big.test', record_type: 'TXT', transport: 'udp' });
    expect(answer).toMatchObject({ success: true, transport: 'udp', truncated_udp: true, total: 2 });
    expect(JSON.stringify(answer['notes'])).toContain('cut');
  });

  test('TCP that breaks leaves the cut answer', async () => {
    const answer = await look({ query: 'tcpbroken.test' });
    expect(answer).toMatchObject({ success: true, transport: 'udp', truncated_udp: true });
    expect(answer['attempts']).toMatchObject([{ transport: 'udp' }, { transport: 'tcp', outcome: 'closed' }]);
  });

  test('a wrong id is ignored and the right one taken', async () => {
    expect(await look({ query: 'wrongid.test' })).toMatchObject({
      success: true,
      records: [{ value: '192.0.2.99' }],
      attempts: [{ ignored: 1 }],
    });
  });

  test.each(['onlywrong.test', 'garbage.test', 'silent.test'])(
    '%s ends as timeout after three questions',
    async (query) => {
      await expect(look({ query, timeout_s: 0.6 })).rejects.toThrow(/"timeout"[\s\S]*"sent":3/);
    },
  );

  test('datagrams that were no answer are told, and more time is not advised', async () => {
    const refusal = expect(look({ query: 'garbage.test', timeout_s: 0.6 })).rejects;
    await refusal.toThrow(/datagrams: 3[\s\S]*Name another nameserver/);
    await expect(look({ query: 'garbage.test', timeout_s: 0.6 })).rejects.not.toThrow(/Raise timeout_s/);
  });

  test('a slow answer counts when there is time, and not when there is none', async () => {
    expect(await look({ query: 'slow.test' })).toMatchObject({ success: true, records: [{ value: '192.0.2.99' }] });
    await expect(look({ query: 'slow.test', timeout_s: 0.2 })).rejects.toThrow('timeout');
  });

  test.each([
    ['pointer.test', 'udp', 'points forward or at itself'],
    ['cut.test', 'udp', 'ends too early'],
    ['cut.test', 'tcp', 'ends too early'],
    ['garbage.test', 'tcp', 'does not belong to the question'],
    ['other-question.test', 'tcp', 'does not belong to the question'],
  ])('%s over %s: an answer that cannot be read is told as one', async (query, transport, why) => {
    const answer = await look({ query, transport });
    expect(answer).toMatchObject({
      success: false,
      rcode: null,
      records: [],
      record_type: 'A',
      asked_name: query,
      nameserver: v4,
      transport,
      attempts: [{ outcome: 'malformed' }],
    });
    for (const text of [answer['summary'], answer['failure']]) {
      expect(text).toContain(why);
      expect(text).not.toMatch(/within|timeout/);
    }
    expect(answer['failure']).toContain('Name another nameserver');
  });

  test('a server that hangs up is told as absent, not as slow', async () => {
    await expect(look({ query: 'tcpbroken.test', transport: 'tcp' })).rejects.toThrow(
      /"not_found"[\s\S]*closed the connection/,
    );
  });

  test('more over UDP than asked for is read all the same', async () => {
    expect(await look({ query: 'oversized.test', record_type: 'TXT' })).toMatchObject({ success: true, total: 18 });
  });

  test('a server without EDNS is asked without', async () => {
    expect(await look({ query: 'noedns.test' })).toMatchObject({
      success: true,
      attempts: [{ outcome: 'FORMERR' }, { outcome: 'NOERROR' }],
    });
  });

  test('nobody listens: said at once, and how to go on', async () => {
    await expect(look({ query: 'www.test', nameserver: '127.0.0.1:9' })).rejects.toThrow(
      /not_found[\s\S]*connection_refused/,
    );
  });

  test('hostile text arrives as plain text and is marked', async () => {
    const answer = await look({ query: 'hostile.test', record_type: 'TXT' });
    const text = JSON.stringify(answer);
    expect(text).not.toMatch(/[\u001b\u200b\u202e\u{e0041}]|\\u001b|\\u200b/u);
    for (const part of hostileText.slice(0, 3)) expect(text).not.toContain(part);
    expect(text).toContain('zerowidthforged');
    expect(answer['summary']).not.toContain('Ignore all previous');
    expect(answer['untrusted']).toContain('records');
  });
});

describe('hostile text', () => {
  /** In JSON, where control characters are written as \u00... */
  const hidden = /[\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u{e0000}-\u{e007f}]|\\u00|\\b/u;
  test.each(['NS', 'PTR', 'MX', 'SRV', 'SOA', 'CAA', 'NAPTR', 'TXT', 'HTTPS', 'ANY'])(
    'of %s is plain, and in a field that is marked',
    async (record_type) => {
      const answer = await look({ query: 'hostile.test', record_type });
      expect(answer).toMatchObject({ success: true });
      expect(answer['untrusted']).toEqual(expect.arrayContaining(['summary', 'records']));
      expect(answer['total']).not.toBe(0);
      expect(JSON.stringify(answer)).not.toMatch(hidden);
      const marked = Array.isArray(answer['untrusted']) ? answer['untrusted'] : [];
      const others = Object.entries(answer).filter(([field]) => !marked.includes(field));
      expect(JSON.stringify(others)).not.toMatch(/previous|forged/i);
    },
  );

  test('of an alias’s name', async () => {
    const answer = await look({ query: 'hostile-alias.test' });
    expect(JSON.stringify(answer['cname_chain'])).toContain(
      String.raw`"target":"ignore\\027[31m\\226\\128\\174previous`,
    );
    expect(answer['untrusted']).toContain('cname_chain');
    expect(JSON.stringify(answer)).not.toMatch(hidden);
  });
});

test('a type is taken in either case', async () => {
  expect(await look({ query: 'test', record_type: 'mx' })).toMatchObject({ record_type: 'MX', total: 2 });
  expect(await look({ query: 'test', record_type: 'Mx' })).toMatchObject({ record_type: 'MX', total: 2 });
  const queries = [{ query: 'test', record_type: 'tXt' }, 'test'];
  expect(await client.call('batch_dns_lookup', { queries, record_type: 'ns' })).toMatchObject({
    succeeded: 2,
    results: [{ record_type: 'TXT' }, { record_type: 'NS' }],
  });
  await expect(look({ query: 'test', record_type: 'nonsense' })).rejects.toThrow('invalid_argument');
});

describe('the system’s configuration', () => {
  test('the hosts file and search domains are said', async () => {
    expect(JSON.stringify((await look({ query: 'www.test' }))['notes'])).toContain('192.0.2.200');
    expect(JSON.stringify((await look({ query: 'short' }))['notes'])).toContain('corp.test');
    expect(JSON.stringify((await look({ query: 'printer.local' }))['notes'])).toContain('multicast DNS');
  });

  test('search completes a short name when asked to', async () => {
    expect(await look({ query: 'short' })).toMatchObject({ success: false, asked_name: 'short' });
    expect(await look({ query: 'short', search: true })).toMatchObject({
      success: true,
      asked_name: 'short.corp.test',
      records: [{ value: '192.0.2.77' }],
    });
  });

  test('dnssec asks for validation', async () => {
    expect(await look({ query: 'www.test', dnssec: true })).toMatchObject({ flags: { ad: true } });
  });
});

test('the next server is asked when one is not there, cannot answer or keeps silent', async () => {
  const servers = ['127.0.0.9', v4, v6];
  const other = await openRoom({
    'resolv.conf': servers.map((server) => `nameserver ${server}\n`).join(''),
    hosts: '',
  });
  try {
    await other.start('dns-server.ts', `${v4}:53`, `${v6}:53`);
    const { call } = await other.product();
    const attempts = async (query: string) => (await call('dns_lookup', { query }))['attempts'];
    const gone = { nameserver: '127.0.0.9', outcome: 'connection_refused' };
    expect(await attempts('www.test')).toMatchObject([gone, { nameserver: v4, outcome: 'NOERROR' }]);
    expect(await attempts('nx.test')).toMatchObject([gone, { nameserver: v4, outcome: 'NXDOMAIN' }]);
    expect(await attempts('servfail.test')).toMatchObject([
      gone,
      { outcome: 'SERVFAIL' },
      { nameserver: v6, outcome: 'SERVFAIL' },
    ]);
    await expect(call('dns_lookup', { query: 'silent.test', timeout_s: 0.6 })).rejects.toThrow(
      new RegExp(`${v4}"[^}]*"timeout"[\\s\\S]*${v6}"[^}]*"timeout"`),
    );
  } finally {
    await other.close();
  }
});

describe('the guard', () => {
  test.each([
    '169.254.169.254',
    '2852039166',
    '[::ffff:169.254.169.254]:53',
    '0xA9FEA9FE:53',
    'metadata.google.internal',
  ])('the nameserver %s is refused and nothing is asked', async (nameserver) => {
    const before = room.heard().length;
    await expect(look({ query: 'www.test', nameserver })).rejects.toThrow('target_refused');
    await expect(client.call('batch_dns_lookup', { queries: ['www.test'], nameserver })).rejects.toThrow(
      'target_refused',
    );
    expect(room.heard().slice(before)).toEqual([]);
  });

  test.each([
    ['a..b', 'invalid_argument'],
    [`${'a'.repeat(64)}.test`, 'invalid_argument'],
    ['-x @192.0.2.1', 'invalid_argument'],
  ])('%s is no question', async (query, code) => {
    await expect(look({ query })).rejects.toThrow(code);
  });

  test.each(['192.0.2.53:0', '192.0.2.53:70000', '[www.test]:53', '1.2.3.4:53:53'])(
    '%s is no nameserver',
    async (nameserver) => {
      await expect(look({ query: 'www.test', nameserver })).rejects.toThrow('invalid_argument');
    },
  );
});

describe('batch', () => {
  test('questions with mixed ends, in order', async () => {
    const queries = [
      'nx.test',
      'servfail.test',
      { query: 'test', record_type: 'MX' },
      { query: 'www.test', record_type: 'MX' },
      '192.0.2.10',
      '169.254.169.254.nip.io..',
      'pointer.test',
      ...Array.from({ length: 33 }, () => 'www.test'),
    ];
    const answer = await client.call('batch_dns_lookup', { queries, max_concurrent: 64 });
    expect(answer).toMatchObject({ success: true, total: 40, succeeded: 35, empty: 1, failed: 4, truncated: false });
    const results: unknown[] = Array.isArray(answer['results']) ? answer['results'] : [];
    const [nx, fail, mx, none, reverse, bad, unreadable, good] = results;
    expect(nx).toMatchObject({ query: 'nx.test', success: false, rcode: 'NXDOMAIN' });
    expect(fail).toMatchObject({ success: false, rcode: 'SERVFAIL' });
    expect(mx).toMatchObject({ record_type: 'MX', values: ['mail.test', 'mail2.test'], ttl: 60 });
    expect(none).toMatchObject({ success: true, values: [], value_count: 0 });
    expect(reverse).toMatchObject({ record_type: 'PTR', values: ['www.test'] });
    expect(bad).toMatchObject({ success: false, error: { code: 'invalid_argument' } });
    expect(unreadable).toMatchObject({ success: false, rcode: null, error: { code: 'step_failed' } });
    expect(good).toMatchObject({ query: 'www.test', values: ['192.0.2.10', '192.0.2.11'] });
    expect(results).toHaveLength(40);
  });

  test('1,000 questions with mixed ends fit an answer, the failures by reason', async () => {
    const ends = ['www.test', 'nx.test', 'servfail.test', 'www.test', 'loop1.test', 'test'];
    const queries = Array.from({ length: 1000 }, (_, index) => ends[index % ends.length]);
    const answer = await client.call('batch_dns_lookup', { queries, max_concurrent: 128 });
    expect(JSON.stringify(answer).length).toBeLessThan(20_000);
    expect(answer).toMatchObject({ total: 1000, succeeded: 334, empty: 166, failed: 500, truncated: true });
    expect(answer['failures']).toMatchObject([
      { reason: 'NXDOMAIN', count: 167 },
      { reason: 'SERVFAIL', count: 167 },
      { reason: 'aliases in a circle', count: 166 },
    ]);
    expect(answer['summary']).toContain('500 failed (NXDOMAIN 167, SERVFAIL 167, aliases in a circle 166)');
  });

  test('50 long texts fit an answer', async () => {
    const queries = Array.from({ length: 50 }, (_, index) => `many-texts-${index}.test`);
    const answer = await client.call('batch_dns_lookup', { queries, record_type: 'TXT' });
    expect(JSON.stringify(answer).length).toBeLessThan(20_000);
    expect(answer).toMatchObject({ succeeded: 50, truncated: false, not_listed: 0 });
    expect(answer['results']).toHaveLength(50);
  });

  test('cancelled while servers are silent, it ends within 500 ms and asks nothing more', async () => {
    const started = await client.call('batch_dns_lookup', {
      queries: Array.from({ length: 200 }, () => 'silent.test'),
      timeout_s: 30,
      background: true,
    });
    const job_id = started['job_id'];
    await expect.poll(() => room.heard().some((line) => line.includes('silent'))).toBe(true);
    const before = performance.now();
    await client.call('cancel_job', { job_id });
    expect(await client.call('get_job', { job_id, wait_s: 5 })).toMatchObject({ state: 'cancelled' });
    expect(performance.now() - before).toBeLessThan(500);
  });
});
