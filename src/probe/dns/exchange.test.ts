import { expect, test } from 'vitest';
import { NetError } from '../../model/errors.ts';
import { failureOf } from './exchange.ts';

const systemError = (code: string): Error => Object.assign(new Error(code), { code });

test('a process without file descriptors is no failure of the server', () => {
  const failure = failureOf(systemError('EMFILE'));
  expect(failure instanceof NetError ? failure.code : failure).toBe('limit_exceeded');
  expect(failureOf(systemError('ECONNREFUSED'))).toMatchObject({ outcome: 'connection_refused' });
});
