// A result against its schema: a mismatch is our fault, and says so instead of reaching the caller.
import type * as z from 'zod';
import { NetError } from '../../model/errors.ts';
import { showPath } from './show.ts';

export const checkOutput = (schema: z.ZodObject, result: unknown, operation: string): Record<string, unknown> => {
  const parsed = schema.safeParse(result);
  if (parsed.success) return parsed.data;
  const complaints = parsed.error.issues.slice(0, 3).map((issue) => `${showPath(issue.path)}: ${issue.message}`);
  throw new NetError(
    'internal',
    `${operation} gave a result that does not fit its own schema (${complaints.join('; ')}).`,
    'This is a fault of netmcp: please report it with the call that led here.',
    { cause: parsed.error },
  );
};
