// `netmcp tools`: what can be called now, as a table or, with --json, with the whole schemas (the protocol lists shorter ones).
import type { Operation } from '../operations/define.ts';
import type { Streams } from './streams.ts';

const jsonOf = (operation: Operation): object => ({
  name: operation.name,
  title: operation.title,
  description: operation.description,
  toolset: operation.toolset,
  needs: operation.needs,
  annotations: operation.annotations,
  input_schema: operation.inputSchema(),
  output_schema: operation.outputSchema(),
});

export const printTools = (operations: readonly Operation[], json: boolean, streams: Streams): number => {
  if (json) {
    streams.out(`${JSON.stringify({ tools: operations.map(jsonOf), total: operations.length }, null, 2)}\n`);
    return 0;
  }
  const width = Math.max(...operations.map((operation) => operation.name.length), 0);
  for (const toolset of new Set(operations.map((operation) => operation.toolset))) {
    streams.out(`${toolset}\n`);
    for (const operation of operations.filter((candidate) => candidate.toolset === toolset)) {
      streams.out(`  ${operation.name.padEnd(width)}  ${operation.title}\n`);
    }
  }
  return 0;
};
