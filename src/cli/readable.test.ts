import { expect, test } from 'vitest';
import { NetError } from '../model/errors.ts';
import { readable } from './readable.ts';

test('a summary, then the data, nested by indentation', () => {
  const result = {
    success: true,
    summary: 'Two.',
    total: 2,
    names: ['a', 'b'],
    links: [{ name: 'lo', up: true }],
    script: 'one\ntwo\n',
    none: null,
  };
  expect(readable({ ok: true, result })).toBe(
    'Two.\ntotal: 2\nnames: a, b\nlinks:\n  - name: lo\n    up: true\nscript:\n  one\n  two\nnone: -\n',
  );
});

test('foreign text cannot steer the terminal', () => {
  const result = {
    success: true,
    summary: 'x\u001b[2J',
    banner: '\u001b]0;title\u0007ok\u202e',
    'k\u001bey': ['\u009b31m'],
  };
  expect(readable({ ok: true, result })).toBe('x[2J\nbanner: ]0;titleok\nkey: 31m\n');
  expect(readable({ ok: false, error: new NetError('internal', 'a\u001bb', 'c') })).toBe('internal: ab\nhint: c\n');
});
