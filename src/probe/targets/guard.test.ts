import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { NetError, type ErrorCode } from '../../model/errors.ts';
import type { Security } from '../../model/ports.ts';
import { createTargetGuard } from './guard.ts';
import type { Look, Resolver } from './resolver.ts';
import type { Interfaces } from './zones.ts';

const open: Security = { allowedTargets: [], blockedTargets: [], blockPrivate: false, blockCloudMetadata: true };

const interfaces: Interfaces = { has: (zone) => zone.startsWith('eth0'), linkLocal: () => ['eth0', 'wlan0'] };

const noResolver: Resolver = async (name) => {
  throw new Error(`${name} was asked of the resolver`);
};
const answering =
  (...addresses: string[]): Resolver =>
  async () =>
    addresses;

const caught = async (work: () => unknown): Promise<NetError> => {
  try {
    await work();
  } catch (error) {
    if (error instanceof NetError) return error;
    throw error;
  }
  throw new Error('it should have been refused');
};

const codeOf = async (work: () => unknown): Promise<ErrorCode> => (await caught(work)).code;

const metadataNotations = [
  '169.254.169.254',
  '169.254.169.254.',
  '2852039166',
  '2852039166.',
  '0xA9FEA9FE',
  '0xa9fea9fe',
  '0XA9FEA9FE',
  '0x00000000A9FEA9FE',
  '025177524776',
  '0251.0376.0251.0376',
  '0251.254.0251.254',
  '0000251.0000376.0000251.0000376',
  '0xA9.0xFE.0xA9.0xFE',
  '0xa9.254.0251.0xfe',
  '169.0376.0xa9.254',
  '169.254.43518',
  '169.254.0xa9fe',
  '169.254.0124776',
  '169.16689662',
  '0xa9.0xfea9fe',
  '0169.254.169.254',
  '169.254.0169.0254',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '::FFFF:A9FE:A9FE',
  '0:0:0:0:0:ffff:a9fe:a9fe',
  '0000:0000:0000:0000:0000:ffff:a9fe:a9fe',
  '[::ffff:a9fe:a9fe]',
  '[::ffff:169.254.169.254]',
  '::ffff:0251.0376.0251.0376',
  '::ffff:0xa9.0xfe.0xa9.0xfe',
  '::169.254.169.254',
  '::a9fe:a9fe',
  '::ffff:0:169.254.169.254',
  '::ffff:0:a9fe:a9fe',
  '64:ff9b::169.254.169.254',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::a9fe:a9fe',
  '64:ff9b:1:a9fe:a9:fe00::',
  '2002:a9fe:a9fe::',
  '2002:a9fe:a9fe::1',
  '2001:0:a9fe:a9fe::1',
  '2001:0:1:2:3:4:5601:5601',
  'fd12::5efe:a9fe:a9fe',
  'fd12::200:5efe:169.254.169.254',
  '１６９.２５４.１６９.２５４',
  '169。254。169。254',
  '１６９．２５４．１６９．２５４',
  '169｡254｡169｡254',
  '①⑥⑨.②⑤④.①⑥⑨.②⑤④',
  '２８５２０３９１６６',
  '169%2e254%2e169%2e254',
  '%31%36%39.254.169.254',
  '%32852039166',
  '[169.254.169.254]',
  '169.254.170.2',
  '169.254.170.23',
  '0xa9feaa17',
  'fd00:ec2::254',
  'FD00:EC2::254',
  'fd00:0ec2:0000:0000:0000:0000:0000:0254',
  'fd00:ec2:0:0::254',
  '[fd00:ec2::254]',
  'fd00:ec2::0.0.2.84',
  'fd00:ec2::254%eth0',
  'fd00:ec2::254%25eth0',
  'fd00%3aec2%3a%3a254',
  'fd00:ec2::23',
  'fe80::a9fe:a9fe%eth0',
  'fe80::a9fe:a9fe',
  '100.100.100.200',
  '1684301000',
  '0144.0144.0144.0310',
  '0100.0100.0100.0200',
  '::ffff:100.100.100.200',
  '168.63.129.16',
  '0xA83F8110',
  '2822734096',
  '168.63.33040',
  '192.0.0.192',
  '192.192',
  'fd00:c1::a9fe:a9fe',
  'fd20:ce::254',
  '169.254.0.23',
  '169.254.23',
  '169.254.42.42',
  'fd00:42::42',
  '100.96.0.96',
];

const metadataNames = [
  'metadata',
  'METADATA.',
  'metadata.google.internal',
  'metadata.google.internal.',
  'Metadata.Google.Internal',
  'a.metadata.google.internal',
  'ｍetadata.google.internal',
  'metadata。google。internal',
  'metadata%2egoogle%2einternal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal.',
  'metadata.tencentyun.com',
  'metadata.azure.internal',
];

test('there are enough notations', () => {
  expect(new Set(metadataNotations).size).toBeGreaterThan(70);
});

test.each(metadataNotations)(
  'D-23: %s is a metadata service, asked, named as a name server, or looked up',
  async (notation) => {
    const guard = createTargetGuard(open, noResolver);
    const error = await caught(() => guard.check(notation));
    expect([error.code, error.details?.['rule']]).toEqual(['target_refused', 'block_cloud_metadata']);
    expect(error.message).toContain('block_cloud_metadata');
    expect(error.hint).toContain('NETMCP_BLOCK_CLOUD_METADATA');
    expect(await codeOf(() => guard.checkAddress(notation))).toBe('target_refused');
    expect(
      await codeOf(() => {
        guard.checkName(notation);
      }),
    ).toBe('target_refused');
  },
);

test.each(metadataNames)('D-23: %s is a metadata service by name', async (name) => {
  const guard = createTargetGuard(open, noResolver);
  expect(await codeOf(() => guard.check(name))).toBe('target_refused');
  expect(
    await codeOf(() => {
      guard.checkName(name);
    }),
  ).toBe('target_refused');
});

test.each([
  '169.254.169.254',
  '::ffff:169.254.169.254',
  '64:ff9b::a9fe:a9fe',
  '2002:a9fe:a9fe::1',
  'fd00:ec2::254',
  'fe80::a9fe:a9fe%2',
  '100.100.100.200',
  '168.63.129.16',
])('a name with the address %s is refused, also when the address is one of several', async (address) => {
  for (const resolver of [answering(address), answering('198.51.100.7', '2001:db8::7', address)]) {
    const error = await caught(() => createTargetGuard(open, resolver).check('innocent.example'));
    expect([error.code, error.details?.['rule']]).toEqual(['target_refused', 'block_cloud_metadata']);
    expect(error.message).toContain('innocent.example');
  }
});

test('the operator may switch the metadata rule off', async () => {
  const guard = createTargetGuard({ ...open, blockCloudMetadata: false }, noResolver);
  expect(await guard.check('2852039166')).toMatchObject({ address: '169.254.169.254', family: 4 });
});

test('D-23: a name is resolved once; what is answered later is never asked for', async () => {
  const answers = [['198.51.100.7'], ['169.254.169.254']];
  let asked = 0;
  const guard = createTargetGuard(open, async () => {
    asked += 1;
    return answers[asked - 1] ?? [];
  });
  expect(await guard.check('rebinding.example')).toEqual({
    target: 'rebinding.example',
    address: '198.51.100.7',
    family: 4,
    addresses: ['198.51.100.7'],
  });
  expect(asked).toBe(1);
  // A second check resolves anew, and checks anew.
  expect(await codeOf(() => guard.check('rebinding.example'))).toBe('target_refused');
});

const privateTargets = [
  ...[
    '10.1.2.3',
    '0x0a010203',
    '010.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '3232235777',
    '192.168.257',
  ],
  ...['127.0.0.1', '127.1', '0177.0.0.1', '2130706433', '0', '0.0.0.0', '0x0', '100.64.0.1', '100.127.255.255'],
  ...[
    '169.254.1.1',
    '198.18.0.1',
    '198.19.255.255',
    '192.0.2.1',
    '198.51.100.1',
    '203.0.113.1',
    '192.0.0.1',
    '240.0.0.1',
  ],
  ...[
    '::',
    '::1',
    '0:0:0:0:0:0:0:1',
    '::ffff:10.0.0.1',
    '::10.0.0.1',
    '64:ff9b::10.0.0.1',
    '64:ff9b:1::1',
    '2002:c0a8:101::1',
  ],
  ...['fc00::1', 'fd12:3456::1', 'fe80::1', 'fe80::1%eth0', 'fec0::1', '2001:db8::1', '3fff::1', '2001:2::1', '100::1'],
];

test.each(privateTargets)('block_private refuses %s', async (target) => {
  const closed = createTargetGuard({ ...open, blockPrivate: true }, noResolver);
  const error = await caught(() => closed.check(target));
  expect([error.code, error.details?.['rule']]).toEqual(['target_refused', 'block_private']);
  expect(error.hint).toContain('NETMCP_BLOCK_PRIVATE');
  await createTargetGuard(open, noResolver, { interfaces }).check(target.replace(/^fe80::1$/, 'fe80::1%eth0'));
});

test.each([
  '8.8.8.8',
  '172.15.0.1',
  '172.32.0.1',
  '100.63.0.1',
  '100.128.0.1',
  '198.17.0.1',
  '2606:4700::1',
  '64:ff9b::8.8.8.8',
  '11.0.0.1',
])('block_private lets %s pass', async (target) => {
  expect((await createTargetGuard({ ...open, blockPrivate: true }, noResolver).check(target)).target).toBe(target);
});

test('D-23: the private rule also holds for names, and is not skipped for a name without an address', async () => {
  const closed: Security = { ...open, blockPrivate: true };
  for (const address of ['10.0.0.1', '::1', 'fe80::1%3', '::ffff:192.168.0.1']) {
    expect(await codeOf(() => createTargetGuard(closed, answering('8.8.8.8', address)).check('a.example'))).toBe(
      'target_refused',
    );
  }
  expect(await codeOf(() => createTargetGuard(closed, answering()).check('gone.example'))).toBe('not_found');
});

test.each(['224.0.0.1', 'ff02::1', 'ff02::1%eth0', '255.255.255.255', '4294967295', '::ffff:224.0.0.251'])(
  '%s stands for many hosts, so it is asked about and never probed',
  async (target) => {
    expect(() => {
      createTargetGuard(open, noResolver).checkName(target);
    }).not.toThrow();
    const error = await caught(() => createTargetGuard(open, noResolver).check(target));
    expect([error.code, error.details?.['rule']]).toEqual(['target_refused', 'one_host']);
  },
);

test.each<[string, string[], string[], string[]]>([
  [
    '*.company.com',
    [],
    ['www.company.com', 'WWW.Company.COM.', 'a.b.company.com'],
    ['company.com', 'company.com.evil.example', 'evil.example', '8.8.8.8'],
  ],
  ['10.0.0.0/8', [], ['10.2.3.4', '0x0a010101', '::ffff:10.0.0.1'], ['11.0.0.1', '64:ff9b::10.0.0.1', '0010.0.0.1']],
  ['fd00:1::/32', [], ['fd00:1::5', 'FD00:1:0::5'], ['fd00:2::5', '10.0.0.1']],
  ['10.1.*', [], ['10.1.2.3', '10.1.515'], ['10.2.1.1']],
  ['192.0.2.7', [], ['192.0.2.7', '3221225991'], ['192.0.2.8']],
  [
    '*',
    ['*.gov', 'localhost', '127.0.0.0/8', 'fd00::/8', '10.9.?.1'],
    ['www.example.com', '10.9.22.1', '8.8.8.8'],
    [
      'WWW.Agency.GOV.',
      'LOCALHOST',
      'localhost.',
      '127.1',
      '2130706433',
      '::ffff:127.0.0.1',
      '64:ff9b::7f00:1',
      'fd99::1',
      '10.9.2.1',
    ],
  ],
])('allowed %s and blocked %j', async (allowed, blocked, pass, refused) => {
  const guard = createTargetGuard(
    { ...open, allowedTargets: [allowed], blockedTargets: blocked },
    answering('8.8.4.4'),
  );
  for (const target of pass) expect((await guard.check(target)).target).toBe(target);
  for (const target of refused)
    expect([target, await codeOf(() => guard.check(target))]).toEqual([target, 'target_refused']);
});

test.each(['0', '0.0.0.0', '0x0', '::ffff:0:0', '::', '0::0'])(
  '%s connects to this host, so blocked loopback blocks it',
  async (target) => {
    const closed: Security = { ...open, blockedTargets: ['127.0.0.0/8', '::1'] };
    const error = await caught(() => createTargetGuard(closed, noResolver).check(target));
    expect([error.code, error.details?.['rule']]).toEqual(['target_refused', 'blocked_targets']);
  },
);

test('a name outside the globs is allowed only if every address it has is', async () => {
  const inside: Security = { ...open, allowedTargets: ['*.company.com', '10.0.0.0/8'] };
  expect(await createTargetGuard(inside, answering('10.0.0.1', '10.0.0.2')).check('box.test')).toMatchObject({
    addresses: ['10.0.0.1', '10.0.0.2'],
  });
  expect(await codeOf(() => createTargetGuard(inside, answering('10.0.0.1', '11.0.0.1')).check('box.test'))).toBe(
    'target_refused',
  );
  // With globs alone there is nothing to resolve for.
  expect(
    await codeOf(() => createTargetGuard({ ...open, allowedTargets: ['*.company.com'] }, noResolver).check('box.test')),
  ).toBe('target_refused');
});

test('a name that a glob allows still has its addresses checked, and blocked wins', async () => {
  const allowing: Security = { ...open, allowedTargets: ['*.company.com'], blockedTargets: ['10.0.0.0/8'] };
  const error = await caught(() => createTargetGuard(allowing, answering('10.0.0.1')).check('www.company.com'));
  expect(error.message).toContain('"10.0.0.0/8" in blocked_targets');
  expect(await codeOf(() => createTargetGuard(allowing, answering('169.254.169.254')).check('www.company.com'))).toBe(
    'target_refused',
  );
});

test('a name like 10.example.com is no address, so an address pattern does not allow it', async () => {
  const guard = createTargetGuard({ ...open, allowedTargets: ['10.*'] }, answering('8.8.8.8'));
  expect(await codeOf(() => guard.check('10.example.com'))).toBe('target_refused');
});

test('a hostile pattern and name take no time', async () => {
  const glob = `${'*a'.repeat(100)}*b.test`;
  const guard = createTargetGuard({ ...open, blockedTargets: [glob] }, answering('8.8.8.8'));
  const name = Array.from({ length: 4 }, () => 'a'.repeat(60)).join('.');
  expect((await guard.check(name)).address).toBe('8.8.8.8');
});

test.each([
  ...[
    '',
    ' ',
    '-c',
    '--help',
    '-169.254.169.254',
    'a b',
    ' 8.8.8.8',
    '8.8.8.8 ',
    'a\tb',
    'a\u0000b',
    'a\nb',
    '8.8.8.8%00',
    '%2d-help',
  ],
  ...[
    'http://169.254.169.254/',
    'https://example.com',
    'user@8.8.8.8',
    'user:pass@example.com',
    'example.com/path',
    'example.com?x',
    'a#b',
    'a\\b',
    '10.0.0.0/8',
    '//example.com',
  ],
  ...[
    'example.com:80',
    '8.8.8.8:53',
    '[::1]:80',
    '[::1',
    '::1]',
    '1::2::3',
    ':::',
    '12345::',
    '::g',
    ':',
    'fe80::1%',
    'fe80::1%-x',
    'fe80::1%a%b',
  ],
  ...[
    'a..b',
    '.',
    '..',
    '.a',
    'example.com..',
    '256.1.1.1',
    '1.2.3.4.5',
    '1.2.3.256',
    '4294967296',
    '0x1FFFFFFFF',

    '08.8.8.999',
    'foo.123',
    'foo.0x7f',
  ],
  ...[
    'a'.repeat(64),
    `${'a.'.repeat(127)}com`,

    'a*b',
    'a,b',
    "a'b",
    'a;b',
    '$(id)',
    'a|b',
    '169.254.169%252e254',
    'a\u200bb',
    '169.254.169.2\u00ad54',
    'a\u202eb',
    '*.example.com',
  ],
])('%j is no target', async (target) => {
  const guard = createTargetGuard(open, noResolver);
  const error = await caught(() => guard.check(target));
  expect(error.code).toBe('invalid_argument');
  expect(error.hint).not.toBe('');
  expect(error.message).not.toMatch(/[\u0000-\u001f\u200b\u202e]/);
  expect(error.message.length).toBeLessThan(400);
});

test.each([
  ['8.8.8.8', '8.8.8.8', 4],
  ['127.1', '127.0.0.1', 4],
  ['::1', '::1', 6],
  ['[2001:DB8:0:0::1]', '2001:db8::1', 6],
  ['::ffff:8.8.8.8', '8.8.8.8', 4],
  ['fe80::1%eth0.100', 'fe80::1%eth0.100', 6],
  ['fe80::1%25eth0', 'fe80::1%eth0', 6],
  ['fd00::1%eth0', 'fd00::1', 6],
])('%s is probed as %s', async (target, address, family) => {
  expect(await createTargetGuard(open, noResolver, { interfaces }).check(target)).toEqual({
    target,
    address,
    family,
    addresses: [address],
  });
});

test('names are resolved folded, in the family asked for, and duplicates are one address', async () => {
  const asked: unknown[] = [];
  const guard = createTargetGuard(open, async (...question) => {
    asked.push(question.slice(0, 2));
    return ['2001:DB8::1', '192.0.2.1', '::ffff:192.0.2.1', '2001:db8:0::1'];
  });
  expect(await guard.check('MÜNCHEN.example.')).toMatchObject({
    address: '2001:db8::1',
    family: 6,
    addresses: ['2001:db8::1', '192.0.2.1'],
  });
  expect(await guard.check('a_b.example', { family: 4 })).toMatchObject({
    address: '192.0.2.1',
    addresses: ['192.0.2.1'],
  });
  expect(asked).toEqual([
    ['xn--mnchen-3ya.example', undefined],
    ['a_b.example', 4],
  ]);
  expect(await codeOf(() => guard.check('::1', { family: 4 }))).toBe('invalid_argument');
  expect(await codeOf(() => createTargetGuard(open, answering('192.0.2.1')).check('a.example', { family: 6 }))).toBe(
    'not_found',
  );
});

test('a target as long as a book is refused at once', async () => {
  expect(
    (await caught(() => createTargetGuard(open, noResolver).check('x'.repeat(200_000)))).message.length,
  ).toBeLessThan(400);
});

test('a resolver that never answers ends in a timeout or with the call', async () => {
  const guard = createTargetGuard(open, () => new Promise(() => undefined), { timeoutMs: 50 });
  expect(await codeOf(() => guard.check('slow.example'))).toBe('timeout');
  const patient = createTargetGuard(open, () => new Promise(() => undefined));
  const controller = new AbortController();
  const checking = codeOf(() => patient.check('slow.example', { signal: controller.signal }));
  controller.abort();
  expect(await checking).toBe('cancelled');
  expect(await codeOf(() => patient.check('slow.example', { signal: controller.signal }))).toBe('cancelled');
});

test('the clock of a look-up starts when it is its turn, and its signal ends with it', async () => {
  let underWay = 0;
  let most = 0;
  const slow: Resolver = async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    await sleep(60);
    underWay -= 1;
    return ['192.0.2.1'];
  };
  // Four rounds of 60 ms: in one queue with its clock running, the last would be late.
  const guard = createTargetGuard(open, slow, { timeoutMs: 150 });
  const names = Array.from({ length: 256 }, (_, index) => `host${index}.example`);
  expect(await Promise.all(names.map(async (name) => (await guard.check(name)).address))).toEqual(
    names.map(() => '192.0.2.1'),
  );
  expect(most).toBe(64);

  const looks: Look[] = [];
  const never = createTargetGuard(
    open,
    (_name, _family, look) => {
      looks.push(look);
      return new Promise(() => undefined);
    },
    { timeoutMs: 20 },
  );
  expect(await codeOf(() => never.check('slow.example'))).toBe('timeout');
  expect(looks.map(({ signal }) => signal.aborted)).toEqual([true]);
});

test('a resolver that waits for a thread holds the clock', async () => {
  const held: Resolver = async (_name, _family, look) => {
    look.hold();
    await sleep(80);
    look.start();
    return ['192.0.2.1'];
  };
  expect((await createTargetGuard(open, held, { timeoutMs: 30 }).check('a.example')).address).toBe('192.0.2.1');
});

test('one that waits for its turn leaves with its call', async () => {
  const guard = createTargetGuard(open, () => new Promise(() => undefined));
  const controller = new AbortController();
  const { signal } = controller;
  const all = Array.from({ length: 70 }, (_, index) => codeOf(() => guard.check(`h${index}.example`, { signal })));
  controller.abort();
  expect(new Set(await Promise.all(all))).toEqual(new Set(['cancelled']));
});

test('a link-local address needs an interface, one that is there', async () => {
  const guard = createTargetGuard(open, answering('fe80::7'), { interfaces });
  const bare = await caught(() => guard.check('fe80::1'));
  expect([bare.code, bare.hint]).toEqual([
    'invalid_argument',
    'Write fe80::1%eth0 or the like; interfaces with link-local addresses: eth0, wlan0.',
  ]);
  const wrong = await caught(() => guard.check('fe80::1%nope0'));
  expect(wrong.code).toBe('invalid_argument');
  expect(wrong.message).toContain('nope0');
  expect(await codeOf(() => guard.check('link.example'))).toBe('invalid_argument');
  expect((await guard.check('fe80::1%eth0')).address).toBe('fe80::1%eth0');
  // The real ones: a loopback is everywhere.
  const real = createTargetGuard(open, noResolver);
  expect((await real.check('fe80::1%lo')).address).toBe('fe80::1%lo');
  expect(await codeOf(() => real.check('fe80::1%nope0'))).toBe('invalid_argument');
});

test.each([
  ['example.com:80', 'example.com', '80'],
  ['8.8.8.8:53', '8.8.8.8', '53'],
  ['[::1]:443', '::1', '443'],
])('%s is told to pass its port apart', async (target, host, port) => {
  const { message, hint } = await caught(() => createTargetGuard(open, noResolver).check(target));
  expect(message).toContain('it has a port');
  expect(hint).toBe(`Pass the port apart: ${host} as the target, ${port} as the port.`);
});

test('a resolver that gives no address is not believed', async () => {
  expect(await codeOf(() => createTargetGuard(open, answering('nonsense')).check('a.example'))).toBe('internal');
});

test('the system resolver says not_found for a name that does not exist', async () => {
  expect(await codeOf(() => createTargetGuard(open).check('no-such-name.invalid'))).toBe('not_found');
});

test('names that are only asked about need no address, and reverse names are their address', async () => {
  const guard = createTargetGuard(
    { ...open, allowedTargets: ['*.company.com', '10.0.0.0/8', 'fd00::/16'] },
    noResolver,
  );
  for (const name of [
    'www.company.com',
    '_sip._tcp.company.com',
    '*.dev.company.com',
    '.',
    '10.0.0.1',
    '1.0.0.10.in-addr.arpa',
    `1.${'0.'.repeat(27)}0.0.d.f.ip6.arpa.`,
  ]) {
    guard.checkName(name);
  }
  for (const name of [
    'evil.example',
    '11.0.0.1',
    '1.0.0.11.in-addr.arpa',
    '254.169.254.169.in-addr.arpa',
    '0.10.in-addr.arpa',
  ]) {
    expect([
      name,
      await codeOf(() => {
        guard.checkName(name);
      }),
    ]).toEqual([name, 'target_refused']);
  }
  expect(
    await codeOf(() => {
      createTargetGuard(open, noResolver).checkName('254.169.254.169.in-addr.arpa');
    }),
  ).toBe('target_refused');
});

test('a name server is an address and passes the same rules', async () => {
  const guard = createTargetGuard({ ...open, blockedTargets: ['9.9.9.9'] }, noResolver);
  expect(guard.checkAddress('8.8.8.8')).toEqual({
    target: '8.8.8.8',
    address: '8.8.8.8',
    family: 4,
    addresses: ['8.8.8.8'],
  });
  expect(await codeOf(() => guard.checkAddress('9.9.9.9'))).toBe('target_refused');
  expect(await codeOf(() => guard.checkAddress('dns.example'))).toBe('invalid_argument');
  expect(await codeOf(() => guard.checkAddress('-f'))).toBe('invalid_argument');
});

test('a pattern that is none is told when the guard is made', () => {
  expect(() => createTargetGuard({ ...open, blockedTargets: ['10.0.0.0/33'] })).toThrow(NetError);
});
