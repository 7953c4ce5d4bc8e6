// Runs inside a network namespace with the product's real ports and serves them to a test over standard input and output, a JSON line each.
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { createHostPorts } from '../../src/host/host-ports.ts';
import { fromUnknown } from '../../src/model/errors.ts';
import { binaries } from '../../src/model/command.ts';

export const requestSchema = z.discriminatedUnion('call', [
  z.object({ call: z.enum(['read', 'list', 'writable']), path: z.string() }),
  z.object({ call: z.literal('write'), path: z.string(), text: z.string() }),
  z.object({ call: z.literal('find'), binary: z.enum(binaries) }),
  z.object({
    call: z.literal('run'),
    binary: z.enum(binaries),
    args: z.array(z.string()),
    stdin: z.string().optional(),
  }),
]);
export type PortRequest = z.infer<typeof requestSchema>;

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };

const serve = async (): Promise<void> => {
  const { exec, kernel } = createHostPorts(silent);
  const answer = (request: PortRequest): Promise<unknown> => {
    switch (request.call) {
      case 'read':
      case 'list':
      case 'writable':
        return kernel[request.call](request.path);
      case 'write':
        return kernel.write(request.path, request.text);
      case 'find':
        return exec.find(request.binary);
      case 'run': {
        const { binary, args, stdin } = request;
        return exec.run({ binary, args, ...(stdin === undefined ? {} : { stdin }) });
      }
    }
  };
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      const value = await answer(requestSchema.parse(JSON.parse(line)));
      process.stdout.write(`${JSON.stringify({ value })}\n`);
    } catch (error) {
      process.stdout.write(`${JSON.stringify({ error: fromUnknown(error).toReport() })}\n`);
    }
  }
};

if (process.argv[2] === 'serve') await serve();
