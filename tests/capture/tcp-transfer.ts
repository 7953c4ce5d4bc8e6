// Transfers by Linux's own TCP from one namespace to another, captured by tcpdump, and what the sender's kernel counted.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Namespace } from '../helpers/netns.ts';
import { differences, judgedByEngine, judgedByTshark, type JudgedByEngine } from './tcp-reference.ts';

export const fetches = 10;

/** Sends 300 kB to whoever connects, 20 kB every 3 ms so that buffers and windows are never full, ten times; then ends. */
const server = `
const net = require('net'); let left = ${fetches};
const server = net.createServer((socket) => { socket.setNoDelay(); socket.on('error', () => {}); let parts = 15;
  const send = () => { if (--parts > 0) { socket.write(Buffer.alloc(2e4, 65)); setTimeout(send, 3); } else socket.end(Buffer.alloc(2e4, 65)); };
  socket.on('close', () => { if (--left === 0) server.close(); }); send(); }).listen(7000);`;

/** Fetches ten times. */
const client = `
const net = require('net');
const fetch = () => new Promise((done) => { const socket = net.connect(7000, '192.0.2.2'); socket.resume();
  socket.on('error', () => setTimeout(() => fetch().then(done), 50)); socket.on('end', () => socket.end()); socket.on('close', (bad) => bad || done()); });
(async () => { for (let at = 0; at < ${fetches}; at++) await fetch(); })();`;

export interface Place {
  namespace: Namespace;
  device: string;
}

/** A capture of TCP at a place until it is stopped, which fails when the capture itself lost packets. */
const capture = async ({ namespace, device }: Place, file: string): Promise<() => Promise<void>> => {
  const options = ['-n', '-U', '--immediate-mode', '-B', '65536', '-s', '128'];
  const argv = ['netns', 'exec', namespace.name, 'tcpdump', '-i', device, ...options, '-w', file, 'tcp'];
  const dump = spawn('ip', argv, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  dump.stderr.on('data', (data: Buffer) => (said += data.toString()));
  await once(dump.stderr, 'data');
  return async () => {
    await sleep(300);
    dump.kill('SIGINT');
    await once(dump, 'close');
    expect(said).toContain('\n0 packets dropped by kernel');
  };
};

/** Segments that the namespace's TCP has sent again, by its own count. */
const resentIn = async (namespace: Namespace): Promise<number> => {
  const [names = '', values = ''] = (await namespace.exec('grep', '^Tcp:', '/proc/net/snmp')).split('\n');
  return Number(values.split(' ')[names.split(' ').indexOf('RetransSegs')]);
};

/** Ten fetches by the first namespace from the second, captured at the places; what the sender's kernel sent again. */
export const transfer = async (
  receiver: Namespace,
  sender: Namespace,
  places: readonly (readonly [Place, file: string])[],
): Promise<number> => {
  const stops = await Promise.all(places.map(([place, file]) => capture(place, file)));
  const listening = sender.exec('sh', '-c', 'until ss -Hltn sport = :7000 | grep -q .; do sleep 0.05; done');
  const serving = sender.exec(process.execPath, '-e', server);
  await listening;
  await Promise.all([serving, receiver.exec(process.execPath, '-e', client)]);
  await Promise.all(stops.map((stop) => stop()));
  return resentIn(sender);
};

/** The capture judged by the engine, after tshark has said the same of every packet. */
export const judgedAlike = async (file: string): Promise<JudgedByEngine> => {
  const engine = await judgedByEngine(new Uint8Array(await readFile(file)));
  const tshark = await judgedByTshark(file);
  expect(tshark.streams.size).toBeGreaterThan(1000);
  expect(differences(tshark.verdicts, engine.verdicts)).toEqual([]);
  return engine;
};
