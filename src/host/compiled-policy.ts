// The shipped policy as the build left it, parsed and checked: valid only for the very texts it was made from.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { errnoOf } from '../model/errors.ts';
import { type Card, type Limits, type Policy, type Profile, type Rules, policyOf } from '../model/policy.ts';
import type { PolicyText } from '../policy/parse.ts';

/** dist/policy.json, which scripts/build.mjs writes; a source checkout run as TypeScript has none. */
const compiledFile = new URL('../policy.json', import.meta.url);

/** The build checked what is in it, and whoever can change it can change the code beside it: only its form is looked at. */
const compiledSchema = z.strictObject({
  sha256: z.string(),
  cards: z.array(z.custom<Card>()),
  profiles: z.array(z.custom<Profile>()),
  limits: z.custom<Limits>(),
  rules: z.custom<Rules>(),
});

const digestOf = (texts: readonly PolicyText[]): string =>
  createHash('sha256')
    .update(JSON.stringify(texts.map(({ name, text }) => [name, text])))
    .digest('hex');

/** What the build writes. */
export const compiledText = (texts: readonly PolicyText[], { cards, profiles, limits, rules }: Policy): string =>
  JSON.stringify({
    sha256: digestOf(texts),
    cards: [...cards.values()],
    profiles: [...profiles.values()],
    limits,
    rules,
  });

/** Undefined unless the build compiled exactly these texts. */
export const readCompiled = (texts: readonly PolicyText[], file: URL = compiledFile): Policy | undefined => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const { sha256, cards, profiles, limits, rules } = compiledSchema.parse(JSON.parse(text));
  return sha256 === digestOf(texts) ? policyOf(cards, profiles, limits, rules) : undefined;
};
