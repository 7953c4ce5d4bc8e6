// Runs one ping operation with the product's real ports, in whatever namespace and as whatever user it was started; prints what came
// of it as a line of JSON. Run by the tests.
import * as z from 'zod';
import { fromUnknown } from '../../src/model/errors.ts';
import { batchPing } from '../../src/operations/probe/batch-ping.ts';
import { ping } from '../../src/operations/probe/ping.ts';
import { createOperationPorts } from '../../src/ports.ts';
import { plainSettings } from '../helpers/refusing-ports.ts';
import { countOpenSockets } from './open-sockets.ts';

export const requestSchema = z.strictObject({
  operation: z.enum(['ping', 'batch_ping']),
  input: z.record(z.string(), z.unknown()),
  cancelAfterMs: z.number().optional(),
});
export type AgentRequest = z.infer<typeof requestSchema>;

export const replySchema = z.strictObject({
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.looseObject({ code: z.string(), message: z.string(), hint: z.string() }).optional(),
  /** From the cancellation, or from the start, to the end. */
  elapsedMs: z.number(),
  progress: z.number(),
  /** Sockets open when it had ended. */
  sockets: z.number(),
});

const nothing = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const noJobs = { get: () => undefined, wait: async () => undefined, cancel: () => false };

const serve = async (request: AgentRequest): Promise<z.infer<typeof replySchema>> => {
  const operation = request.operation === 'ping' ? ping : batchPing;
  const ports = createOperationPorts(plainSettings, noJobs, nothing);
  const before = countOpenSockets();
  const controller = new AbortController();
  let startedAt = performance.now();
  let progress = 0;
  if (request.cancelAfterMs !== undefined) {
    setTimeout(() => {
      startedAt = performance.now();
      controller.abort();
    }, request.cancelAfterMs);
  }
  const call = {
    signal: controller.signal,
    client: { kind: 'cli', name: 'test', version: '0' } as const,
    progress: () => {
      progress += 1;
    },
  };
  const end = () => ({ elapsedMs: performance.now() - startedAt, progress, sockets: countOpenSockets() - before });
  try {
    return { result: await operation.run(request.input, ports, call), ...end() };
  } catch (error) {
    return { error: { ...fromUnknown(error).toReport() }, ...end() };
  }
};

const [text] = process.argv.slice(2);
if (text?.startsWith('{') === true) {
  console.log(JSON.stringify(await serve(requestSchema.parse(JSON.parse(text)))));
}
