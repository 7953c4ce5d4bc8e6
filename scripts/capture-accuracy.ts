// Prints docs/capture-accuracy.md: what the tests compare with Wireshark, and every difference that they expect, from the tables they use.
import { dnsDifferences } from '../tests/capture/dns-differences.ts';
import { filterExceptions, withOtherBlocks } from '../tests/capture/filter-exceptions.ts';
import { craftedDifferences, hierarchyDifferences, notToldApart } from '../tests/capture/hierarchy-differences.ts';
import {
  applicationExceptions,
  connectionExceptions,
  conversationExceptions,
  craftedFieldExceptions,
  fieldExceptions,
  recordExceptions,
  recordsUncompared,
  summaryExceptions,
  timeExceptions,
  unreadable,
} from '../tests/capture/reference-exceptions.ts';
import { tcpDifferences } from '../tests/capture/tcp-differences.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  rows.length === 0
    ? ['No differences.']
    : [head, head.map(() => '---'), ...rows.map((row) => row.map(cell))].map((row) => `| ${row.join(' | ')} |`);

interface Section {
  title: string;
  /** The test that compares. */
  test: string;
  compared: string;
  rows: string[];
}

const section = ({ title, test, compared, rows }: Section): string[] => [
  `## ${title}`,
  '',
  `${compared} \`tests/capture/${test}\``,
  '',
  ...rows,
  '',
];

const head = ['File', 'Packets', 'Difference', 'Reason'];
const code = (text: string): string => `\`${text}\``;
const names = (files: readonly string[]): string => files.map(code).join(', ');
const valuesOf = (values: Readonly<Record<string, unknown>>): string => JSON.stringify(values).replaceAll('"', '');

/** The packets that a reason speaks of. */
const packetsIn = (reason: string): string => /^Packets? ([^:]+):/.exec(reason)?.[1] ?? 'all';

const sections: readonly Section[] = [
  {
    title: 'Packets, bytes, duration, first and last time',
    test: 'summary.test.ts',
    compared: 'Per file, against `capinfos`; and what each address sent, against tshark.',
    rows: table(head, [
      ...summaryExceptions.map(({ file, packets, reason }) => [code(file), packets, 'times', reason]),
      ...timeExceptions.map(({ file, packets, reason }) => [code(file), packets, 'duration, start, end', reason]),
    ]),
  },
  {
    title: 'Records',
    test: 'records.test.ts',
    compared: `Per packet: time in nanoseconds, both lengths, interface. Not compared: ${names(recordsUncompared)}.`,
    rows: table(
      head,
      recordExceptions.map(({ file, packets, reason }) => [code(file), packets, 'time', reason]),
    ),
  },
  {
    title: 'Conversations',
    test: 'conversations.test.ts',
    compared:
      'Per conversation of TCP and UDP: packets and bytes, against `tcp.stream` and `udp.stream` of the innermost IP packet.',
    rows: table(
      head,
      conversationExceptions.map(({ file, packets, reason }) => [code(file), packets, 'one more here', reason]),
    ),
  },
  {
    title: 'TCP connections',
    test: 'connection-detail.test.ts',
    compared:
      'Per connection: first packet, time of the handshake, and of each direction the window scale and most bytes in flight. Before the other side has acknowledged anything, no bytes in flight are told; tshark counts them from the first byte seen. Resets by connections with and without a SYN in the file have no differences (`tests/capture/tcp-resets.test.ts`).',
    rows: table(
      head,
      connectionExceptions.map(({ file, packets, reason }) => [code(file), packets, 'connection', reason]),
    ),
  },
  {
    title: 'Protocol tree',
    test: 'hierarchy.test.ts',
    compared: `Per file: packets and bytes of every branch, against \`-z io,phs\`; crafted packets of every layer too. What is inside these is not told apart from them: ${names([...notToldApart])}.`,
    rows: table(
      head,
      [...hierarchyDifferences, ...craftedDifferences].map(({ file, packets, differences, reason }) => [
        code(file),
        packets,
        differences.join('; '),
        reason,
      ]),
    ),
  },
  {
    title: 'TCP verdicts',
    test: 'tcp-verdicts.test.ts',
    compared: `Per packet, all of \`tcp.analysis.*\` that are verdicts, and resets; on public captures here, and on crafted cases (\`tests/capture/tcp-cases.test.ts\`) and real Linux connections over a rough path (\`tests/capture/tcp-kernel.test.ts\`). These have no differences. In six captures of conversations made by chance (\`tests/capture/conversations.ts\`), which no host would speak, these packets differ.`,
    rows: table(
      head,
      tcpDifferences.map(({ seed, packet, tshark, engine, reason }) => [
        `by chance, seed ${seed}`,
        String(packet),
        `${engine} here, ${tshark} in tshark`,
        reason,
      ]),
    ),
  },
  {
    title: 'DNS',
    test: 'dns-reference.test.ts',
    compared:
      'Per file: messages, queries, responses, rcodes, times (sum, least, most, in microseconds) and retransmissions. The differences are in crafted captures (`tests/capture/dns-scenes.ts`); the public ones have none.',
    rows: table(
      head,
      dnsDifferences.map(({ file, reason, here, tshark }) => [
        file,
        packetsIn(reason),
        `${valuesOf(here)} here, ${valuesOf(tshark)} in tshark`,
        reason,
      ]),
    ),
  },
  {
    title: 'Fields of decoded packets',
    test: 'decode-fields.test.ts',
    compared:
      'Per packet and field, up to transport; applications in `tests/capture/application-layers.test.ts`. First fragments are not looked into, streams not put together. tshark 4.0.17 knows QUIC version 2 as a draft had it: two crafted packets of it are compared with what was built.',
    rows: table(head, [
      ...fieldExceptions.map(({ file, packets, reason }) => [code(file), packets, 'fields', reason]),
      ...applicationExceptions.map(({ file, packets, fields, reason }) => [
        code(file),
        packets,
        fields.map(code).join(', '),
        reason,
      ]),
      ...Object.values(craftedFieldExceptions).flatMap((some) =>
        some.map(({ line, reason }) => {
          const [packet = '', field = '', ...values] = line.split(' ');
          const [link = '', number = ''] = packet.split('#');
          const [theirs = '', ours = ''] = values.join(' ').split('/');
          const shown = `${code(field.replace(':', ''))} ${ours.trim()} here, ${theirs.trim() || 'nothing'} in tshark`;
          return [`crafted, link type ${link}`, number, shown, reason];
        }),
      ),
    ]),
  },
  {
    title: 'Display filters',
    test: 'filter-tshark.test.ts',
    compared: `Per file and expression: the packets that pass, against \`tshark -Y\`; of ${names(withOtherBlocks)} without the custom blocks and journal entries that tshark counts as packets.`,
    rows: table(
      ['Files', 'Expressions', 'Reason'],
      filterExceptions.map(({ files, expressions, reason }) => [names(files), names(expressions), reason]),
    ),
  },
];

const page = [
  '# Accuracy of the capture engine',
  '',
  'Generated by `npm run docs` from the tables that the tests use; do not edit.',
  '',
  'The reference is Wireshark 4.0.17 (Debian 12: tshark, capinfos) with default preferences and `-n`. What is compared: 85 public captures of tcpdump, libpcap, Zeek, gopacket, PcapPlusPlus and the pcapng test set (where they lie beside the clone), captures crafted by the tests, and captures of real Linux connections made by the tests. Each table below names every difference that its test expects; any other one fails the test. `npm run test:tshark` runs them all.',
  '',
  `Neither side reads ${names(unreadable)}: a section of a version that never was.`,
  '',
  'Not compared, because Wireshark has no such number: severities and rates of `find_tcp_issues`, which conversations are ranked by `analyze_throughput`, unanswered and repeated DNS queries, percentiles (within 3.2 % of the sample), what became of a connection. Their own tests compute them by hand. Lengths are those on the wire.',
  '',
  ...sections.flatMap(section),
];

process.stdout.write(`${page.join('\n').trimEnd()}\n`);
