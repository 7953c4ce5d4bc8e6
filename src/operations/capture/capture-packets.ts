// capture_packets: live traffic into a capture file of our own, for a bounded time and size. Packets themselves are never in the answer.
import * as z from 'zod';
import { NetError } from '../../model/errors.ts';
import { filterFault } from '../../model/live-filter.ts';
import { captureEndings, type LiveCapture, type LiveCaptures, type StartedCapture } from '../../model/live-capture.ts';
import { interfaceNameSchema } from '../../model/names.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import { plainText } from '../../model/plain-text.ts';
import { type Call, defineOperation } from '../define.ts';
import { resultSchema } from '../frame/result.ts';
import { checkInterface } from '../inspect/known-interface.ts';

const mib = 1024 ** 2;
/** Headers of most packets, and little of what is in them. */
const defaultSnaplen = 128;

const input = z.strictObject({
  action: z.enum(['start', 'status', 'stop']),
  interface: interfaceNameSchema.optional().describe('For start; `any` is all of them'),
  capture_id: z.string().max(40).optional().describe('For status and stop; the newest without it'),
  duration_s: z.number().int().min(1).max(600).default(10),
  max_packets: z.number().int().min(1).max(100_000_000).optional(),
  max_size_mb: z.number().int().min(1).max(1024).default(64),
  snaplen: z.number().int().min(1).max(262_144).default(defaultSnaplen).describe('Bytes kept of each packet'),
  filter: z.string().min(1).max(1024).optional().describe('pcap-filter(7), such as "tcp port 443"'),
  promiscuous: z.boolean().default(false),
});
type Input = z.output<typeof input>;

const output = resultSchema({
  capture_id: z.string(),
  state: z.enum(['running', 'done']),
  ended_by: z.enum(captureEndings).nullable(),
  interface: z.string(),
  file_path: z.string().describe('Read it with pcap_summary'),
  packets: z.number(),
  size_bytes: z.number(),
  seconds_left: z.number(),
  dropped_packets: z.number().nullable().describe('By the kernel, known at the end'),
  notes: z.array(z.string()),
});

const endings: Readonly<Record<(typeof captureEndings)[number], string>> = {
  duration: 'its time was up',
  max_packets: 'max_packets was reached',
  max_size: 'max_size_mb was reached',
  stopped: 'it was stopped',
  ended: 'tcpdump ended by itself',
};

const summaryOf = ({ id, packets, bytes, ending, secondsLeft, request }: LiveCapture): string => {
  const taken = `${packets} packets (${bytes} bytes)`;
  const { iface, filter } = request;
  const where = filter === undefined ? iface : `${iface} (${plainText(filter, 100)})`;
  return ending === undefined
    ? `Capture ${id} on ${where} runs for ${secondsLeft} s more; ${taken} so far.`
    : `Capture ${id} on ${where} has ${taken}; ${endings[ending]}.`;
};

const notesOf = (capture: LiveCapture, removed: readonly string[]): string[] => {
  const { request, message, dropped, lost, ending } = capture;
  return [
    ...(message === undefined || message === '' ? [] : [`tcpdump said: ${message}.`]),
    ...(dropped === undefined || dropped === 0 ? [] : [`The kernel dropped ${dropped} packets: the file lacks them.`]),
    ...(lost === undefined || lost === 0
      ? []
      : [`${lost} more packets were taken, but the file lacks them: its file system is full or a write failed.`]),
    ...(request.snaplen < 1514
      ? [
          `Packets are cut to ${request.snaplen} bytes: their headers and, behind short ones, the first bytes of what they carry (up to ${Math.max(0, request.snaplen - 42)}). ` +
            'Raise snaplen for DNS, TLS or HTTP details.',
        ]
      : []),
    ...(ending === undefined ? ['It ends with netmcp, or by stop.'] : []),
    ...(removed.length > 0 ? [`Removed to make room: ${removed.join(', ')}.`] : []),
  ];
};

const answer = (capture: LiveCapture, removed: readonly string[] = []): z.input<typeof output> => ({
  success: capture.ending !== 'ended',
  summary: summaryOf(capture),
  capture_id: capture.id,
  state: capture.ending === undefined ? 'running' : 'done',
  ended_by: capture.ending ?? null,
  interface: capture.request.iface,
  file_path: capture.path,
  packets: capture.packets,
  size_bytes: capture.bytes,
  seconds_left: capture.secondsLeft,
  dropped_packets: capture.dropped ?? null,
  notes: notesOf(capture, removed),
});

const start = async (call: Input, ports: OperationPorts, signal: AbortSignal): Promise<StartedCapture> => {
  if (call.interface === undefined) {
    throw new NetError('invalid_argument', 'start needs an interface.', 'get_interfaces lists them; `any` is all.');
  }
  if (call.interface !== 'any') await checkInterface(call.interface, ports.kernel);
  return ports.liveCaptures.start(
    {
      iface: call.interface,
      durationSeconds: call.duration_s,
      maxPackets: call.max_packets,
      maxBytes: call.max_size_mb * mib,
      snaplen: call.snaplen,
      filter: checkedFilter(call.filter),
      promiscuous: call.promiscuous,
    },
    signal,
  );
};

/** A value that starts with - is never handed to a program, even where it could be no option; and tcpdump looks no name up. */
const checkedFilter = (filter: string | undefined): string | undefined => {
  const text = filter?.trim();
  if (text === undefined || text === '') return undefined;
  if (text.startsWith('-')) {
    throw new NetError(
      'invalid_argument',
      `A filter does not start with -: ${JSON.stringify(plainText(text, 60))}.`,
      'Write it as in pcap-filter(7); a negative number can stand behind 0, as in "0 - 1".',
    );
  }
  const fault = filterFault(text);
  if (fault === undefined) return text;
  const found = JSON.stringify(plainText(fault.found, 60));
  if (fault.kind === 'text') {
    throw new NetError(
      'invalid_argument',
      `A filter has no ${found}.`,
      'Write it as in pcap-filter(7), such as "tcp port 443 and host 192.0.2.1".',
    );
  }
  throw new NetError(
    'invalid_argument',
    `A filter holds addresses and words of pcap-filter(7), and names of ports behind "port": ${found} is none of them, and tcpdump would ask DNS for it.`,
    'Resolve a host name with dns_lookup first and write the address, such as "host 192.0.2.1".',
  );
};

const earlier = (files: readonly string[]): string =>
  files.length === 0
    ? 'Begin one with action start.'
    : `Begin one with action start, or read a file of an earlier one with pcap_summary: ${files.slice(0, 3).join(', ')}.`;

const chosen = async (id: string | undefined, captures: LiveCaptures): Promise<LiveCapture> => {
  const all = await captures.list();
  const found = id === undefined ? all.at(-1) : all.find((capture) => capture.id === id);
  if (found !== undefined) return found;
  const known = all.map((capture) => capture.id).join(', ');
  throw new NetError(
    'not_found',
    id === undefined
      ? 'No capture was started here.'
      : `There is no capture ${JSON.stringify(plainText(id, 40))} here.`,
    known === '' ? earlier(await captures.files()) : `Captures: ${known}.`,
  );
};

/** A command line's process would end its own capture by ending: it waits instead, and stops it when it is interrupted. */
const untilOver = async (started: StartedCapture, captures: LiveCaptures, call: Call): Promise<LiveCapture> => {
  call.progress(0, null, `capturing on ${started.request.iface} for ${started.request.durationSeconds} s`);
  await captures.wait(started.id, call.signal);
  return (await captures.stop(started.id)) ?? started;
};

export const capturePackets = defineOperation({
  name: 'capture_packets',
  title: 'Capture packets',
  description:
    'Records live traffic of an interface into a capture file (start, status, stop), bounded in time and size; analyse it with pcap_summary and the others.',
  toolset: 'capture',
  needs: 'net_raw',
  // It changes nothing on the network, but it writes a file and may remove old ones of its own.
  annotations: { readOnly: false, destructive: false, idempotent: false, openWorld: false },
  // The longest capture, for a command line that waits for it.
  timeoutSeconds: 660,
  input,
  output,
  run: async (call, ports, running) => {
    const { liveCaptures } = ports;
    if (call.action === 'start') {
      const started = await start(call, ports, running.signal);
      if (running.client.kind !== 'cli') return answer(started, started.removed);
      return answer(await untilOver(started, liveCaptures, running), started.removed);
    }
    const capture = await chosen(call.capture_id, liveCaptures);
    return answer(call.action === 'stop' ? ((await liveCaptures.stop(capture.id)) ?? capture) : capture);
  },
});
