// The round trip of a tc case on a real device: compose by the knobs, bring about, read back, undo, compare the dumps byte for byte.
import { smallPolicy } from '../helpers/small-policy.ts';
import { spawnSync } from 'node:child_process';
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { checkAllowed } from '../../src/host/allowlist.ts';
import type { ResourceCommand } from '../../src/model/command.ts';
import type { Knob } from '../../src/model/knob.ts';
import type { ExecResult, HostPorts } from '../../src/model/ports.ts';
import type { Composed, PartEntry } from '../../src/model/resource.ts';
import type { Features, Snapshot } from '../../src/model/snapshot.ts';
import { addressOf, nothingCommitted } from '../../src/model/snapshot.ts';
import { htbClassesKnob } from '../../src/knobs/htb-classes.ts';
import { netemKnob } from '../../src/knobs/netem.ts';
import { qdiscKnob } from '../../src/knobs/qdisc.ts';
import { shaperKnob } from '../../src/knobs/shaper.ts';
import { tcResource } from '../../src/resources/tc/resource.ts';
import type { TcCase } from './tc-cases.ts';

const knobs: readonly Knob[] = [qdiscKnob, shaperKnob, netemKnob, htbClassesKnob];

/** Where the device is: a network namespace by name, or the one this process is in. */
export interface Place {
  namespace: string | undefined;
  features: Features;
}

const run = ({ namespace }: Place, argv: readonly string[], input = ''): ExecResult => {
  const [file = '', ...args] = namespace === undefined ? argv : ['ip', 'netns', 'exec', namespace, ...argv];
  const { status, stdout, stderr, error } = spawnSync(file, args, { encoding: 'utf8', input });
  if (error !== undefined) throw error;
  return { code: status, stdout, stderr };
};

/** Runs argv there and answers with its stdout; throws when it fails. */
export const sh = (place: Place, text: string): string => {
  const { code, stdout, stderr } = run(place, text.split(' '));
  if (code !== 0) throw new Error(`${text}: ${stderr}`);
  return stdout;
};

export const portsAt = (place: Place): HostPorts => ({
  exec: {
    run: async ({ binary, args, stdin }) => {
      checkAllowed(binary, args, stdin);
      return run(place, [binary, ...args], stdin);
    },
    find: async (binary) => `/usr/sbin/${binary}`,
  },
  kernel: {
    read: async (path) => {
      const { code, stdout } = run(place, ['cat', path]);
      return code === 0 ? stdout : undefined;
    },
    write: async (path) => assert.fail(`tc wrote to ${path}`),
    list: async (path) => assert.fail(`tc listed ${path}`),
    writable: async () => false,
  },
  clock: { now: () => Date.now(), bootTimeMs: () => performance.now() },
  log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
});

export const snapshotAt = (place: Place, device: string, observed: unknown): Snapshot => ({
  ...{
    kernel: '6.1.0',
    boot_id: 'b',
    netns: 'net:1:1',
    initial_netns: false,
    net_admin: true,
    memory_bytes: 2 ** 31,
    cpus: 2,
  },
  interfaces: {
    [device]: {
      ...{
        name: device,
        ifindex: 2,
        mac: null,
        kind: null,
        mtu: 1500,
        min_mtu: 68,
        max_mtu: 9000,
        up: true,
        carrier: true,
        txqueuelen: 1000,
      },
      ...{ speed_mbps: 1000, ipv4: [], ipv6: [], master: null },
    },
  },
  ...{ default_interface: device, management_ports: [22], features: place.features, committed: nothingCommitted },
  observed: { [addressOf('tc', device)]: observed },
});

/** What the planner does with a plan's changes, for this resource alone. Throws on a schema error. */
export const composeCase = (
  changes: TcCase['changes'],
  device: string,
  snapshot: Snapshot,
  original: unknown,
): Composed<unknown> => {
  const parts: PartEntry<unknown>[] = [];
  const findings: Composed<unknown>['findings'] = [];
  for (const knob of knobs) {
    const wish = changes[knob.id];
    if (wish === undefined) continue;
    const given = knob.fragments(wish, {
      ...{ iface: device, snapshot, wishes: changes, emulate: true, origin: () => 'plan' },
      policy: smallPolicy(),
    });
    findings.push(...given.findings);
    for (const fragment of given.fragments) {
      if (fragment.resource === 'tc') parts.push({ iface: device, knob: knob.id, part: fragment.part });
    }
  }
  if (parts.length === 0) return { state: original, findings };
  const composed = tcResource.compose(device, parts, { snapshot, original });
  return { state: composed.state, findings: [...findings, ...composed.findings] };
};

/** All that tc and ip tell about the place, counters and other sides' changing numbers apart. */
export const dump = (place: Place, device: string): string => {
  const side = (name: string): string =>
    [`tc -d qdisc show dev ${name}`, `tc -d class show dev ${name}`, `tc -d filter show dev ${name}`]
      .map((text) => sh(place, text))
      .join('');
  return side(device) + sh(place, 'ip -d link show');
};

export const read = (place: Place, device: string): Promise<unknown> =>
  tcResource.read(device, portsAt(place), AbortSignal.timeout(20_000));

export const perform = async (place: Place, commands: readonly ResourceCommand[]): Promise<void> => {
  const { exec } = portsAt(place);
  for (const { action, optional, text } of commands) {
    if (action.kind !== 'exec') throw new Error(`not a program: ${text}`);
    const { binary, args, stdin } = action;
    const { code, stderr } = await exec.run({ binary, args, ...(stdin === undefined ? {} : { stdin }) });
    if (code !== 0 && optional !== true) throw new Error(`${text}: ${stderr}`);
  }
};

export const bringAbout = async (place: Place, device: string, state: unknown): Promise<void> => {
  await perform(place, tcResource.commands(device, await read(place, device), state));
};

/** Makes the case stand on `device`, checks it, undoes it; fails where anything is not as it must be. */
export const roundTrip = async (
  place: Place,
  device: string,
  { changes, shows }: Pick<TcCase, 'changes' | 'shows'>,
): Promise<void> => {
  const before = dump(place, device);
  const observed = await read(place, device);
  const snapshot = snapshotAt(place, device, observed);
  const original = tcResource.current(device, observed, { snapshot, committed: undefined, takeover: false });
  const { state, findings } = composeCase(changes, device, snapshot, original);
  assert.deepEqual(
    findings.filter((finding) => finding.severity === 'error'),
    [],
  );
  assert.notDeepEqual(tcResource.differences(device, state, observed), [], 'the case changes nothing');

  try {
    await bringAbout(place, device, state);
    const after = await read(place, device);
    assert.deepEqual(tcResource.differences(device, state, after), []);
    const shown = dump(place, device);
    for (const pattern of shows) assert.match(shown, pattern);
    assert.deepEqual(tcResource.commands(device, after, state), [], 'a second apply would do something');
    assert.deepEqual(tcResource.current(device, after, { snapshot, committed: state, takeover: false }), state);
    assert.notDeepEqual(tcResource.differences(device, original, after), []);
    // What undo would be shown as before anything is done is what undo does.
    const foretold = tcResource.expected(device, state, observed);
    assert.deepEqual(tcResource.differences(device, state, foretold), []);
    assert.deepEqual(tcResource.commands(device, foretold, original), tcResource.commands(device, after, original));
  } finally {
    // Also after a failure, so that the next case finds the device as it was.
    await bringAbout(place, device, original);
  }
  assert.deepEqual(tcResource.differences(device, original, await read(place, device)), []);
  assert.equal(dump(place, device), before);
};

/** The same commands with every line of a batch by itself: the places where a kill can leave off. */
export const singleCommands = (commands: readonly ResourceCommand[]): ResourceCommand[] =>
  commands.flatMap((command) => {
    const { action } = command;
    if (action.kind !== 'exec' || action.stdin === undefined) return [command];
    const lines = action.stdin.split('\n').filter((line) => line !== '');
    return lines.map((line) => ({ ...command, text: line, action: { ...action, stdin: `${line}\n` } }));
  });

/** A foreign root is refused unless taken over, and then put back byte for byte; or refused with what could not be. */
export const takeOver = async (
  place: Place,
  device: string,
  { words, restorable }: { words: string; restorable: boolean },
): Promise<void> => {
  sh(place, `tc qdisc add dev ${device} root ${words}`);
  const before = dump(place, device);
  const observed = await read(place, device);
  const snapshot = snapshotAt(place, device, observed);
  const current = (takeover: boolean): unknown =>
    tcResource.current(device, observed, { snapshot, committed: undefined, takeover });
  assert.throws(() => current(false), { code: 'plan_refused', message: /did not make/ });
  if (!restorable)
    assert.throws(() => current(true), { code: 'plan_refused', message: /could not be restored exactly/ });
  else {
    const original = current(true);
    assert.deepEqual(tcResource.differences(device, original, observed), []);
    const { state } = composeCase({ shaper: { egress_mbit: 20 } }, device, snapshot, original);
    await bringAbout(place, device, state);
    assert.deepEqual(tcResource.differences(device, state, await read(place, device)), []);
    await bringAbout(place, device, original);
  }
  assert.equal(dump(place, device), before);
  sh(place, `tc qdisc del dev ${device} root`);
};
