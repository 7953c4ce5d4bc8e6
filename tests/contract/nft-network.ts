// Namespaces with veth pairs between them, the nft resource's ports into one of them, and small peers that talk across.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { HostPorts } from '../../src/model/ports.ts';

export interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

const runPlain = (argv: readonly string[], input?: string): Result => {
  const [program = '', ...args] = argv;
  const result = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    ...(input === undefined ? {} : { input }),
  });
  if (result.error !== undefined) throw result.error;
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
};

const must = (result: Result, what: string): string => {
  if (result.code !== 0) throw new Error(`${what}: exit ${String(result.code)}: ${result.stderr}`);
  return result.stdout;
};

export interface Network {
  /** Runs in the namespace and gives whatever came of it. */
  try(namespace: string, argv: readonly string[], input?: string): Result;
  /** Runs in the namespace and throws unless it exits with 0. */
  run(namespace: string, argv: readonly string[], input?: string): string;
  ports(namespace: string): HostPorts;
  /** A long-running process in the namespace; ended by remove(). */
  start(namespace: string, argv: readonly string[]): ChildProcess;
  /** The network's own name of a namespace. */
  name(namespace: string): string;
  remove(): Promise<void>;
}

const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
};

export const makeNetwork = (names: readonly string[]): Network => {
  const prefix = `nmnft${String(process.pid)}`;
  const children: ChildProcess[] = [];
  const name = (namespace: string): string => `${prefix}-${namespace}`;
  const inside = (namespace: string, argv: readonly string[]): string[] => [
    'ip',
    'netns',
    'exec',
    name(namespace),
    ...argv,
  ];
  for (const namespace of names) {
    must(runPlain(['ip', 'netns', 'add', name(namespace)]), 'ip netns add');
    must(runPlain(inside(namespace, ['ip', 'link', 'set', 'lo', 'up'])), 'ip link set lo up');
  }
  const network: Network = {
    name,
    try: (namespace, argv, input) => runPlain(inside(namespace, argv), input),
    run: (namespace, argv, input) => must(runPlain(inside(namespace, argv), input), argv.join(' ')),
    ports: (namespace) => ({
      exec: {
        run: async ({ binary, args, stdin }) => ({
          ...runPlain(inside(namespace, [binary, ...args]), stdin),
        }),
        find: async (binary) => binary,
      },
      kernel: {
        read: async () => undefined,
        write: async () => undefined,
        list: async () => [],
        writable: async () => false,
      },
      clock: { now: () => 0, bootTimeMs: () => 0 },
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    }),
    start: (namespace, argv) => {
      const [program = '', ...args] = inside(namespace, argv);
      const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
      children.push(child);
      return child;
    },
    remove: async () => {
      await Promise.all(children.map(ended));
      for (const namespace of names) runPlain(['ip', 'netns', 'del', name(namespace)]);
    },
  };
  return network;
};

/** A veth pair between two namespaces; its ends bear the other namespace's name. IPv6 addresses are usable at once. */
export const join = (
  network: Network,
  [a, addressesA]: readonly [string, readonly string[]],
  [b, addressesB]: readonly [string, readonly string[]],
): void => {
  network.run(a, ['ip', 'link', 'add', b, 'type', 'veth', 'peer', 'name', a, 'netns', network.name(b)]);
  const ends = [
    { namespace: a, device: b, addresses: addressesA },
    { namespace: b, device: a, addresses: addressesB },
  ];
  for (const { namespace, device, addresses } of ends) {
    for (const address of addresses) {
      const options = address.includes(':') ? ['nodad'] : [];
      network.run(namespace, ['ip', 'address', 'add', address, 'dev', device, ...options]);
    }
    network.run(namespace, ['ip', 'link', 'set', device, 'up']);
  }
};

/** Resolves with what was printed once it contains the text. */
const waitFor = async (child: ChildProcess, stream: 'stdout' | 'stderr', text: string): Promise<string> => {
  let seen = '';
  const source = child[stream];
  if (source === null) throw new Error(`the process has no ${stream}`);
  for await (const chunk of source.iterator({ destroyOnReturn: false })) {
    seen += String(chunk);
    if (seen.includes(text)) return seen;
  }
  throw new Error(`ended before it said "${text}"; it said: ${seen}`);
};

const serverSource = `
const net = require('node:net');
let waiting = process.argv.length - 1;
for (const port of process.argv.slice(1)) {
  const server = net.createServer((socket) => {
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.write(socket.remoteAddress + '\\n');
    socket.on('data', (data) => socket.write(data));
  });
  server.listen(Number(port), '::', () => { waiting -= 1; if (waiting === 0) console.log('ready'); });
}`;

/** A TCP server of both families on each port: it greets with the peer's address as it sees it, then echoes. */
export const startServer = async (network: Network, namespace: string, ports: readonly number[]): Promise<void> => {
  const child = network.start(namespace, [process.execPath, '-e', serverSource, ...ports.map(String)]);
  await waitFor(child, 'stdout', 'ready');
};

const clientSource = `
const net = require('node:net');
const attempts = JSON.parse(process.argv[1]);
const open = ({ from, to, port }) => new Promise((resolve) => {
  const socket = net.connect({ host: to, port, ...(from === undefined ? {} : { localAddress: from }) });
  socket.setTimeout(1500, () => { resolve('timeout'); socket.destroy(); });
  socket.on('error', (error) => resolve(error.code));
  socket.once('data', (data) => resolve(String(data).trim()));
});
(async () => {
  const results = [];
  for (const attempt of attempts) results.push(await open(attempt));
  console.log(JSON.stringify(results));
  process.exit(0);
})();`;

export interface Attempt {
  from?: string;
  to: string;
  port: number;
}

/** Opens the connections one after the other and holds them all; gives for each the address the server saw, or the error. */
export const connectAll = (network: Network, namespace: string, attempts: readonly Attempt[]): string[] => {
  const output = network.run(namespace, [process.execPath, '-e', clientSource, JSON.stringify(attempts)]);
  const parsed: unknown = JSON.parse(output);
  if (!Array.isArray(parsed)) throw new Error(`not a list: ${output}`);
  return parsed.map(String);
};

const echoSource = `
const net = require('node:net');
const [host, port, count] = process.argv.slice(1);
const socket = net.connect({ host, port: Number(port) });
socket.setNoDelay(true);
const started = Date.now();
let rounds = -1;
const done = () => { console.log(rounds); process.exit(0); };
setTimeout(done, 3000);
socket.on('error', done);
socket.on('data', () => { rounds += 1; if (rounds >= Number(count)) done(); else socket.write('x'); });`;

/** Message round trips on one connection, at most \`count\` and for three seconds; how many were made. */
export const echoRounds = (network: Network, namespace: string, to: string, port: number, count: number): number =>
  Number(network.run(namespace, [process.execPath, '-e', echoSource, to, String(port), String(count)]));

const datagramSource = `
const dgram = require('node:dgram');
const [to, port, count] = process.argv.slice(1);
const socket = dgram.createSocket(to.includes(':') ? 'udp6' : 'udp4');
let left = Number(count);
const next = () => { if (left === 0) { socket.close(); return; } left -= 1; socket.send('x', Number(port), to, next); };
next();`;

export const sendDatagrams = (network: Network, namespace: string, to: string, port: number, count: number): void => {
  network.run(namespace, [process.execPath, '-e', datagramSource, to, String(port), String(count)]);
};

/** How many of the pings from one address were answered. */
export const pingsAnswered = (network: Network, namespace: string, from: string, to: string, count: number): number => {
  const { stdout } = network.try(namespace, [
    'ping',
    '-n',
    '-q',
    '-c',
    String(count),
    '-i',
    '0.002',
    '-W',
    '1',
    '-I',
    from,
    to,
  ]);
  const found = /(\d+) received/.exec(stdout);
  if (found === null) throw new Error(`ping said: ${stdout}`);
  return Number(found[1]);
};
