// Runs a long mtr inside a namespace, cancels it when told on standard input, and reports how long that took.
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { createProbeSockets } from '../../src/host/probe-sockets.ts';
import { fromUnknown, NetError } from '../../src/model/errors.ts';
import { mtr } from '../../src/operations/probe/mtr.ts';
import { createTargetGuard } from '../../src/probe/targets/guard.ts';
import { plainSettings, refusingPorts } from '../helpers/refusing-ports.ts';

/** Written once it has started. */
export const announcement = 'running';

const serve = async (target: string): Promise<void> => {
  const ports = refusingPorts({ targets: createTargetGuard(plainSettings.security), probes: createProbeSockets() });
  const controller = new AbortController();
  const lines = createInterface({ input: process.stdin });
  let cancelledAt = 0;
  const running = mtr.run({ target, count: 1000, interval_s: 0.1, resolve_names: false }, ports, {
    signal: controller.signal,
    progress: () => undefined,
    client: { kind: 'cli', name: 'test', version: '0' },
  });
  process.stdout.write(`${announcement}\n`);
  const ended = running.then(
    () => ({ code: 'ended' }),
    (error: unknown) => ({ code: fromUnknown(error).code, took_ms: performance.now() - cancelledAt }),
  );
  await once(lines, 'line');
  cancelledAt = performance.now();
  controller.abort(new NetError('cancelled', 'Told to.', 'Call again.'));
  process.stdout.write(`${JSON.stringify(await ended)}\n`);
  // Stays until it is let go, so that what it still holds can be counted.
  await once(lines, 'close');
};

const [, , verb, target] = process.argv;
if (verb === 'serve' && target !== undefined) await serve(target);
