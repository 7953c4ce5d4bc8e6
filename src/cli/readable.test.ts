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

test('alike records are columns, without those that say nothing', () => {
  const routes = [
    { destination: 'default', gateway: '192.0.2.1', metric: 0, flags: [], source: null },
    { destination: '2001:db8::/32', gateway: null, metric: 1024, flags: ['linkdown', 'onlink'] },
  ];
  expect(readable({ ok: true, result: { success: true, summary: 'Two.', routes } })).toBe(
    [
      'Two.',
      'routes:',
      '  destination    gateway    metric  flags',
      '  default        192.0.2.1  0       -',
      '  2001:db8::/32  -          1024    linkdown,onlink',
      '',
    ].join('\n'),
  );
});

test.each([
  ['records in records', [{ a: { b: 1 } }, { a: { b: 2 } }], 'list:\n  - a:\n      b: 1\n  - a:\n      b: 2\n'],
  ['a long text', [{ a: 'x'.repeat(61) }, { a: 'y' }], `list:\n  - a: ${'x'.repeat(61)}\n  - a: y\n`],
  ['foreign text', [{ a: '\u001b[31mx' }, { a: 'y' }], 'list:\n  a\n  [31mx\n  y\n'],
])('%s', (_what, list, text) => {
  expect(readable({ ok: true, result: { success: true, summary: 'S', list } })).toBe(`S\n${text}`);
});
