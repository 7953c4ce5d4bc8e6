// The version of this package, read from its package.json.
import { readFileSync } from 'node:fs';
import * as z from 'zod';

const packageSchema = z.looseObject({ version: z.string() });

export const packageVersion = (): string =>
  packageSchema.parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))).version;
