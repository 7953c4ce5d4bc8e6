// `netmcp metrics [--output FILE]`: Prometheus text on stdout, or in a file that node_exporter's textfile collector reads.
import type { Flags, ParsedLine } from './options.ts';
import type { Streams } from './streams.ts';

export const metricsFlags: Flags = { output: { type: 'string' } };

export const metricsHelp = `Usage: netmcp metrics [--output FILE]

Prints the counters of every interface and of receive processing as Prometheus text (format 0.0.4), with the names that node_exporter
gives them (node_network_receive_bytes_total and its like).

  --output FILE  replace FILE atomically (mode 0644) instead; a name in *.prom for the textfile collector

Names are node_exporter's own, which refuses what two collectors tell: run it with --no-collector.netdev --no-collector.netclass
--no-collector.softnet when it reads this file.
`;

export interface MetricsSource {
  text: () => Promise<string>;
  write: (path: string, text: string) => Promise<void>;
}

export const printMetrics = async (line: ParsedLine, source: MetricsSource, streams: Streams): Promise<number> => {
  const output = line.values.get('output')?.[0];
  const text = await source.text();
  if (output === undefined) streams.out(text);
  else await source.write(output, text);
  return 0;
};
