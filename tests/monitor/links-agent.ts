// Runs inside a namespace and answers a line each from standard input with what the product's link counters say, as JSON.
import { createInterface } from 'node:readline';
import { createLinkCounters } from '../../src/host/traffic/statistics.ts';
import { createKernelFiles } from '../../src/host/kernel-files.ts';

const warn = (text: string): void => {
  process.stderr.write(`${text}\n`);
};
const log = { debug: () => undefined, info: () => undefined, warn };
const kernel = createKernelFiles();
const counters = createLinkCounters({ kernel, log });
const fromProc = createLinkCounters({ kernel, log }, () => Promise.reject(new Error('no koffi here')));

const answer = async (line: string): Promise<unknown> => {
  const [word, name] = line.split(' ');
  if (word === 'statistics') return counters.statistics();
  if (word === 'proc') return fromProc.statistics();
  return (await counters.interfaceOf(name ?? '')) ?? null;
};

for await (const line of createInterface({ input: process.stdin })) {
  const text = JSON.stringify(await answer(line), (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  process.stdout.write(`${text}\n`);
}
