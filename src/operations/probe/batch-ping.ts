// batch_ping: which of many hosts answer. All share one socket a family; what is refused or silent is a result of its own.
import * as z from 'zod';
import { fromUnknown, type NetError } from '../../model/errors.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import type { IpVersion } from '../../model/probe.ts';
import { type Call, defineOperation } from '../define.ts';
import { resultSchema } from '../frame/result.ts';
import { answerOf, failureSchema, type Pinged, resultItemSchema } from './batch-ping-output.ts';
import { type BatchOptions, openPinger, type Pinger } from './batch-pinger.ts';
import { familyInput } from './family.ts';
import { probing } from './probing.ts';

const maxTargets = 1024;
/** What no other target would fare better with. */
const endsAll = (error: NetError): boolean => error.code === 'not_permitted' || error.code === 'missing_binary';

interface Batch {
  targets: readonly string[];
  family: IpVersion | undefined;
  maxConcurrent: number;
  options: BatchOptions;
}

const pingAll = async (
  batch: Batch,
  ports: OperationPorts,
  { signal, progress }: Call,
): Promise<{ pinged: Pinged[]; notes: readonly string[] }> => {
  const { inParallel } = await import('../../probe/in-parallel.ts');
  const { targets, family, maxConcurrent, options } = batch;
  let opening: Promise<Pinger> | undefined;
  let notes: readonly string[] = [];
  const one = async (target: string): Promise<Pinged> => {
    let address: string | null = null;
    try {
      const checked = await ports.targets.check(target, { family, signal });
      address = checked.address;
      const current = (opening ??= openPinger(ports, checked.family, options, signal));
      const pinger = await current.catch((error: unknown) => {
        // The other family may fare better.
        if (opening === current) opening = undefined;
        throw error;
      });
      ({ notes } = pinger);
      return { target, address, report: await pinger.ping({ address, family: checked.family }) };
    } catch (error) {
      signal.throwIfAborted();
      const failure = fromUnknown(error);
      if (endsAll(failure)) throw failure;
      return { target, address, failure };
    }
  };
  const close = async (): Promise<void> => {
    for (const end of await Promise.allSettled([opening])) if (end.status === 'fulfilled') await end.value?.close();
  };
  const closeNow = (): void => void close();
  signal.addEventListener('abort', closeNow, { once: true });
  try {
    signal.throwIfAborted();
    const pinged = await inParallel(targets, maxConcurrent, one, (done) => {
      progress(done, targets.length, `${done} of ${targets.length} targets done`);
    });
    return { pinged, notes };
  } finally {
    signal.removeEventListener('abort', closeNow);
    await close();
  }
};

export const batchPing = defineOperation({
  name: 'batch_ping',
  title: 'Ping many hosts',
  description: 'Pings up to 1,024 hosts at once (names, addresses, prefixes): which answer, how fast.',
  ...probing,
  everywhere: true,
  long: true,
  input: z.strictObject({
    targets: z.array(z.string().min(1).max(300)).min(1).max(maxTargets),
    count: z.number().int().min(1).max(10).default(1),
    timeout_s: z.number().min(0.1).max(10).default(1).describe('For each reply'),
    max_concurrent: z.number().int().min(1).max(1024).default(256),
    family: familyInput,
  }),
  output: resultSchema({
    total_targets: z.number(),
    successful: z.number(),
    failed: z.number(),
    results: z.array(resultItemSchema).describe('With more than 64 targets only those that answered'),
    truncated: z.boolean(),
    further_successful: z.array(z.string()).describe('Answered, but left out of results'),
    failures: z.array(failureSchema).describe('By reason'),
    duration_ms: z.number(),
    method: z.string().nullable(),
    notes: z.array(z.string()),
  }),
  run: async (input, ports, call) => {
    const { expandTargets } = await import('../../probe/echo/target-list.ts');
    const startedAt = performance.now();
    const targets = expandTargets(input.targets, maxTargets);
    const options = { count: input.count, timeoutMs: input.timeout_s * 1000 };
    const batch = { targets, family: input.family, maxConcurrent: input.max_concurrent, options };
    const { pinged, notes } = await pingAll(batch, ports, call);
    return answerOf(pinged, Math.round(performance.now() - startedAt), notes);
  },
});
