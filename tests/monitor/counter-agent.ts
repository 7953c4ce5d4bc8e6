// Counts at an interface of the namespace it was started in, as told on the command line, and answers each line on its standard input with one
// line of JSON: `read` with what was counted, `programs` with how many BPF programs are attached, `close` once nothing of its own is.
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { bpfCalls } from '../../src/host/bpf/calls.ts';
import { createHostPorts } from '../../src/host/host-ports.ts';
import { readIdentity } from '../../src/host/identity.ts';
import { createTraffic } from '../../src/host/traffic/index.ts';
import { fromUnknown } from '../../src/model/errors.ts';
import { rungs, trafficDirections } from '../../src/model/traffic.ts';
import { openRuntimeDirectory } from '../../src/store/directory.ts';

const requestSchema = z.strictObject({
  iface: z.string(),
  ifindex: z.number(),
  counters: z.array(
    z.strictObject({
      rung: z.enum(rungs),
      direction: z.enum(trafficDirections),
      talkers: z.enum(['none', 'address', 'port']),
    }),
  ),
});
export type CounterRequest = z.infer<typeof requestSchema>;

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const { iface, ifindex, counters } = requestSchema.parse(JSON.parse(process.argv[2] ?? ''));
const traffic = createTraffic(createHostPorts(silent), async () => openRuntimeDirectory((await readIdentity()).netns));
const signal = new AbortController().signal;

/** Counts of the tests stay far below 2^53. */
const print = (value: unknown): void => {
  console.log(JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? Number(part) : part)));
};

/** XDP, tcx in, tcx out: BPF_PROG_QUERY of bpf(2). Undefined where the kernel does not know the place. */
const attachedPrograms = async (): Promise<(number | undefined)[]> => {
  const calls = await bpfCalls();
  return [46, 47].map((place) => {
    const attributes = Buffer.alloc(64);
    attributes.writeUInt32LE(ifindex, 0);
    attributes.writeUInt32LE(place, 4);
    return calls.bpf(16, attributes) < 0 ? undefined : attributes.readUInt32LE(24);
  });
};

const opened = [];
let error: unknown;
for (const counter of counters) {
  try {
    opened.push(await traffic.open({ ...counter, iface, ifindex }, signal));
  } catch (thrown) {
    error ??= fromUnknown(thrown).toReport();
  }
}
print({ opened: opened.map(({ rung, note }) => ({ rung, note })), error });

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'close') await Promise.all(opened.map((counter) => counter.close()));
  if (line === 'programs') print(await attachedPrograms());
  else if (line === 'close') print({});
  else {
    const counted = await Promise.all(
      opened.map(async (counter) => ({ ...(await counter.read()), talkers: await counter.talkers(50) })),
    );
    print({ counted, link: (await traffic.statistics()).find((link) => link.ifindex === ifindex) });
  }
}
await Promise.all(opened.map((counter) => counter.close()));
