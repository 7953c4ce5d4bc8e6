// One process that answers about a capture as the shipped product does: the four questions of the issue on one file, from one pass.
// Usage: answers.mjs FILE [TOOL...]; prints one line of JSON: characters of each answer, packets, most memory, milliseconds.
import { allOperations } from '../../dist/operations/index.js';
import { createOperationPorts } from '../../dist/ports.js';

const [, , file, ...named] = process.argv;
const questions =
  named.length > 0 ? named : ['pcap_summary', 'find_tcp_issues', 'get_conversations', 'analyze_dns_traffic'];

const quiet = () => undefined;
const settings = {
  captures: { maxPackets: undefined, allowCustomFilters: true, allowedPaths: ['/'] },
  security: { allowedTargets: [], blockedTargets: [], blockPrivate: false, blockCloudMetadata: true },
  stateDir: '/nonexistent',
};
const ports = createOperationPorts(settings, undefined, { debug: quiet, info: quiet, warn: quiet });
const call = {
  signal: new AbortController().signal,
  progress: quiet,
  client: { kind: 'cli', name: 'bench', version: '0' },
};

const sizes = {};
const milliseconds = {};
let answer;
let notes = '';
for (const name of questions) {
  const started = performance.now();
  const operation = allOperations.find((one) => one.name === name);
  answer = await operation.run({ file_path: file }, ports, call);
  milliseconds[name] = performance.now() - started;
  sizes[name] = JSON.stringify(answer).length;
  notes += JSON.stringify(answer);
}
const line = {
  sizes,
  milliseconds,
  packets: answer.coverage.packets_read,
  megabytes: process.resourceUsage().maxRSS / 1024,
  mentions_bound: /bound|limit|evict|put out|beyond/i.test(notes),
};
process.stdout.write(`${JSON.stringify(line)}\n`);
process.exit(0);
