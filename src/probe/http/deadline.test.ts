// The time limit holds whatever the work does: nothing at all, too much, or leaving at the same moment.
import { describe, expect, test } from 'vitest';
import { withDeadline } from './deadline.ts';

const never = (): Promise<string> => new Promise(() => undefined);
const limits = (timeoutMs: number, signal = new AbortController().signal) => ({ timeoutMs, signal, late: 'late' });

describe('withDeadline', () => {
  test('work that never settles is late, and told to stop', async () => {
    let told: AbortSignal | undefined;
    const result = withDeadline((signal) => {
      told = signal;
      return never();
    }, limits(5));
    expect(told?.aborted).toBe(false);
    expect(await result).toBe('late');
    expect(told?.aborted).toBe(true);
  });

  test('its result and its error are handed on', async () => {
    expect(await withDeadline(() => Promise.resolve('done'), limits(10_000))).toBe('done');
    await expect(withDeadline(() => Promise.reject(new Error('broken')), limits(10_000))).rejects.toThrow('broken');
  });

  test('the caller’s cancellation ends it with its reason, before or during the work', async () => {
    const before = AbortSignal.abort(new Error('cancelled before'));
    await expect(withDeadline(never, limits(10_000, before))).rejects.toThrow('cancelled before');
    const during = new AbortController();
    const result = withDeadline(never, limits(10_000, during.signal));
    during.abort(new Error('cancelled during'));
    await expect(result).rejects.toThrow('cancelled during');
  });

  test('what the work does after its end is heard by nobody', async () => {
    const late = (signal: AbortSignal): Promise<string> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('stopped'));
        });
      });
    expect(await withDeadline(late, limits(5))).toBe('late');
  });
});
