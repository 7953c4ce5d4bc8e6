// get_sysctls on the real kernel: the values that sysctl(8) tells, page by page.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { connectServer, type ConnectedClient } from '../../helpers/mcp-client.ts';
import { openNamespace, type Namespace } from '../../helpers/netns.ts';

const program = fileURLToPath(new URL('../../e2e/product-with-test-tools.ts', import.meta.url));

const answerSchema = z.looseObject({
  sysctls: z.array(
    z.looseObject({
      key: z.string(),
      value: z.string(),
      values: z.array(z.string()).optional(),
      writable: z.boolean(),
      card: z.string().nullable(),
    }),
  ),
  missing: z.array(z.string()),
  unreadable: z.array(z.strictObject({ key: z.string(), reason: z.string() })),
  total: z.number(),
  truncated: z.boolean(),
  cursor: z.string().nullable(),
});
type Answer = z.infer<typeof answerSchema>;

let namespace: Namespace;
let server: ConnectedClient;

beforeAll(async () => {
  namespace = await openNamespace();
  server = await connectServer({ namespace, program });
}, 60_000);
afterAll(async () => {
  await server.close();
  await namespace.remove();
});

const ask = async (input: Record<string, unknown>): Promise<Answer> =>
  answerSchema.parse(await server.call('get_sysctls', input));

const theirs = async (pattern: string): Promise<Map<string, string>> => {
  const text = await namespace.exec('sh', '-c', `sysctl -a --deprecated --pattern '${pattern}' 2>/dev/null || true`);
  return new Map(
    text.split('\n').flatMap((line) => {
      const [, key, value] = /^(\S+) = ?(.*)$/.exec(line) ?? [];
      return key === undefined || value === undefined ? [] : [[key, value.trim().replaceAll(/\s+/g, ' ')] as const];
    }),
  );
};

test('every key of a glob has the value that sysctl tells', { timeout: 60_000 }, async () => {
  const found = new Map<string, string>();
  let cursor: string | null = '0';
  while (cursor !== null) {
    const answer: Answer = await ask({ keys: ['net.ipv4.*'], cursor });
    expect(JSON.stringify(answer).length).toBeLessThan(20_000);
    for (const { key, value } of answer.sysctls) found.set(key, value);
    ({ cursor } = answer);
  }
  const wanted = await theirs('^net\\.ipv4\\.');
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
  expect(found.size).toBeGreaterThan(100);
});

test('several numbers come apart, and what plans may set has its card', async () => {
  const { sysctls } = await ask({ keys: ['net.ipv4.tcp_rmem', 'net.ipv4.tcp_fack'] });
  expect(sysctls[0]).toMatchObject({ key: 'net.ipv4.tcp_rmem', card: 'sysctl.tcp_rmem', writable: true });
  expect(sysctls[0]?.values).toEqual(sysctls[0]?.value.split(' '));
});

test('without keys: what plans may set; what this namespace lacks is told as missing', async () => {
  const { sysctls, missing, total } = await ask({});
  expect(sysctls.every(({ card }) => card !== null)).toBe(true);
  expect(sysctls.length + missing.length).toBe(total);
  for (const key of missing) {
    await expect(namespace.exec('sysctl', '-n', key)).rejects.toThrow();
  }
});

test('a key that may only be written is told apart from one that is not there', async () => {
  const { unreadable, missing } = await ask({
    keys: ['net.ipv4.route.flush', 'net.ipv4.no_such_key', 'net.nothing.*'],
  });
  expect(unreadable.map(({ key }) => key)).toEqual(['net.ipv4.route.flush']);
  expect(missing).toEqual(['net.ipv4.no_such_key', 'net.nothing.*']);
});
