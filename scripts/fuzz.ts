// npm run fuzz [-- plans|captures] [COUNT]: both, or the one that is named, with other inputs each time unless NETMCP_FUZZ_SEED repeats some.
import { fuzzCaptures } from './fuzz-captures.ts';
import { fuzzPlans } from './fuzz-plans.ts';

const targets = {
  plans: { run: fuzzPlans, count: 20_000 },
  captures: { run: fuzzCaptures, count: 200_000 },
} as const;

const isTarget = (word: string): word is keyof typeof targets => Object.hasOwn(targets, word);

const usage = (): never => {
  process.stderr.write('usage: npm run fuzz [-- plans|captures [COUNT]]\n');
  process.exit(2);
};

const [word, text, ...more] = process.argv.slice(2);
if (more.length > 0 || (text !== undefined && !/^[1-9][0-9]{0,8}$/.test(text))) usage();
const names = word === undefined ? (['plans', 'captures'] as const) : isTarget(word) ? [word] : usage();

const seed = Number(process.env['NETMCP_FUZZ_SEED'] ?? Date.now() % 1_000_000_000);
process.stdout.write(`NETMCP_FUZZ_SEED=${seed}\n`);
let status = 0;
for (const name of names) {
  const { run, count } = targets[name];
  status = Math.max(status, await run(text === undefined ? count : Number(text), seed));
}
process.exitCode = status;
