import { expect, test } from 'vitest';
import { parseIpJson, readIpJson } from './ip-json.ts';
import { createFakeExec } from './fake/fake-exec.ts';

test('takes control characters that ip left in a name or an alias', () => {
  expect(parseIpJson('[{"ifname":"v1","ifalias":"\u001b[31mred\\n\\"x"}]\n')).toEqual([
    { ifname: 'v1', ifalias: ' [31mred\n"x' },
  ]);
});

test('leaves out what went away while it was printing, and takes nothing for an empty list', () => {
  expect(parseIpJson('[{},{"ifname":"lo"},{}]')).toEqual([{ ifname: 'lo' }]);
  expect(parseIpJson('')).toEqual([]);
  expect(parseIpJson('[ ]\n')).toEqual([]);
});

test.each(['1: lo: <LOOPBACK>', '{"a":1}', '[{"a":', 'null'])('refuses %j by saying so', (text) => {
  expect(() => parseIpJson(text)).toThrow('ip printed something else than a list');
});

test('says what ip complained about and how to see it', async () => {
  const exec = createFakeExec({ ip: () => ({ code: 1, stdout: '[', stderr: 'Cannot open netlink socket\n' }) });
  await expect(readIpJson(exec, ['-4', 'route', 'show'], AbortSignal.timeout(1000))).rejects.toMatchObject({
    code: 'step_failed',
    message: 'ip route show failed: Cannot open netlink socket',
    hint: 'Run `ip route show` to see why.',
  });
});
