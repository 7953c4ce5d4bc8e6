// Packet steering: the queue files below /sys that may be written, CPU lists, and CPU masks in one spelling.
import * as z from 'zod';

/** A queue's file as a state names it: `rx-0/rps_cpus`. */
export const queueFilePattern = /^(?:rx-[0-9]{1,4}\/(?:rps_cpus|rps_flow_cnt)|tx-[0-9]{1,4}\/xps_cpus)$/;
const queuePathPattern =
  /^\/sys\/class\/net\/[A-Za-z0-9_][A-Za-z0-9_.:@+-]{0,14}\/queues\/(?:rx-[0-9]{1,4}\/(?:rps_cpus|rps_flow_cnt)|tx-[0-9]{1,4}\/xps_cpus)$/;
const groupedMask = /^[0-9a-f]{1,8}(?:,[0-9a-f]{8}){0,255}$/;
const count = /^[0-9]{1,10}$/;

const isMaskFile = (file: string): boolean => file.endsWith('_cpus');

export const queuePath = (iface: string, file: string): string => `/sys/class/net/${iface}/queues/${file}`;

/** Whether an action may write this value to this path: a queue's mask or count and nothing else below /sys. */
export const isSteeringWrite = (path: string, value: string): boolean =>
  queuePathPattern.test(path) && (isMaskFile(path) ? groupedMask : count).test(value);

/** `00000000,0000000F` -> `f`: without groups and leading zeros, so that equal masks are equal texts. */
export const normaliseMask = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replaceAll(',', '')
    .replace(/^0+(?=.)/, '');

/** What a queue's file holds, in one spelling; undefined when it is neither mask nor count. */
export const normaliseQueueValue = (file: string, text: string): string | undefined => {
  const value = text.trim().toLowerCase();
  if (isMaskFile(file)) return groupedMask.test(value) ? normaliseMask(value) : undefined;
  return count.test(value) ? String(Number(value)) : undefined;
};

/** As the kernel takes it: masks in groups of 32 bits parted by commas. */
export const queueValueText = (file: string, value: string): string =>
  isMaskFile(file) ? value.replaceAll(/(?<=[0-9a-f])(?=(?:[0-9a-f]{8})+$)/g, ',') : value;

export const queueValueSchema = z.string().regex(/^(?:0|[1-9a-f][0-9a-f]{0,2047})$/, 'not a queue value');

/** Largest CPU number a list may name (NR_CPUS of no kernel is higher), so that a mask stays bounded. */
const lastCpu = 8191;

/** CPUs of a list such as `0-3,8`, the empty list included; undefined when it is none. */
export const parseCpuList = (text: string): number[] | undefined => {
  if (text === '') return [];
  if (!/^[0-9]{1,4}(?:-[0-9]{1,4})?(?:,[0-9]{1,4}(?:-[0-9]{1,4})?)*$/.test(text)) return undefined;
  const cpus = new Set<number>();
  for (const range of text.split(',')) {
    const [low = 0, high = low] = range.split('-').map(Number);
    if (low > high || high > lastCpu) return undefined;
    for (let cpu = low; cpu <= high; cpu += 1) cpus.add(cpu);
  }
  return [...cpus].sort((a, b) => a - b);
};

/** The mask of these CPUs, normalised. */
export const maskOf = (cpus: readonly number[]): string =>
  cpus.reduce((mask, cpu) => mask | (1n << BigInt(cpu)), 0n).toString(16);

export const steeringObservedSchema = z
  .strictObject({
    /** This process may write the files: in a container /sys is often mounted read-only. */
    writable: z.boolean(),
    queues: z.record(z.string().regex(queueFilePattern), queueValueSchema),
  })
  /** Null: nothing was read. */
  .nullable();
export type SteeringObserved = z.infer<typeof steeringObservedSchema>;
