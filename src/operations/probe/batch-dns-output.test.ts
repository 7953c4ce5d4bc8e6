// Whatever the questions and their ends, the answer of batch_dns_lookup accounts for all of them and fits.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Looked } from './batch-dns-failures.ts';
import { answerOf } from './batch-dns-output.ts';

const base = { type: 'A', rcode: 'NOERROR', loop: false, ttl: 60, timeMs: 12.34 };
const found = (query: string, values = ['192.0.2.10', '192.0.2.11']): Looked => ({ ...base, query, values });
const none = (query: string): Looked => ({ ...base, query, values: [], ttl: null });
const refused = (query: string, rcode: string): Looked => ({ ...none(query), rcode });
const error = (query: string, code: string): Looked => ({
  ...refused(query, ''),
  ...{ rcode: null, timeMs: null, error: { code, message: `"${query}" failed: ${'long '.repeat(80)}` } },
});

const count = 1000;
const batch = (make: (name: string, index: number) => Looked): Looked[] =>
  Array.from({ length: count }, (_, index) => make(`host-${index}.example.com`, index));

const check = (all: readonly Looked[]) => {
  const answer = answerOf(all, 5);
  expect(JSON.stringify(answer).length).toBeLessThan(18_500);
  expect(answer.succeeded + answer.empty + answer.failed).toBe(all.length);
  expect(answer.failures.reduce((sum, failure) => sum + failure.count, 0)).toBe(answer.failed);
  const shown = answer.results.length + answer.further.length + answer.not_listed;
  expect(shown).toBe(answer.truncated ? all.length - answer.failed : all.length);
  return answer;
};

test('1,000 questions with ends of every kind: every failure is named', () => {
  const answer = check(
    batch((name, index) => {
      if (index % 50 === 0) return error(name, index % 100 === 0 ? 'timeout' : 'target_refused');
      if (index % 10 === 1) return refused(name, index % 20 === 1 ? 'NXDOMAIN' : 'SERVFAIL');
      return index % 10 === 2 ? none(name) : found(name);
    }),
  );
  expect(answer).toMatchObject({ succeeded: 780, empty: 100, failed: 120, truncated: true });
  expect(answer.failures.map(({ reason, count: size, truncated }) => [reason.slice(0, 14), size, truncated])).toEqual([
    ['NXDOMAIN', 50, false],
    ['SERVFAIL', 50, false],
    ['timeout: "host', 10, false],
    ['target_refused', 10, false],
  ]);
  expect(answer.failures.flatMap(({ queries }) => queries)).toHaveLength(120);
  expect(answer.results.length).toBeGreaterThan(15);
  expect(answer.further.length).toBeGreaterThan(100);
  expect(answer.further.join('\n')).toMatch(/^host-\d+\.example\.com: 192\.0\.2\.10 \(\+1\)\n/);
});

test('when nothing fails the answers have all the room', () => {
  const answer = check(batch((name) => found(name)));
  expect(answer).toMatchObject({ success: true, failures: [] });
  expect(answer.results.length + answer.further.length).toBeGreaterThan(250);
});

test('a few failures among many are named whole beside one large group', () => {
  const answer = check(batch((name, index) => refused(name, index < 3 ? 'REFUSED' : 'NXDOMAIN')));
  expect(answer).toMatchObject({ success: false, results: [], further: [], not_listed: 0 });
  expect(answer.failures).toMatchObject([
    { reason: 'NXDOMAIN', count: 997, truncated: true },
    { reason: 'REFUSED', count: 3, queries: [0, 1, 2].map((at) => `host-${at}.example.com`), truncated: false },
  ]);
  expect(answer.failures[0]?.queries.length).toBeGreaterThan(500);
});

test('addresses of a prefix without names are a run', () => {
  const addresses = Array.from({ length: 254 }, (_, index) => `192.0.2.${index + 1}`);
  const answer = check(addresses.map((query) => ({ ...refused(query, 'NXDOMAIN'), type: 'PTR' })));
  expect(answer.failures).toMatchObject([{ count: 254, queries: ['192.0.2.1-192.0.2.254'] }]);
});

test('values get shorter before entries are left out', () => {
  const texts = Array.from({ length: 8 }, () => 'v="'.repeat(600));
  const few = check([found('a.test', texts)]);
  expect(few.results[0]).toMatchObject({ value_count: 8, values: { length: 5 } });
  const many = check(Array.from({ length: 50 }, (_, index) => ({ ...found(`${index}.test`, texts), type: 'TXT' })));
  expect(many).toMatchObject({ truncated: false, results: { length: 50 } });
  expect(many.results[0]?.values[0]).toMatch(/…$/);
});

test('more kinds of failure than a reader takes come together', () => {
  const answer = check(batch((name, index) => refused(name, `RCODE${index % 300}`)));
  expect(answer.failures).toHaveLength(20);
  expect(answer.failures.at(-1)).toMatchObject({ reason: 'other reasons' });
});

test('no batch is too long, and no text in it is hidden', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 1024 }), fc.string({ maxLength: 20 }));
  const looked = fc.record({
    query: text,
    type: fc.constantFrom('A', 'TXT', 'DNSKEY'),
    rcode: fc.constantFrom('NOERROR', 'NXDOMAIN', 'SERVFAIL', null),
    loop: fc.boolean(),
    values: fc.array(text, { maxLength: 8 }),
    ttl: fc.nat(),
    timeMs: fc.double({ min: 0, max: 30_000, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(looked, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (some, times) => {
      const answer = check(Array.from({ length: times }, () => some).flat());
      expect(JSON.stringify(answer)).not.toMatch(/\\u00[01]|[\u200b\u202e]/);
    }),
    { numRuns: 100 },
  );
});
