// No plan that validates is refused by the kernel or by nft, and none outside limits.yaml validates. 2,000 plans that validate are all really
// applied in a namespace and undone: of every fifth each step is read back and compared, the others run the same commands and the undo foretold.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadPolicy } from '../../src/host/policy-files.ts';
import { takeSnapshot } from '../../src/host/snapshot.ts';
import { knobs } from '../../src/knobs/index.ts';
import type { ResourceCommand } from '../../src/model/command.ts';
import type { HostPorts } from '../../src/model/ports.ts';
import type { Resource } from '../../src/model/resource.ts';
import { type Snapshot, addressOf, nothingCommitted } from '../../src/model/snapshot.ts';
import { isSteeringWrite } from '../../src/model/steering.ts';
import { sysctlPath } from '../../src/model/sysctl.ts';
import type { CompiledStep } from '../../src/plan/compile.ts';
import { targetsFor } from '../../src/plan/targets.ts';
import { resources } from '../../src/resources/index.ts';
import { readBase } from '../golden/cases.ts';
import { type Lab, openLab } from '../helpers/namespace-ports.ts';
import { judge } from '../helpers/pure-host.ts';
import { type GeneratedPlan, generatedPlans, outsidePlans } from './generated-plans.ts';

const numberIn = (name: string, usual: number): number => {
  const text = process.env[name] ?? String(usual);
  if (!/^[0-9]{1,9}$/.test(text)) throw new Error(`${name} is not a number: ${text}`);
  return Number(text);
};
const seed = numberIn('NETMCP_FUZZ_SEED', 20_260_801);
const wanted = numberIn('NETMCP_FUZZ_PLANS', 2000);
/** Of so many plans one is read back after every step. */
const readBackEvery = 5;
/** Several times what an idle machine needs. */
const timeout = 120_000 + wanted * 400;

const policy = await loadPolicy();
let lab: Lab;
const snapshots: Record<string, Snapshot> = {};

const signal = (): AbortSignal => AbortSignal.timeout(20_000);

/** The agent tells no errno, by which the product knows a link without a speed; no plan goes by it. */
const withoutSpeeds = ({ kernel, ...others }: HostPorts): HostPorts => ({
  ...others,
  kernel: { ...kernel, read: async (path) => (path.endsWith('/speed') ? undefined : kernel.read(path)) },
});

const look = async (iface: string): Promise<Snapshot> =>
  takeSnapshot({
    ports: withoutSpeeds(lab.ports),
    identity: { boot_id: 'boot', netns: 'net:1:1', initial_netns: false },
    resources,
    targets: targetsFor(iface, policy, nothingCommitted),
    committed: nothingCommitted,
    signal: signal(),
  });

beforeAll(async () => {
  lab = await openLab();
  await lab.namespace.exec('ip', 'route', 'add', 'default', 'via', '192.0.2.2', 'dev', 'v0');
  const devices = ['v0', ...Object.keys((await look('v0')).interfaces).filter((name) => name === 'tap0')];
  for (const iface of devices) snapshots[iface] = await look(iface);
});
afterAll(() => lab.close());

const resourceOf = (id: string): Resource => {
  const found = resources.find((resource) => resource.id === id);
  if (found === undefined) throw new Error(`no resource ${id}`);
  return found;
};

/** As src/change/execute.ts does it. */
const act = async ({ action, optional, text }: ResourceCommand): Promise<void> => {
  const { exec, kernel } = lab.ports;
  if (action.kind === 'write_sysctl') return kernel.write(sysctlPath(action.key), `${action.value}\n`);
  if (action.kind === 'write_sysfs') {
    expect(isSteeringWrite(action.path, action.value), text).toBe(true);
    return kernel.write(action.path, `${action.value}\n`);
  }
  const { binary, args, stdin } = action;
  const { code, stdout, stderr } = await exec.run({ binary, args, ...(stdin === undefined ? {} : { stdin }) });
  if (code !== 0 && optional !== true) throw new Error(`${text}: ${stderr === '' ? stdout : stderr}`);
};

const perform = async (commands: readonly ResourceCommand[]): Promise<void> => {
  for (const command of commands) await act(command);
};

/** nft's own check of a script, before it is loaded. */
const checkScripts = async (commands: readonly ResourceCommand[]): Promise<void> => {
  for (const command of commands)
    if (command.action.kind === 'exec' && command.action.binary === 'nft')
      await act({ ...command, action: { ...command.action, args: ['-c', '-f', '-'] } });
};

/** A tap takes any number and keeps 64 at most (NAPI_POLL_WEIGHT), which only reading back shows: such a change is undone when verified. */
const tapFramesMost = '64';

const readBack = async ({ step: { resource: id, target }, ...of }: CompiledStep, state: unknown): Promise<unknown> => {
  const resource = resourceOf(id);
  const observed = await resource.read(target, lab.ports, signal());
  const differences = resource
    .differences(target, state, observed)
    .filter(({ path, current }) => !(path === 'coalescing.tap0.rx_frames' && current === tapFramesMost));
  expect(differences, of.commands.map(({ text }) => text).join('\n')).toEqual([]);
  return observed;
};

const applyAndUndo = async (steps: readonly CompiledStep[], before: Snapshot, thorough: boolean): Promise<void> => {
  for (const compiled of steps) {
    if (thorough) await checkScripts(compiled.commands);
    await perform(compiled.commands);
  }
  // Read once all stand: a later step must leave an earlier one alone.
  const undo = new Map<CompiledStep, readonly ResourceCommand[]>();
  for (const compiled of thorough ? steps : []) {
    const { resource, target, from, to } = compiled.step;
    undo.set(compiled, resourceOf(resource).commands(target, await readBack(compiled, to), from));
  }
  for (const compiled of [...steps].reverse()) await perform(undo.get(compiled) ?? compiled.undo);
  for (const compiled of thorough ? steps : []) {
    const { resource, target, from } = compiled.step;
    expect(await readBack(compiled, from)).toEqual(before.observed[addressOf(resource, target)]);
  }
};

/** What this host cannot do whatever is wished of it, so that no plan with it is asked for. */
const feasible = (): string[] =>
  knobs
    .filter(({ id, examples }) =>
      Object.values(snapshots).some((snapshot, at) => {
        const iface = Object.keys(snapshots)[at] ?? '';
        const codes = examples.map(({ wish }) =>
          judge({ iface, emulate: true, changes: { [id]: wish } }, snapshot, policy)
            .issues.filter(({ severity }) => severity === 'error')
            .map(({ code }) => code),
        );
        // Some kind of qdisc every kernel has.
        return id === 'qdisc' || codes.some((found) => !found.some((code) => /^(missing_|not_permitted)/.test(code)));
      }),
    )
    .map(({ id }) => id);

it(`applies and undoes ${wanted} plans that validate (seed ${seed})`, { timeout }, async () => {
  let drawn = 0;
  let changing = 0;
  const valid: GeneratedPlan[] = [];
  const uses = new Map<string, number>();
  while (valid.length < wanted && drawn < wanted * 2) {
    for (const plan of generatedPlans(200, seed + drawn, snapshots, policy)) {
      drawn += 1;
      const snapshot = snapshots[plan.iface];
      if (snapshot === undefined) throw new Error(`no snapshot of ${plan.iface}`);
      const { ok, compiled } = judge(plan, snapshot, policy);
      if (!ok || compiled === null) continue;
      valid.push(plan);
      changing += compiled.steps.length > 0 ? 1 : 0;
      for (const id of Object.keys(plan.changes)) uses.set(id, (uses.get(id) ?? 0) + 1);
      try {
        await applyAndUndo(compiled.steps, snapshot, valid.length % readBackEvery === 0);
      } catch (error) {
        throw new Error(`plan ${valid.length}, seed ${seed}: ${JSON.stringify(plan)}`, { cause: error });
      }
    }
  }
  process.stdout.write(`seed ${seed}: ${drawn} plans, ${valid.length} validated, ${changing} changed something\n`);
  process.stdout.write(`${[...uses].map(([id, count]) => `${id} ${count}`).join(', ')}\n`);
  expect(valid.length).toBeGreaterThanOrEqual(wanted);
  expect(changing).toBeGreaterThanOrEqual(wanted * 0.8);
  for (const id of feasible()) expect(uses.get(id) ?? 0, id).toBeGreaterThanOrEqual(Math.min(20, wanted / 20));
  for (const [iface, before] of Object.entries(snapshots))
    expect((await look(iface)).observed).toEqual(before.observed);
});

/** One spelling of the entries of a list. */
const spelled = (path: string): string => path.replace(/\.(\d+)(?=[.[]|$)/g, '[$1]');

it(`refuses ${wanted} plans with one value out of bounds, at its place (seed ${seed})`, { timeout }, () => {
  const snapshot = readBase('debian');
  const [iface = ''] = Object.keys(snapshot.interfaces).filter((name) => name !== 'lo');
  const places = new Set<string>();
  for (const { plan, path } of outsidePlans(wanted, seed, iface, policy)) {
    const { ok, issues } = judge(plan, snapshot, policy);
    const found = issues.filter(({ severity, path: at }) => severity === 'error' && spelled(at) === path);
    const said = `${JSON.stringify(plan)} at ${path}: ${JSON.stringify(issues)}`;
    expect(ok, said).toBe(false);
    expect(
      found.some(({ code }) => ['limit_exceeded', 'invalid_argument', 'plan_refused'].includes(code)),
      said,
    ).toBe(true);
    places.add(path);
  }
  expect(places.size).toBeGreaterThan(Math.min(100, wanted / 4));
});
