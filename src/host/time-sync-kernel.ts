// The kernel's own view of its clock: adjtimex(2) with nothing to change, which every user may call.
import { loadKoffi } from './koffi.ts';

const STA_UNSYNC = 0x0040;
/** Offsets in struct timex of 64-bit Linux (linux/timex.h): modes 0, offset 8, freq 16, maxerror 24, esterror 32, status 40. */
const size = 208;
const TIME_ERROR = 5;

export interface KernelClock {
  synchronized: boolean;
  /** The most by which the clock can be wrong, as the kernel reckons, in milliseconds; it grows while nobody disciplines it. */
  max_error_ms: number;
}

type Adjtimex = (buffer: Buffer) => unknown;

let loaded: Adjtimex | undefined;

const load = (): Adjtimex => {
  const call = loadKoffi().load(null).func('int adjtimex(void *buffer)');
  return (buffer) => {
    const state: unknown = call(buffer);
    return state;
  };
};

/** Null where the call is not allowed (some container profiles). */
export const readKernelClock = async (): Promise<KernelClock | null> => {
  const adjtimex = (loaded ??= load());
  const buffer = Buffer.alloc(size);
  const state = adjtimex(buffer);
  if (typeof state !== 'number' || state < 0) return null;
  return {
    synchronized: state !== TIME_ERROR && (buffer.readInt32LE(40) & STA_UNSYNC) === 0,
    max_error_ms: Number(buffer.readBigInt64LE(24)) / 1000,
  };
};
