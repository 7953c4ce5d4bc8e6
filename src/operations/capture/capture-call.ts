// What every operation on a capture file has: its arguments, what it says of the file, and the way to the analysis.
import * as z from 'zod';
import type { Analysis } from '../../capture/analysis.ts';
import type { Coverage } from '../../capture/coverage.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import type { Call } from '../define.ts';

export const captureInput = {
  file_path: z.string().min(1).max(4096),
  max_packets: z.number().int().min(1).max(4_294_967_294).optional(),
};

export const coverageSchema = z.strictObject({
  packets_read: z.number(),
  bytes_read: z.number(),
  file_size_bytes: z.number(),
  complete: z.boolean(),
  ended: z.enum(['end_of_file', 'max_packets', 'stopped', 'truncated', 'corrupt']),
  reason: z.string().nullable(),
});

/** What every question about a capture file is. It is `long`: a large file on a slow disk takes over 45 s, and becomes a job then. */
export const aboutCapture = {
  toolset: 'capture',
  needs: 'none',
  long: true,
  everywhere: true,
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
} as const;

interface CaptureInput {
  file_path: string;
  max_packets?: number | undefined;
}

/** The packets to read: what the caller says, within what the configuration allows. */
export const packetBound = ({ max_packets }: CaptureInput, { settings }: OperationPorts): number | undefined => {
  const { maxPackets } = settings.captures;
  return max_packets === undefined || maxPackets === undefined
    ? (max_packets ?? maxPackets)
    : Math.min(max_packets, maxPackets);
};

/** `1 packet`, `3 packets`. */
export const packetsText = (count: number): string => `${count} ${count === 1 ? 'packet' : 'packets'}`;

/** What a summary ends with when only part of the file was read; it begins with a blank. */
export const readText = ({ complete, ended, packets_read, reason }: Coverage): string => {
  if (complete || ended === 'stopped') return '';
  if (ended === 'max_packets') return ` Only the first ${packetsText(packets_read)} of the file.`;
  return ` Not the whole file: ${reason ?? ended}`;
};

export interface OpenedAnalysis extends Analysis {
  /** Changes when the file does. */
  identity: string;
}

/** The analysis of the named file, kept from an earlier question where the file is the same. */
export const openAnalysis = async (
  input: CaptureInput,
  ports: OperationPorts,
  { signal, progress }: Call,
): Promise<OpenedAnalysis> => {
  const { analyseCapture } = await import('../../capture/analysis.ts');
  const source = await ports.captures.open(input.file_path);
  const { identity } = source;
  return { ...(await analyseCapture(source, { maxPackets: packetBound(input, ports), signal, progress })), identity };
};
