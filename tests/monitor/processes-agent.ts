// Counts by socket at an interface of the namespace it was started in; each line on its standard input is answered with the counts as JSON.
import { createInterface } from 'node:readline';
import { createHostPorts } from '../../src/host/host-ports.ts';
import { createTraffic } from '../../src/host/traffic/index.ts';
import { fromUnknown } from '../../src/model/errors.ts';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const traffic = createTraffic(createHostPorts(silent), () => Promise.resolve('/run/netmcp'));
const print = (value: unknown): void => {
  console.log(JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part)));
};

try {
  const counting = await traffic.openProcesses(Number(process.argv[2]), new AbortController().signal);
  print({ note: counting.note });
  for await (const _ of createInterface({ input: process.stdin })) print(await counting.read());
  await counting.close();
  await counting.close();
} catch (error) {
  print({ error: fromUnknown(error).toReport() });
}
