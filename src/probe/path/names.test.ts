import { describe, expect, test } from 'vitest';
import { reverseNames, type ReverseLookup } from './names.ts';

const lookup = (
  answers: Readonly<Record<string, string[] | 'never' | 'fails'>>,
): ReverseLookup & { cancelled: number } => ({
  cancelled: 0,
  reverse: (address) => {
    const answer = answers[address] ?? 'fails';
    if (answer === 'never') return new Promise(() => undefined);
    return answer === 'fails' ? Promise.reject(new Error('ENOTFOUND')) : Promise.resolve(answer);
  },
  cancel() {
    this.cancelled += 1;
  },
});

const { signal } = new AbortController();

describe('reverseNames', () => {
  test('gives what is there, without what has no name', async () => {
    const source = lookup({ '192.0.2.1': ['one.example'], '192.0.2.2': [], '192.0.2.3': 'fails' });
    const names = await reverseNames(['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.1'], signal, 5000, source);
    expect([...names]).toEqual([['192.0.2.1', 'one.example']]);
    expect(source.cancelled).toBe(1);
  });

  test('one that never answers holds nobody up and is cancelled', async () => {
    const source = lookup({ '192.0.2.1': ['one.example'], '192.0.2.2': 'never' });
    const names = await reverseNames(['192.0.2.1', '192.0.2.2'], signal, 20, source);
    expect([...names.keys()]).toEqual(['192.0.2.1']);
    expect(source.cancelled).toBe(1);
  });

  test('a hostile name is plain and short', async () => {
    const source = lookup({ '192.0.2.1': [`a\u202e\u0007${'b'.repeat(5000)}`] });
    const name = (await reverseNames(['192.0.2.1'], signal, 5000, source)).get('192.0.2.1') ?? '';
    expect(name).toMatch(/^ab+…$/);
    expect(name.length).toBeLessThan(260);
  });

  test('an abort ends the wait', async () => {
    const controller = new AbortController();
    const source = lookup({ '192.0.2.1': 'never' });
    const names = reverseNames(['192.0.2.1'], controller.signal, 60_000, source);
    controller.abort(new Error('told to'));
    await expect(names).rejects.toThrow('told to');
  });

  test('a link-local address is not asked about', async () => {
    const names = await reverseNames(['fe80::1%eth0'], signal, 5000, lookup({}));
    expect(names.size).toBe(0);
  });
});
