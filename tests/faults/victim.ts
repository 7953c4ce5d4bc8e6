// A process that applies a plan with the product's own engine and is made to die or to fail where it is told.
// Usage: victim.ts JSON, with {stateDir, plan, confirm, killAfter?, killWhom?, failAction?, failForever?}; prints the report as JSON.
import { NetError } from '../../src/model/errors.ts';
import type { ExecRequest, HostPorts } from '../../src/model/ports.ts';
import { applyPlan } from '../../src/change/apply.ts';
import { confirmChange } from '../../src/change/confirm.ts';
import type { ChangeEngine } from '../../src/change/engine.ts';
import { renderHere } from '../../src/change/prepare.ts';
import type { JournalRecord } from '../../src/change/records.ts';
import { createHostPorts } from '../../src/host/host-ports.ts';
import { readIdentity } from '../../src/host/identity.ts';
import { createProcesses } from '../../src/host/processes.ts';
import { createLook } from '../../src/host/snapshot.ts';
import { loadPolicy } from '../../src/host/policy-files.ts';
import { knobs } from '../../src/knobs/index.ts';
import { resources } from '../../src/resources/index.ts';
import { openOwnedDirectory, openRuntimeDirectory } from '../../src/store/directory.ts';
import { orderSchema } from './order.ts';

const order = orderSchema.parse(JSON.parse(process.argv[2] ?? '{}'));
const never = new AbortController().signal;
const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: (text: string) => process.stderr.write(`${text}\n`),
};

const die = (guard: number | undefined): void => {
  if (order.killWhom === 'guard and self' && guard !== undefined) process.kill(guard, 'SIGKILL');
  process.kill(order.killWhom === 'group' ? 0 : process.pid, 'SIGKILL');
};

let records = 0;
let guard: number | undefined;
const onRecord = (record: JournalRecord): Promise<void> => {
  if (record.type === 'guard') guard = record.pid;
  records += 1;
  if (order.killAfter === records) die(guard);
  return Promise.resolve();
};

/** Commands that change the host, as opposed to those that read it. */
const mutates = (request: ExecRequest): boolean =>
  request.args.includes('-batch') ||
  request.args.includes('-K') ||
  (request.binary === 'nft' && request.args.includes('-f') && !request.args.includes('-c')) ||
  (request.binary === 'ip' && request.args.includes('link') && !request.args.includes('show'));

const host = createHostPorts(quiet);
let actions = 0;
const fails = (): boolean => {
  actions += 1;
  if (order.failAction === undefined) return false;
  return order.failForever === true ? actions >= order.failAction : actions === order.failAction;
};
const ports: HostPorts = {
  ...host,
  exec: {
    find: (binary) => host.exec.find(binary),
    run: (request) =>
      mutates(request) && fails()
        ? Promise.resolve({ code: 1, stdout: '', stderr: 'failure injected by a test', timedOut: false })
        : host.exec.run(request),
  },
  kernel: {
    ...host.kernel,
    write: (path, text) =>
      fails()
        ? Promise.reject(new NetError('step_failed', `failure injected by a test at ${path}`, 'None: this is a test.'))
        : host.kernel.write(path, text),
  },
};

const identity = await readIdentity();
const engine: ChangeEngine = {
  ports,
  processes: createProcesses(),
  look: createLook(ports, readIdentity),
  mayChange: () => Promise.resolve(true),
  identity,
  policy: await loadPolicy(),
  stateDir: await openOwnedDirectory(order.stateDir),
  runtimeDir: await openRuntimeDirectory(identity.netns),
  knobs,
  resources,
  onRecord,
};
const rendered = await renderHere(engine, order.plan, never);
process.stderr.write('applying\n');
const report = await applyPlan(
  engine,
  { plan_id: rendered.plan_id, label: 'faults', confirm_timeout_s: order.confirmTimeout, dry_run: false },
  { signal: never, progress: () => undefined },
);
if (order.confirm && report.change_id !== null && report.state === 'pending')
  await confirmChange(engine, report.change_id, never);
process.stdout.write(JSON.stringify({ report, records, actions }));
process.exit(0);
