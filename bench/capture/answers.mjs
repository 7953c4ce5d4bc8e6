// One process that answers about a capture as the shipped product does: the four questions of the issue on one file, from one pass.
// Usage: answers.mjs [--after OTHER] FILE [TOOL...]; with OTHER the same is asked of that capture before, as of a server that runs already.
// Prints one line of JSON: characters of each answer, packets, most memory, milliseconds.
import { allOperations } from '../../dist/operations/index.js';
import { createOperationPorts } from '../../dist/ports.js';

const given = process.argv.slice(2);
const other = given[0] === '--after' ? given.splice(0, 2)[1] : undefined;
const [file, ...named] = given;
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

const ask = (name, path) => allOperations.find((one) => one.name === name).run({ file_path: path }, ports, call);

if (other !== undefined) for (const name of questions) await ask(name, other);

const sizes = {};
const milliseconds = {};
let answer;
let notes = '';
for (const name of questions) {
  const started = performance.now();
  answer = await ask(name, file);
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
