// The tools as the protocol lists them: the same bytes for every connection. Without titles: each tells the name in other words, and costs every conversation.
import type { Tool } from '@modelcontextprotocol/server';
import type { Operation } from '../operations/define.ts';

const objectSchema = (schema: Record<string, unknown>): { type: 'object' } & Record<string, unknown> => ({
  ...schema,
  type: 'object',
});

export const toolOf = (operation: Operation): Tool => {
  const { input, output } = operation.listed();
  return {
    name: operation.name,
    description: operation.description,
    inputSchema: objectSchema(input),
    outputSchema: objectSchema(output),
    annotations: {
      readOnlyHint: operation.annotations.readOnly,
      destructiveHint: operation.annotations.destructive,
      idempotentHint: operation.annotations.idempotent,
      openWorldHint: operation.annotations.openWorld,
    },
  };
};
