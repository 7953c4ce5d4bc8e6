// Counts both directions of an interface as network_monitor does, by the best rung of the ladder or the one on the command line, until it is killed or
// its standard input ends: ladder-agent.ts IFACE IFINDEX METHOD. Says which rungs count once both do.
import { createHostPorts } from '../../src/host/host-ports.ts';
import { readIdentity } from '../../src/host/identity.ts';
import { createTraffic } from '../../src/host/traffic/index.ts';
import { trafficDirections } from '../../src/model/traffic.ts';
import { closeAll, methods, openDirections } from '../../src/monitor/ladder.ts';
import { openRuntimeDirectory } from '../../src/store/directory.ts';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const [iface = '', index, wanted] = process.argv.slice(2);
const method = methods.find((each) => each === wanted) ?? 'auto';
const traffic = createTraffic(createHostPorts(silent), async () => openRuntimeDirectory((await readIdentity()).netns));
const all = trafficDirections.map((direction) => ({
  direction,
  iface,
  ifindex: Number(index),
  talkers: 'address' as const,
  method,
}));
const opened = await openDirections(traffic, all, new AbortController().signal);
console.log(opened.map(({ counter }) => counter.rung).join(' '));
process.stdin.resume();
await new Promise((resolve) => process.stdin.once('end', resolve));
await closeAll(opened);
