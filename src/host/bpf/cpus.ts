// How many CPUs this kernel may ever have: a per-CPU map has a value for each of them.
import { readFileSync } from 'node:fs';
import { NetError } from '../../model/errors.ts';

/** From text as `0-3,8`. */
export const countCpus = (text: string): number => {
  const parts = text.trim().split(',');
  if (!parts.every((part) => /^\d{1,5}(-\d{1,5})?$/.test(part))) return 0;
  return parts.reduce((sum, part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return sum + Math.max(0, last - first + 1);
  }, 0);
};

/** Too small a number would let the kernel write beyond a buffer, so an unreadable one is an error. */
export const possibleCpus = (): number => {
  const place = '/sys/devices/system/cpu/possible';
  let text = '';
  let cause: unknown;
  try {
    text = readFileSync(place, 'latin1');
  } catch (error) {
    cause = error;
  }
  const count = countCpus(text);
  if (count > 0) return count;
  throw new NetError(
    'missing_kernel_feature',
    `${place} does not say how many CPUs there may be, which counting by BPF needs.`,
    'Mount sysfs at /sys, or count by another method.',
    cause === undefined ? {} : { cause },
  );
};
