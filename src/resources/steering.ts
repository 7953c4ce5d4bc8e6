// Which CPUs serve an interface's queues: the RPS masks and flow counts of its receive queues, the XPS masks of its send queues.
import * as z from 'zod';
import { type ResourceCommand, shellQuote } from '../model/command.ts';
import { errnoOf, NetError } from '../model/errors.ts';
import { warning } from '../model/finding.ts';
import type { HostPorts, KernelFiles } from '../model/ports.ts';
import { type Difference, defineResource } from '../model/resource.ts';
import { addressOf } from '../model/snapshot.ts';
import {
  type SteeringObserved,
  normaliseQueueValue,
  queueFilePattern,
  queuePath,
  queueValueSchema,
  queueValueText,
  steeringObservedSchema,
} from '../model/steering.ts';

const id = 'steering';
/** Values by queue file; a file that has gone with its queue is nothing to restore. */
const stateSchema = z.strictObject({ queues: z.record(z.string().regex(queueFilePattern), queueValueSchema) });
type State = z.infer<typeof stateSchema>;
export type SteeringPart = State;

/** What of `ip -j link show` tells an interface from another one of its name. */
const shownSchema = z.array(z.object({ ifindex: z.number(), address: z.string().optional() })).length(1);

/** A driver or queue that cannot tell a value answers EINVAL or the like: then it has none. */
const readIfTold = async (kernel: KernelFiles, path: string): Promise<string | undefined> => {
  try {
    return await kernel.read(path);
  } catch (failure) {
    if (
      failure instanceof NetError &&
      (failure.code === 'missing_kernel_feature' || errnoOf(failure.cause) === 'EINVAL')
    )
      return undefined;
    throw failure;
  }
};

/** /sys shows the namespace that mounted it: after `unshare -n` the interface there may be another one of the same name. */
const checkSameInterface = async (iface: string, { exec, kernel }: HostPorts, signal: AbortSignal): Promise<void> => {
  const { code, stdout, stderr } = await exec.run({
    binary: 'ip',
    args: ['-j', 'link', 'show', 'dev', iface],
    signal,
  });
  if (code !== 0 && /does not exist|Cannot find device|No such device/i.test(stderr))
    throw new NetError('not_found', `there is no interface "${iface}"`, 'Name one that get_interfaces lists.');
  const [shown] = code === 0 ? shownSchema.parse(JSON.parse(stdout)) : [];
  const folder = `/sys/class/net/${iface}`;
  const ifindex = await readIfTold(kernel, `${folder}/ifindex`);
  const address = await readIfTold(kernel, `${folder}/address`);
  if (shown?.ifindex === Number(ifindex) && (shown.address ?? '') === (address ?? '').trim()) return;
  throw new NetError(
    'missing_kernel_feature',
    `/sys does not show ${iface} of this network namespace`,
    'Enter the namespace with "ip netns exec", which mounts its own /sys, or leave packet steering out.',
  );
};

const filesOf = (queue: string): string[] =>
  (queue.startsWith('rx-') ? ['rps_cpus', 'rps_flow_cnt'] : ['xps_cpus'])
    .map((name) => `${queue}/${name}`)
    .filter((file) => queueFilePattern.test(file));

const movedFiles = (state: State, observed: SteeringObserved): [string, string, string][] =>
  Object.entries(state.queues).flatMap(([file, desired]) => {
    const current = observed?.queues[file];
    return current === undefined || current === desired ? [] : [[file, current, desired]];
  });

const differences = (iface: string, state: State, observed: SteeringObserved): Difference[] =>
  movedFiles(state, observed).map(([file, current, desired]) => ({
    path: `${id}.${iface}.${file}`,
    current: queueValueText(file, current),
    desired: queueValueText(file, desired),
  }));

const write = (path: string, value: string): ResourceCommand => ({
  slot: 'ethtool_cmds',
  text: `echo ${shellQuote(value)} > ${shellQuote(path)}`,
  action: { kind: 'write_sysfs', path, value },
});

export const steeringResource = defineResource<State, SteeringObserved, SteeringPart>({
  id,
  scope: 'interface',
  state: stateSchema,
  observed: steeringObservedSchema,
  part: stateSchema,
  order: () => 25,
  async read(iface, ports, signal) {
    await checkSameInterface(iface, ports, signal);
    const names = await ports.kernel.list(`/sys/class/net/${iface}/queues`);
    const read = await Promise.all(
      names.flatMap(filesOf).map(async (file) => {
        const text = await readIfTold(ports.kernel, queuePath(iface, file));
        const value = text === undefined ? undefined : normaliseQueueValue(file, text);
        return value === undefined ? [] : [[file, value] as const];
      }),
    );
    const queues = Object.fromEntries(read.flat());
    const [first] = Object.keys(queues);
    const writable = first !== undefined && (await ports.kernel.writable(queuePath(iface, first)));
    return { writable, queues };
  },
  current: (_iface, observed) => ({ queues: observed?.queues ?? {} }),
  compose(iface, parts, { original, snapshot }) {
    // Only what was or is wished: other queues may be somebody else's.
    const before = stateSchema.safeParse(snapshot.committed.states[addressOf(id, iface)]);
    const left = Object.keys(before.data?.queues ?? {}).flatMap((file) => {
      const value = original.queues[file];
      return value === undefined ? [] : [[file, value] as const];
    });
    const wanted = parts.flatMap((entry) => Object.entries(entry.part.queues));
    const later = wanted.map(([file]) => file).filter((file) => original.queues[file] === undefined);
    const path = `changes.${parts.at(-1)?.knob ?? id}`;
    const message = `what ${later.join(', ')} held at first is not on record, so removing this wish later leaves it as it is`;
    const said = warning(path, 'no_original', message, 'Undoing this change itself restores it exactly.');
    return {
      state: { queues: Object.fromEntries([...left, ...wanted]) },
      findings: later.length === 0 ? [] : [said],
    };
  },
  differences,
  expected(_iface, state, observed) {
    if (observed === null) return null;
    const moved = movedFiles(state, observed).map(([file, , desired]) => [file, desired] as const);
    return { ...observed, queues: { ...observed.queues, ...Object.fromEntries(moved) } };
  },
  commands: (iface, observed, to) =>
    movedFiles(to, observed).map(([file, , desired]) => write(queuePath(iface, file), queueValueText(file, desired))),
});
