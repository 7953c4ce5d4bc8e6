// What validation says about a plan: one shape for schema errors, limits, rules and honest warnings.
import * as z from 'zod';

export const severities = ['error', 'warning', 'info'] as const;

export const findingSchema = z.strictObject({
  /** Where in the plan, as the seed documents write it: `changes.sysctl.net.core.rmem_max`. */
  path: z.string(),
  message: z.string(),
  severity: z.enum(severities),
  /** A code of the error table, or a finding's own code such as `unreachable_class`. */
  code: z.string(),
  hint: z.string(),
});

export type Finding = z.infer<typeof findingSchema>;

export const error = (path: string, code: string, message: string, hint: string): Finding => ({
  path,
  message,
  severity: 'error',
  code,
  hint,
});
export const warning = (path: string, code: string, message: string, hint: string): Finding => ({
  path,
  message,
  severity: 'warning',
  code,
  hint,
});
export const info = (path: string, code: string, message: string, hint: string): Finding => ({
  path,
  message,
  severity: 'info',
  code,
  hint,
});
