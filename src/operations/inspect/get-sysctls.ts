// get_sysctls: network kernel parameters, their values, whether this process may write them, and the policy's card for each.
import * as z from 'zod';
import { fromUnknown } from '../../model/errors.ts';
import type { Policy } from '../../model/policy.ts';
import type { KernelFiles } from '../../model/ports.ts';
import { sysctlPath } from '../../model/sysctl.ts';
import { defineOperation } from '../define.ts';
import { resultSchema } from '../frame/result.ts';
import { expandKeys, isGlob, keyPattern } from './sysctl-keys.ts';

const maxResults = 500;

const sysctlSchema = z.strictObject({
  key: z.string(),
  value: z.string(),
  values: z.array(z.string()).optional().describe('Each of several numbers'),
  writable: z.boolean(),
  card: z.string().nullable().describe('Card id; null: plans may not set it'),
});
type Shown = z.input<typeof sysctlSchema>;

const readKey = async (key: string, kernel: KernelFiles, policy: Policy): Promise<Shown | undefined> => {
  const text = await kernel.read(sysctlPath(key));
  if (text === undefined) return undefined;
  const value = text.trim().replaceAll(/[ \t]+/g, ' ');
  const parts = value.split(' ');
  return {
    key,
    value,
    ...(parts.length > 1 && parts.every((part) => /^-?\d+$/.test(part)) ? { values: parts } : {}),
    writable: await kernel.writable(sysctlPath(key)),
    card: policy.cardsByKey.get(key)?.id ?? null,
  };
};

export const getSysctls = defineOperation({
  name: 'get_sysctls',
  title: 'Get kernel network parameters',
  description:
    'Reads net.* sysctls: value, whether it can be written here, and the card that governs it. keys takes names and globs (net.ipv4.tcp_*); without keys, all that plans may set.',
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
    cursor: z.number().int().min(0).default(0).describe('next_cursor of the answer before'),
  }),
  output: resultSchema({
    sysctls: z.array(sysctlSchema),
    missing: z.array(z.string()).describe('Named but not on this host'),
    unreadable: z.array(z.strictObject({ key: z.string(), reason: z.string() })),
    total: z.number(),
    truncated: z.boolean(),
    next_cursor: z.number().nullable(),
  }),
  run: async ({ keys, cursor }, ports) => {
    const policy = await ports.policy();
    const patterns = keys ?? [...policy.cardsByKey.keys()];
    const expanded = await Promise.all(patterns.map((pattern) => expandKeys(pattern, ports.kernel)));
    const all = [...new Set(expanded.flat())];
    const page = all.slice(cursor, cursor + maxResults);
    const unreadable: { key: string; reason: string }[] = [];
    const read = await Promise.all(
      page.map(async (key) => {
        try {
          return await readKey(key, ports.kernel, policy);
        } catch (error) {
          unreadable.push({ key, reason: fromUnknown(error).message });
          return null;
        }
      }),
    );
    const sysctls = read.filter((shown) => shown !== undefined && shown !== null);
    const missing = [
      ...page.filter((_, index) => read[index] === undefined),
      ...patterns.filter((pattern, index) => isGlob(pattern) && expanded[index]?.length === 0),
    ];
    const end = cursor + page.length;
    return {
      success: true,
      summary: `${sysctls.length} of ${all.length} keys read${missing.length === 0 ? '' : `; not on this host: ${missing.length}`}.`,
      sysctls,
      missing,
      unreadable,
      total: all.length,
      truncated: end < all.length,
      next_cursor: end < all.length ? end : null,
    };
  },
});
