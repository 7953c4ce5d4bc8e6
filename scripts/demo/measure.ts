// Latency under load: ping while iperf3 uploads, the idle path first. Real traffic between the demo's namespaces.
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Topology } from './topology.ts';

export interface Measurement {
  idle_ms: number[];
  loaded_ms: number[];
  goodput_mbps: number;
}

export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};

const loadSeconds = 7;
/** The queue needs this long to fill. */
const rampMs = 2500;

const ping = async ({ host, serverAddress }: Topology, count: number): Promise<number[]> => {
  const text = await host.exec('ping', '-n', '-i', '0.05', '-W', '3', '-c', String(count), serverAddress);
  return [...text.matchAll(/time=([0-9.]+) ms/g)].map((match) => Number(match[1]));
};

/** Cubic fills queues, as most senders on the internet do; the kernel's default may not. */
export const senderAlgorithm = async ({ host }: Topology): Promise<string> => {
  const available = await host.exec('sysctl', '-n', 'net.ipv4.tcp_available_congestion_control');
  return available.includes('cubic') ? 'cubic' : 'reno';
};

interface IperfReport {
  end: { sum_received: { bits_per_second: number } };
}

const isReport = (value: unknown): value is IperfReport =>
  typeof value === 'object' &&
  value !== null &&
  'end' in value &&
  typeof value.end === 'object' &&
  value.end !== null &&
  'sum_received' in value.end;

const upload = async (topology: Topology): Promise<number> => {
  const { host, serverAddress } = topology;
  const algorithm = await senderAlgorithm(topology);
  const text = await host.exec(
    'iperf3',
    '-c',
    serverAddress,
    '-t',
    String(loadSeconds),
    '-O',
    '2',
    '-P',
    '2',
    '-C',
    algorithm,
    '-J',
  );
  const report: unknown = JSON.parse(text);
  if (!isReport(report)) throw new Error(`iperf3 gave no result: ${text.slice(0, 300)}`);
  return report.end.sum_received.bits_per_second / 1e6;
};

/** Runs `body` with an iperf3 server in the server's namespace. */
export const withServer = async <T>({ server }: Topology, body: () => Promise<T>): Promise<T> => {
  const child = spawn('ip', ['netns', 'exec', server.name, 'iperf3', '-s'], { stdio: 'ignore' });
  try {
    await sleep(300);
    return await body();
  } finally {
    child.kill('SIGTERM');
  }
};

export const measure = async (topology: Topology): Promise<Measurement> => {
  const idle_ms = await ping(topology, 20);
  const [goodput_mbps, loaded_ms] = await Promise.all([upload(topology), sleep(rampMs).then(() => ping(topology, 80))]);
  return { idle_ms, loaded_ms, goodput_mbps };
};
