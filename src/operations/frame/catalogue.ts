// Operations as the build writes them down: all that listing and finding them takes, with the code loaded at the first call.
import type { Described, Operation } from '../define.ts';
import type { JsonSchema } from './json-schema.ts';

export interface CatalogueEntry extends Described {
  inputSchema: JsonSchema;
  outputSchema: JsonSchema;
  listed: { input: JsonSchema; output: JsonSchema };
}

/** What of an operation can be written down as JSON. */
export const entryOf = ({ inputSchema, outputSchema, listed, run: _run, ...described }: Operation): CatalogueEntry => ({
  ...described,
  inputSchema: inputSchema(),
  outputSchema: outputSchema(),
  listed: listed(),
});

export const fromCatalogue = (
  entries: readonly CatalogueEntry[],
  load: Readonly<Record<string, () => Promise<Operation>>>,
): Operation[] =>
  entries.map(({ inputSchema, outputSchema, listed, ...described }) => ({
    ...described,
    inputSchema: () => inputSchema,
    outputSchema: () => outputSchema,
    listed: () => listed,
    run: async (input, ports, call) => {
      const operation = await load[described.name]?.();
      if (operation === undefined) throw new Error(`the catalogue names ${described.name} without its code`);
      return operation.run(input, ports, call);
    },
  }));
