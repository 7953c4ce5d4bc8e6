// What `ethtool -i` prints of an interface's driver.
import * as z from 'zod';
import { plainText } from '../../model/plain-text.ts';

export const driverSchema = z.strictObject({
  name: z.string(),
  version: z.string().nullable(),
  firmware: z.string().nullable(),
  bus: z.string().nullable(),
});
export type Driver = z.infer<typeof driverSchema>;

/** Null when it names no driver; a field that is empty or `N/A` is null. */
export const parseDriver = (text: string): Driver | null => {
  const field = (label: string): string | null => {
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${label}:`));
    const value = plainText(line?.slice(label.length + 1) ?? '', 100).trim();
    return value === '' || value === 'N/A' ? null : value;
  };
  const name = field('driver');
  if (name === null) return null;
  return { name, version: field('version'), firmware: field('firmware-version'), bus: field('bus-info') };
};
