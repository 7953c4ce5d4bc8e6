// Counts what comes in at an interface by the rung on the command line; each line on standard input is answered with `counts` or an error's code.
// The line `detach` takes the program off by force first, as somebody else would.
import { createInterface } from 'node:readline';
import { bpfCalls } from '../../src/host/bpf/calls.ts';
import { createHostPorts } from '../../src/host/host-ports.ts';
import { readIdentity } from '../../src/host/identity.ts';
import { createTraffic } from '../../src/host/traffic/index.ts';
import { fromUnknown } from '../../src/model/errors.ts';
import { rungs } from '../../src/model/traffic.ts';
import { openRuntimeDirectory } from '../../src/store/directory.ts';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const [iface = '', index, wanted] = process.argv.slice(2);
const rung = rungs.find((each) => each === wanted) ?? 'proc';
const traffic = createTraffic(createHostPorts(silent), async () => openRuntimeDirectory((await readIdentity()).netns));
const request = { rung, direction: 'incoming', iface, ifindex: Number(index), talkers: 'none' } as const;
const counter = await traffic.open(request, new AbortController().signal);
console.log('open');

/** BPF_LINK_DETACH of bpf(2), for every descriptor of ours that is a link. */
const detach = async (): Promise<void> => {
  const calls = await bpfCalls();
  for (let fd = 3; fd < 100; fd += 1) {
    const attributes = Buffer.alloc(16);
    attributes.writeUInt32LE(fd, 0);
    calls.bpf(34, attributes);
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'detach') await detach();
  try {
    await counter.read();
    console.log('counts');
  } catch (error) {
    console.log(fromUnknown(error).code);
  }
}
await counter.close();
