// network_monitor: packets and bits per second of an interface, both ways, counted in the kernel for a while. Nothing stays attached.
import * as z from 'zod';
import { NetError } from '../../model/errors.ts';
import { plainText } from '../../model/plain-text.ts';
import { type Call, defineOperation } from '../define.ts';
import { checkInput } from '../frame/check-input.ts';
import { inputJsonSchema } from '../frame/json-schema.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import type { TrafficDirection } from '../../model/traffic.ts';
import type { Tick } from '../../monitor/watch.ts';
import { answerOf, historyAnswer, monitorOutput, type MonitorAnswer } from './answer.ts';
import type { MonitorRequest } from './session.ts';

const input = z.strictObject({
  interface: z.string().min(1).max(15).optional().describe("Default: the default route's"),
  direction: z.enum(['incoming', 'outgoing', 'both']).default('both'),
  duration_s: z.number().min(1).max(300).default(5),
  interval_ms: z.number().int().min(100).max(60_000).optional(),
  top_talkers: z.number().int().min(0).max(50).default(10),
  by: z.enum(['address', 'port', 'process', 'protocol']).default('address').describe('Talkers'),
  history_s: z.number().int().min(1).max(3600).optional().describe('Past rates instead; needs --history'),
  method: z.enum(['auto', 'xdp', 'xdp_native', 'tcx', 'clsact', 'nft', 'proc']).default('auto'),
});
type Input = z.output<typeof input>;

/** What was, from the history: the interface may be gone by now. */
const pastAnswer = async (
  wanted: string | undefined,
  seconds: number,
  ports: OperationPorts,
  signal: AbortSignal,
): Promise<MonitorAnswer> => {
  const [{ historyView }, { chooseInterface }] = await Promise.all([
    import('./history-view.ts'),
    import('./choose-interface.ts'),
  ]);
  const name = wanted ?? (await chooseInterface(undefined, ports, signal)).iface;
  return historyAnswer(plainText(name, 20), historyView(ports.history, name, seconds));
};

const directionsOf = (direction: Input['direction']): TrafficDirection[] =>
  direction === 'both' ? ['incoming', 'outgoing'] : [direction];

const requestOf = (call: Input): MonitorRequest => {
  const durationMs = call.duration_s * 1000;
  const intervalMs = call.interval_ms ?? Math.min(1000, durationMs / 5);
  if (intervalMs > durationMs) {
    throw new NetError(
      'invalid_argument',
      `interval_ms ${intervalMs} is longer than the whole window of ${durationMs} ms.`,
      'Shorten interval_ms or lengthen duration_s.',
    );
  }
  return {
    iface: call.interface,
    directions: directionsOf(call.direction),
    durationMs,
    intervalMs,
    topTalkers: call.by === 'protocol' ? 0 : call.top_talkers,
    by: call.by,
    method: call.method,
  };
};

/** Of a command line, which goes without the frame. Throws invalid_argument, unknown_argument. */
export const checkedRequest = (raw: unknown): MonitorRequest =>
  requestOf(checkInput(input, raw, { schema: inputJsonSchema(input, false), multiline: [] }));

const report = (
  { progress }: Call,
  request: MonitorRequest,
  name: string,
  { directions }: Tick,
  done: number,
): void => {
  const parts = directions.map(({ direction, interval: { seconds, packets, bytes } }) => {
    const rates = `${Math.round(packets / seconds)} packets/s, ${((bytes * 8) / seconds / 1e6).toFixed(2)} Mbit/s`;
    return `${direction} ${rates}`;
  });
  progress(Math.round(done * 10) / 10, request.durationMs / 1000, `${plainText(name, 20)}: ${parts.join('; ')}`);
};

export const networkMonitor = defineOperation({
  name: 'network_monitor',
  title: 'Monitor network traffic',
  description:
    'Packets and bits per second of an interface, in and out, by protocol and talker, counted by eBPF or the best this host permits.',
  toolset: 'monitor',
  needs: 'bpf',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  long: true,
  otherNames: { network_operation: 'direction', operation: 'direction', duration: 'duration_s' },
  input,
  output: monitorOutput,
  run: async (call, ports, running) => {
    if (call.history_s !== undefined) return pastAnswer(call.interface, call.history_s, ports, running.signal);
    const { measure } = await import('./session.ts');
    const request = requestOf(call);
    let done = 0;
    const measured = await measure(request, ports, running.signal, (tick, { link }) => {
      done += tick.directions[0]?.interval.seconds ?? 0;
      report(running, request, link.iface, tick, done);
    });
    return answerOf(measured, request);
  },
});
