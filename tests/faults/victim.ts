// A process that applies a plan with the product's own engine and is made to die or to fail where it is told.
// Usage: victim.ts JSON, with {stateDir, plan, confirm, killAfter?, killWhom?, failAction?, failAgain?, failForever?}; prints the report as JSON.
import { NetError } from '../../src/model/errors.ts';
import type { ExecRequest, HostPorts } from '../../src/model/ports.ts';
import { applyPlan } from '../../src/change/apply.ts';
import { confirmChange } from '../../src/change/confirm.ts';
import { renderHere } from '../../src/change/prepare.ts';
import type { JournalRecord } from '../../src/change/records.ts';
import { openEngine } from '../helpers/engine.ts';
import { orderSchema } from './order.ts';

const order = orderSchema.parse(JSON.parse(process.argv[2] ?? '{}'));
const never = new AbortController().signal;
const die = (guard: number | undefined): void => {
  if (order.killWhom === 'guard and self' && guard !== undefined) process.kill(guard, 'SIGKILL');
  const signal = order.killWhom === 'stop' ? 'SIGSTOP' : 'SIGKILL';
  process.kill(order.killWhom === 'group' ? 0 : process.pid, signal);
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

let actions = 0;
const fails = (): boolean => {
  actions += 1;
  if (order.failAction === undefined) return false;
  if (order.failForever === true) return actions >= order.failAction;
  return actions === order.failAction || actions === order.failAgain;
};
const wrap = (host: HostPorts): HostPorts => ({
  ...host,
  exec: {
    find: (binary) => host.exec.find(binary),
    run: (request) =>
      mutates(request) && fails()
        ? Promise.resolve({ code: 1, stdout: '', stderr: 'failure injected by a test' })
        : host.exec.run(request),
  },
  kernel: {
    ...host.kernel,
    write: (path, text) =>
      fails()
        ? Promise.reject(new NetError('step_failed', `failure injected by a test at ${path}`, 'None: this is a test.'))
        : host.kernel.write(
            path,
            order.misset === true && path.endsWith('/tcp_fin_timeout') ? text.replace('30', '31') : text,
          ),
  },
});

const engine = await openEngine({ stateDir: order.stateDir, wrap, onRecord });
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
