// get_sysctls: network kernel parameters, their values, whether this process may write them, and the policy's card for each.
import * as z from 'zod';
import { fromUnknown } from '../../model/errors.ts';
import { plainText } from '../../model/plain-text.ts';
import type { Policy } from '../../model/policy.ts';
import type { KernelFiles } from '../../model/ports.ts';
import { sysctlPath } from '../../model/sysctl.ts';
import { defineOperation } from '../define.ts';
import { pageInput, pageOf, pageOutput } from '../frame/page.ts';
import { resultSchema } from '../frame/result.ts';
import { expandKeys, isGlob, keyPattern } from './sysctl-keys.ts';

const sysctlSchema = z.strictObject({
  key: z.string(),
  value: z.string(),
  values: z.array(z.string()).optional().describe('Each of several numbers'),
  writable: z.boolean(),
  card: z.string().nullable().describe('Card id; null: plans may not set it'),
});
type Shown = z.input<typeof sysctlSchema>;

/** A bitmap such as ip_local_reserved_ports can be long. */
const maxValueCharacters = 4000;

type Read = { key: string } & ({ shown: Shown } | { reason: string } | { missing: true });

const readKey = async (key: string, kernel: KernelFiles, policy: Policy): Promise<Shown | undefined> => {
  const text = await kernel.read(sysctlPath(key));
  if (text === undefined) return undefined;
  const value = plainText(text.trim().replaceAll(/\s+/g, ' '), maxValueCharacters);
  const parts = value.split(' ');
  return {
    key,
    value,
    ...(parts.length > 1 && parts.every((part) => /^-?\d+$/.test(part)) ? { values: parts } : {}),
    writable: await kernel.writable(sysctlPath(key)),
    card: policy.cardsByKey.get(key)?.id ?? null,
  };
};

/** What cannot be read is told with its reason; it keeps nobody from reading the rest. */
const look = async (key: string, kernel: KernelFiles, policy: Policy): Promise<Read> => {
  try {
    const shown = await readKey(key, kernel, policy);
    return shown === undefined ? { key, missing: true } : { key, shown };
  } catch (error) {
    return { key, reason: fromUnknown(error).message };
  }
};

export const getSysctls = defineOperation({
  name: 'get_sysctls',
  title: 'Get kernel network parameters',
  description:
    'Reads net.* sysctls: value, writable, card. keys: names and globs (net.ipv4.tcp_*); without, all that plans may set.',
  toolset: 'inspect',
  needs: 'none',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({
    keys: z
      .array(
        z
          .string()
          .max(128)
          .regex(keyPattern, 'not a key below net., such as net.ipv4.tcp_rmem or net.ipv4.tcp_*')
          .refine((key) => key.split('*').length <= 4, 'at most three * in one pattern'),
      )
      .min(1)
      .max(64)
      .optional(),
    ...pageInput,
  }),
  output: resultSchema({
    sysctls: z.array(sysctlSchema),
    missing: z.array(z.string()).describe('Named but not on this host'),
    unreadable: z.array(z.strictObject({ key: z.string(), reason: z.string() })),
    ...pageOutput,
  }),
  run: async ({ keys, ...paging }, ports) => {
    const policy = await ports.policy();
    const patterns = keys ?? [...policy.cardsByKey.keys()];
    const expanded = await Promise.all(patterns.map((pattern) => expandKeys(pattern, ports.kernel)));
    const all = [...new Set(expanded.flat())];
    // Only the page's keys are read; how many of them an answer holds depends on their values.
    const { items: wanted } = pageOf(all, paging);
    const read = await Promise.all(wanted.map((key) => look(key, ports.kernel, policy)));
    const byKey = new Map(read.map((one) => [one.key, one]));
    const { items, ...page } = pageOf(
      all.map((key): Read => byKey.get(key) ?? { key, missing: true }),
      paging,
    );
    const sysctls = items.flatMap((item) => ('shown' in item ? [item.shown] : []));
    const missing = [
      ...items.filter((item) => 'missing' in item).map(({ key }) => key),
      ...patterns.filter((pattern, index) => isGlob(pattern) && expanded[index]?.length === 0),
    ];
    const unreadable = items.flatMap((item) => ('reason' in item ? [{ key: item.key, reason: item.reason }] : []));
    return {
      success: true,
      summary: `${sysctls.length} of ${page.total} keys read${missing.length === 0 ? '' : `; not on this host: ${missing.length}`}.`,
      sysctls,
      missing,
      unreadable,
      ...page,
    };
  },
});
