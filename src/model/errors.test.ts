import { expect, test } from 'vitest';
import { fromUnknown } from './errors.ts';

test.each(['EMFILE', 'ENFILE'])('%s is a limit with its fix, not a fault of the program', (code) => {
  const error = fromUnknown(Object.assign(new Error(`open ${code}`), { code }));
  expect(error.code).toBe('limit_exceeded');
  expect(error.hint).toContain('ulimit -n');
});
