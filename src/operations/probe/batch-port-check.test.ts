import { createServer } from 'node:net';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { refusingPorts } from '../../../tests/helpers/refusing-ports.ts';
import { batchPortCheck } from './batch-port-check.ts';

const call = {
  signal: new AbortController().signal,
  progress: () => undefined,
  client: { kind: 'cli', name: 'test', version: '0' } as const,
};

const address = '127.0.0.1';

it('tells its duration by a clock finer than the host’s steps of 10 ms', async () => {
  const server = createServer().listen(0, address);
  await once(server, 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' ? (bound?.port ?? 0) : 0;
  const targets = {
    check: async (target: string) => ({ target, address, family: 4 as const, addresses: [address] }),
    checkAddress: () => {
      throw new Error('not asked for');
    },
    checkName: () => undefined,
  };
  try {
    // The clock of the ports, which is the kernel's, refuses.
    const result = await batchPortCheck.run({ target: 'host', ports: [port] }, refusingPorts({ targets }), call);
    expect(result).toMatchObject({ open_ports: 1, total_ports: 1 });
  } finally {
    server.close();
  }
});
