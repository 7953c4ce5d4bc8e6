import { expect, test } from 'vitest';
import { refusingPorts } from '../../../tests/helpers/refusing-ports.ts';
import { allOperations } from '../index.ts';
import { entryOf, fromCatalogue } from './catalogue.ts';

test('what is written down and read again lists the same and runs the same', async () => {
  const [operation] = allOperations.filter(({ name }) => name === 'ping');
  if (operation === undefined) throw new Error('there is no ping');
  const [read] = fromCatalogue([JSON.parse(JSON.stringify(entryOf(operation)))], { ping: async () => operation });
  expect(read?.listed()).toEqual(operation.listed());
  expect(read?.inputSchema()).toEqual(operation.inputSchema());
  expect(read).toMatchObject({ name: 'ping', annotations: operation.annotations, long: operation.long });
  const call = {
    signal: new AbortController().signal,
    progress: () => undefined,
    client: { kind: 'cli' as const, name: 'test', version: '0' },
  };
  await expect(read?.run({ tagret: 'x' }, refusingPorts(), call)).rejects.toMatchObject({ code: 'unknown_argument' });
});
