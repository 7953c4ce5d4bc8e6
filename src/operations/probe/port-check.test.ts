// The operations on loopback: they connect to the checked address and to nothing else.
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { refusingPorts } from '../../../tests/helpers/refusing-ports.ts';
import { NetError } from '../../model/errors.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import type { CheckedTarget } from '../../model/probe.ts';
import type { Call } from '../define.ts';
import { batchPortCheck } from './batch-port-check.ts';
import { portCheck } from './port-check.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const listen = async (address: string): Promise<number> => {
  const server = createServer((socket) => {
    // Whoever only looks may leave before it has read everything.
    socket.on('error', () => undefined);
    socket.end('hello\r\n');
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, address, resolve);
  });
  const bound: AddressInfo | string | null = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  return bound.port;
};

const told: [number, number | null, string][] = [];
const call = (signal: AbortSignal = new AbortController().signal): Call => ({
  signal,
  progress: (...progress) => told.push(progress),
  client: { kind: 'cli', name: 'test', version: '0' },
});

/** A guard that knows one name, whose address it has checked. */
const guarded = (address: string, family: 4 | 6): { ports: OperationPorts; asked: string[] } => {
  const asked: string[] = [];
  const check = async (target: string): Promise<CheckedTarget> => {
    asked.push(target);
    if (target === 'refused.test') throw new NetError('target_refused', 'no', 'no');
    return { target, address, family, addresses: [address] };
  };
  const never = (): never => {
    throw new Error('not part of this test');
  };
  const ports = refusingPorts({
    clock: { now: () => 0, bootTimeMs: () => 1 },
    targets: { check, checkAddress: never, checkName: never },
  });
  return { ports, asked };
};

test.each([
  ['127.0.0.1', 4],
  ['::1', 6],
] as const)('a name is checked once and %s connected to, though the name exists nowhere', async (address, family) => {
  const port = await listen(address);
  const { ports, asked } = guarded(address, family);
  const answer = await portCheck.run({ target: 'nowhere.invalid', port }, ports, call());
  expect(answer).toMatchObject({ success: true, is_open: true, resolved_ip: address, banner: 'hello' });
  expect(asked).toEqual(['nowhere.invalid']);
  const many = await batchPortCheck.run({ target: 'nowhere.invalid', ports: [port] }, ports, call());
  expect(many).toMatchObject({ open_ports: 1, results: [{ port, is_open: true }] });
  expect(asked).toEqual(['nowhere.invalid', 'nowhere.invalid']);
  expect(told.at(-1)).toEqual([1, 1, '1 open']);
});

test('what the guard refuses is refused, before anything else', async () => {
  const { ports } = guarded('127.0.0.1', 4);
  await expect(portCheck.run({ target: 'refused.test', port: 80 }, ports, call())).rejects.toMatchObject({
    code: 'target_refused',
  });
  await expect(batchPortCheck.run({ target: 'refused.test', ports: [80] }, ports, call())).rejects.toMatchObject({
    code: 'target_refused',
  });
});

test('a call that is over connects to nothing', async () => {
  const port = await listen('127.0.0.1');
  const { ports } = guarded('127.0.0.1', 4);
  const reason = new NetError('cancelled', 'over', 'over');
  await expect(portCheck.run({ target: 'a.test', port }, ports, call(AbortSignal.abort(reason)))).rejects.toBe(reason);
  await expect(
    batchPortCheck.run({ target: 'a.test', ports: [port] }, ports, call(AbortSignal.abort(reason))),
  ).rejects.toMatchObject({
    code: 'cancelled',
  });
});
