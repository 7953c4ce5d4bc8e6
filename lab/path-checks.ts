// mtr over a chain of four routers on a full kernel, with what the machine's own kernel may lack: loss and delay by netem.
// Importing this file does nothing, so that the tests know the names before the lab boots.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createProbeSockets } from '../src/host/probe-sockets.ts';
import { mtr } from '../src/operations/probe/mtr.ts';
import { createTargetGuard } from '../src/probe/targets/guard.ts';
import { openNamespace, type Namespace } from '../tests/helpers/netns.ts';
import { plainSettings, refusingPorts } from '../tests/helpers/refusing-ports.ts';
import { openChain, targetHop } from '../tests/probe/path-chain.ts';
import { mtrAnswer } from '../tests/probe/path-answers.ts';
import { type Check } from './report.ts';

const run = async (file: string, ...argv: string[]): Promise<string> => (await promisify(execFile)(file, argv)).stdout;

const notHere = async (): Promise<never> => Promise.reject(new Error('not on the host itself'));

/** The lab's initial namespace as the chain's client, so that the probes leave from this process. */
const host: Namespace = {
  name: 'the host',
  exec: run,
  connect: notHere,
  addIfb: notHere,
  addTap: notHere,
  dump: notHere,
  remove: async () => {
    await run('ip', 'link', 'del', 'right');
  },
};

const measure = async (target: string) => {
  const ports = refusingPorts({ targets: createTargetGuard(plainSettings.security), probes: createProbeSockets() });
  const answer = await mtr.run({ target, count: 80, interval_s: 0.1, timeout_s: 2, resolve_names: false }, ports, {
    signal: new AbortController().signal,
    progress: () => undefined,
    client: { kind: 'cli', name: 'lab', version: '0' },
  });
  return mtrAnswer.parse(answer);
};

const lossOnTheLastLink: Check = async () => {
  const opened: Namespace[] = [];
  try {
    const chain = await openChain(async () => {
      const namespace = opened.length === 0 ? host : await openNamespace();
      opened.push(namespace);
      return namespace;
    });
    await chain.silence(2);
    await chain.limitErrors(3, 2000);
    await chain.node(3).exec('tc', 'qdisc', 'add', 'dev', 'right', 'root', 'netem', 'delay', '60ms');
    await chain.node(4).exec('tc', 'qdisc', 'add', 'dev', 'right', 'root', 'netem', 'loss', '10%');
    const answer = await measure(chain.addressOf(targetHop));
    process.stdout.write(`\n${answer.summary} ${answer.issues_detected.join(' ')}\n`);
    assert.equal(answer.reached, true);
    // Of 80 probes at 10 %, none or more than 25 are lost once in some thousand runs.
    assert.ok((answer.target_loss_percent ?? 0) > 0 && (answer.target_loss_percent ?? 100) < 32);
    assert.equal(answer.loss_begins_at_hop, targetHop);
    assert.deepEqual(
      answer.hops.map(({ loss_is: meaning }) => meaning),
      ['none', 'icmp_silence', 'icmp_rate_limiting', 'none', 'path_loss'],
    );
    assert.ok(answer.latency_steps.some(({ hop_number: hop, added_ms: added }) => hop === 4 && added >= 50));
  } finally {
    for (const namespace of opened) await namespace.remove();
  }
};

export const pathChecks: Readonly<Record<string, Check>> = {
  'mtr names 10 % loss on the last link and a delay in the middle, past a silent and a rate-limited hop':
    lossOnTheLastLink,
};
