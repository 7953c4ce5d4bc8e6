// In a namespace of the bench: counts both directions of an interface from a cold start, and prints milliseconds until both are attached and the
// memory that took. Its own imports are part of it.
const index = Number(process.argv[2]);
const before = process.memoryUsage().rss;
const start = performance.now();
const [{ createHostPorts }, { createTraffic }] = await Promise.all([
  import('../../src/host/host-ports.ts'),
  import('../../src/host/traffic/index.ts'),
]);
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const traffic = createTraffic(createHostPorts(silent), () => Promise.resolve('/run/netmcp'));
const counters = await Promise.all(
  (['incoming', 'outgoing'] as const).map((direction) =>
    traffic.open(
      { rung: 'tcx', direction, iface: 'v0', ifindex: index, talkers: 'address' },
      new AbortController().signal,
    ),
  ),
);
const milliseconds = performance.now() - start;
const megabytes = (process.memoryUsage().rss - before) / 2 ** 20;
await Promise.all(counters.map((counter) => counter.close()));
console.log(JSON.stringify({ milliseconds, megabytes }));
