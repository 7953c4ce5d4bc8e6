// Counters of interfaces and of receive processing as Prometheus text (exposition format 0.0.4), by the names that node_exporter gives them.
import type { LinkStatistics } from '../model/traffic.ts';

interface Sample {
  labels: Readonly<Record<string, string>>;
  value: bigint | number;
}

interface Family {
  name: string;
  help: string;
  type: 'counter' | 'gauge';
  samples: readonly Sample[];
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const labelValue = (text: string): string => escaped(text).replaceAll('"', '\\"');

const familyText = ({ name, help, type, samples }: Family): string => {
  const lines = samples.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${labelValue(text)}"`);
    return `${name}{${pairs.join(',')}} ${value}\n`;
  });
  return lines.length === 0 ? '' : `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n${lines.join('')}`;
};

type Read = (link: LinkStatistics) => bigint | number | undefined;

const other =
  (...names: readonly string[]): Read =>
  ({ others }) => {
    const found = names.flatMap((name) => others[name] ?? []);
    return found.length === 0 ? undefined : found.reduce((sum, value) => sum + value, 0n);
  };

/** `node_network_..._total`, summed up as /proc/net/dev does, which is what node_exporter shows. */
const counters: Readonly<Record<string, Read>> = {
  receive_bytes: ({ rxBytes }) => rxBytes,
  receive_packets: ({ rxPackets }) => rxPackets,
  receive_errs: ({ rxErrors }) => rxErrors,
  receive_drop: ({ rxDropped, others }) => rxDropped + (others['rx_missed_errors'] ?? 0n),
  receive_fifo: other('rx_fifo_errors'),
  receive_frame: other('rx_frame_errors', 'rx_length_errors', 'rx_over_errors', 'rx_crc_errors'),
  receive_compressed: other('rx_compressed'),
  receive_multicast: ({ multicast }) => multicast,
  receive_nohandler: other('rx_nohandler'),
  transmit_bytes: ({ txBytes }) => txBytes,
  transmit_packets: ({ txPackets }) => txPackets,
  transmit_errs: ({ txErrors }) => txErrors,
  transmit_drop: ({ txDropped }) => txDropped,
  transmit_fifo: other('tx_fifo_errors'),
  transmit_colls: other('collisions'),
  transmit_carrier: other('tx_carrier_errors', 'tx_aborted_errors', 'tx_heartbeat_errors', 'tx_window_errors'),
  transmit_compressed: other('tx_compressed'),
};

const gauges: readonly { name: string; help: string; read: Read }[] = [
  {
    name: 'node_network_up',
    help: "Value is 1 if operstate is 'up', 0 otherwise.",
    read: ({ operstate }) => (operstate === 'up' ? 1 : 0),
  },
  {
    name: 'node_network_carrier',
    help: 'Network device property: carrier',
    read: ({ carrier }) => (carrier === undefined ? undefined : Number(carrier)),
  },
  { name: 'node_network_mtu_bytes', help: 'Network device property: mtu_bytes', read: ({ mtu }) => mtu },
  { name: 'node_network_iface_id', help: 'Network device property: iface_id', read: ({ ifindex }) => ifindex },
];

const samplesOf = (links: readonly LinkStatistics[], read: Read): Sample[] =>
  links.flatMap((link) => {
    const value = read(link);
    return value === undefined ? [] : [{ labels: { device: link.iface }, value }];
  });

/** Columns of /proc/net/softnet_stat (Linux: net/core/net-procfs.c). */
const softnetColumns: readonly { at: number; name: string; help: string; type: Family['type'] }[] = [
  { at: 0, name: 'node_softnet_processed_total', help: 'Number of processed packets', type: 'counter' },
  { at: 1, name: 'node_softnet_dropped_total', help: 'Number of dropped packets', type: 'counter' },
  {
    at: 2,
    name: 'node_softnet_times_squeezed_total',
    help: 'Number of times processing packets ran out of quota',
    type: 'counter',
  },
  {
    at: 9,
    name: 'node_softnet_received_rps_total',
    help: 'Number of times cpu woken up received_rps',
    type: 'counter',
  },
  {
    at: 10,
    name: 'node_softnet_flow_limit_count_total',
    help: 'Number of times flow limit has been reached',
    type: 'counter',
  },
  { at: 11, name: 'node_softnet_backlog_len', help: 'Softnet backlog status', type: 'gauge' },
];
/** Linux 5.10 and newer say whose line it is; before, lines are numbered. */
const softnetCpu = 12;

const softnetFamilies = (text: string): Family[] => {
  const rows = text
    .split('\n')
    .filter((line) => /^[0-9a-f]{8}( [0-9a-f]{8})*\s*$/.test(line))
    .map((line) =>
      line
        .trim()
        .split(' ')
        .map((word) => Number.parseInt(word, 16)),
    );
  return softnetColumns.map(({ at, name, help, type }) => ({
    name,
    help,
    type,
    samples: rows.flatMap((row, index) => {
      const value = row[at];
      return value === undefined ? [] : [{ labels: { cpu: String(row[softnetCpu] ?? index) }, value }];
    }),
  }));
};

/** `softnet`: /proc/net/softnet_stat; empty where there is none. */
export const metricsText = (links: readonly LinkStatistics[], softnet: string): string =>
  [
    ...Object.entries(counters).map(([name, read]) => ({
      name: `node_network_${name}_total`,
      help: `Network device statistic ${name}.`,
      type: 'counter' as const,
      samples: samplesOf(links, read),
    })),
    ...gauges.map(({ name, help, read }) => ({ name, help, type: 'gauge' as const, samples: samplesOf(links, read) })),
    ...softnetFamilies(softnet),
  ]
    .map(familyText)
    .join('');
