// In a namespace of the bench: counts both directions of an interface for the first time, and prints milliseconds until both are attached and the
// memory that took. `milliseconds`: in a process that can already run commands and read the kernel's files, as a server is once it answers
// tools/list; whatever only counting needs is loaded within it. `cold`: from an empty process.
const index = Number(process.argv[2]);
const before = process.memoryUsage().rss;
const start = performance.now();
const { createHostPorts } = await import('../../src/host/host-ports.ts');
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const host = createHostPorts(silent);
const running = performance.now();
const { createTraffic } = await import('../../src/host/traffic/index.ts');
const traffic = createTraffic(host, () => Promise.resolve('/run/netmcp'));
const counters = await Promise.all(
  (['incoming', 'outgoing'] as const).map((direction) =>
    traffic.open(
      { rung: 'tcx', direction, iface: 'v0', ifindex: index, talkers: 'address' },
      new AbortController().signal,
    ),
  ),
);
const [milliseconds, cold] = [performance.now() - running, performance.now() - start];
const megabytes = (process.memoryUsage().rss - before) / 2 ** 20;
await Promise.all(counters.map((counter) => counter.close()));
console.log(JSON.stringify({ milliseconds, cold, megabytes }));
