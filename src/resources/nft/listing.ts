// Reads a table as `nft -s -t -n list table` prints it into objects and rules; nothing in it is dropped unread.
import * as z from 'zod';
import { canonicalLine } from './canonical.ts';

const objectSchema = z.strictObject({ kind: z.string(), name: z.string(), text: z.string() });
const ruleSchema = z.strictObject({ chain: z.string(), id: z.string().nullable(), text: z.string() });

/** Null: no such table. Texts are canonical: no counters, no set elements, no handles. */
export const observedSchema = z
  .strictObject({
    /** Chains (their hook line), sets and whatever else the table holds, in listed order. */
    objects: z.array(objectSchema),
    /** In listed order; `id` is our comment, null where the rule has none of ours. */
    rules: z.array(ruleSchema),
  })
  .nullable();
export type Observed = z.infer<typeof observedSchema>;
export type Table = NonNullable<Observed>;

const ourComment = /^(.*?)\s*comment "(netmcp:[0-9a-f]+(?::[a-z]+)?)"$/;

const readRule = (chain: string, line: string): Table['rules'][number] => {
  const found = ourComment.exec(line);
  return { chain, id: found?.[2] ?? null, text: canonicalLine(found?.[1] ?? line) };
};

const isHead = (line: string): boolean => /^(type \S+ hook |policy |comment ")/.test(line);

export const parseListing = (listing: string): Table => {
  const table: Table = { objects: [], rules: [] };
  let object: Table['objects'][number] | undefined;
  let depth = 0;
  for (const raw of listing.split('\n')) {
    const line = raw.trim();
    if (line === '' || (depth === 0 && line.startsWith('table '))) continue;
    const opening = /^(\S+(?: \S+)??) (\S+) \{$/.exec(line);
    if (depth === 0 && opening?.[1] !== undefined && opening[2] !== undefined) {
      object = { kind: opening[1], name: opening[2], text: '' };
      table.objects.push(object);
      depth = 1;
    } else if (object === undefined) {
      // A flag of the table itself (`flags dormant`), or a form we do not know: kept, so that it counts as a difference.
      if (line !== '}') table.objects.push({ kind: 'other', name: '', text: canonicalLine(line) });
    } else if (line === '}' && depth === 1) {
      object = undefined;
      depth = 0;
    } else if (object.kind === 'chain' && !isHead(line)) {
      table.rules.push(readRule(object.name, line));
    } else {
      // A set's elements may span lines and braces.
      depth += (line.match(/\{/g) ?? []).length - (line.match(/\}/g) ?? []).length;
      object.text = [object.text, canonicalLine(line)].filter((part) => part !== '').join(' ');
    }
  }
  return table;
};
