// What the lab shows: queueing disciplines and nftables features that the machine's own kernel may lack, set and read back on a real kernel.
// Importing this file does nothing, so that the tests know the names before the lab boots.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import assert from 'node:assert/strict';
import { type Check } from './report.ts';

const run = (file: string, ...argv: string[]): string =>
  execFileSync(file, argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

const device = 'lab0';
const rootQdisc = (): string => run('tc', '-d', 'qdisc', 'show', 'dev', device);

/** Sets a root qdisc on an ifb, expects `wanted` in what the kernel answers, and takes it away again. */
function qdisc(argv: readonly string[], wanted: RegExp): () => void {
  return () => {
    const before = rootQdisc();
    run('tc', 'qdisc', 'replace', 'dev', device, 'root', 'handle', '1:', ...argv);
    assert.match(rootQdisc(), wanted);
    run('tc', 'qdisc', 'del', 'dev', device, 'root');
    assert.equal(rootQdisc(), before);
  };
}

/** Makes the device that the checks work on. */
export function prepare(): void {
  run('modprobe', 'ifb', 'numifbs=0');
  run('ip', 'link', 'add', device, 'type', 'ifb');
  run('ip', 'link', 'set', device, 'up');
}

export const checks: Readonly<Record<string, Check>> = {
  'fq keeps its limits': qdisc(
    ['fq', 'limit', '5000', 'flow_limit', '50'],
    /qdisc fq 1: root .*limit 5000p flow_limit 50p/,
  ),
  'fq_codel keeps target and interval': qdisc(
    ['fq_codel', 'target', '10ms', 'interval', '200ms'],
    /qdisc fq_codel 1: root .*target 10ms.* interval 200ms/,
  ),
  'cake keeps bandwidth and diffserv mode': qdisc(
    ['cake', 'bandwidth', '20mbit', 'diffserv4'],
    /qdisc cake 1: root .*bandwidth 20Mbit diffserv4/,
  ),
  'netem keeps delay and loss': qdisc(
    ['netem', 'delay', '20ms', '5ms', 'loss', '1%'],
    /qdisc netem 1: root .*delay 20ms {2}5ms loss 1%/,
  ),
  'sfq keeps its perturbation': qdisc(['sfq', 'perturb', '10'], /qdisc sfq 1: root .*perturb 10sec/),
  'bbr can be chosen': () => {
    const path = '/proc/sys/net/ipv4/tcp_congestion_control';
    const before = readFileSync(path, 'utf8');
    run('modprobe', 'tcp_bbr');
    writeFileSync(path, 'bbr');
    assert.equal(readFileSync(path, 'utf8').trim(), 'bbr');
    writeFileSync(path, before);
  },
  'nft counts connections per source': () => {
    const rules = `table inet labcheck {
      set peers { type ipv4_addr; size 1024; flags dynamic; }
      chain input { type filter hook input priority 0; tcp dport 80 ct state new add @peers { ip saddr ct count over 100 } reject; }
    }`;
    execFileSync('nft', ['-f', '-'], { input: rules });
    assert.match(run('nft', '-s', 'list', 'table', 'inet', 'labcheck'), /ct count over 100/);
    run('nft', 'delete', 'table', 'inet', 'labcheck');
  },
  'the initial namespace has default_qdisc': () => {
    const path = '/proc/sys/net/core/default_qdisc';
    const before = readFileSync(path, 'utf8');
    writeFileSync(path, 'fq_codel');
    assert.equal(readFileSync(path, 'utf8').trim(), 'fq_codel');
    writeFileSync(path, before);
  },
};
