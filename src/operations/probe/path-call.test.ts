import { describe, expect, test } from 'vitest';
import { refusingPorts } from '../../../tests/helpers/refusing-ports.ts';
import { plainHops, simulatePath, type SimulatedPath } from '../../../tests/probe/simulated-path.ts';
import { NetError } from '../../model/errors.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import type { ExecRequest } from '../../model/ports.ts';
import type { ProbeSockets, TargetGuard } from '../../model/probe.ts';
import { mtr } from './mtr.ts';
import { tracepath } from './tracepath.ts';
import { traceroute } from './traceroute.ts';

const target = '192.0.2.3';
const guard: TargetGuard = {
  check: async (asked) => ({ target: asked, address: target, family: 4, addresses: [target] }),
  checkAddress: () => {
    throw new Error('not asked');
  },
  checkName: () => undefined,
};
const refusing: TargetGuard = {
  ...guard,
  check: async () => {
    throw new NetError('target_refused', 'Refused.', 'Ask for another.');
  },
};
const closed: ProbeSockets = {
  open: async () => {
    throw new NetError('not_permitted', 'No sockets.', 'Be root.');
  },
};
const over = (path: SimulatedPath): { probes: ProbeSockets; asked: unknown[] } => {
  const asked: unknown[] = [];
  return {
    asked,
    probes: {
      open: async (family, methods) => {
        asked.push([family, methods]);
        return path;
      },
    },
  };
};
const call = (signal = new AbortController().signal, heard: string[] = []) => ({
  signal,
  progress: (done: number, total: number | null, message: string) => {
    heard.push(`${done}/${total ?? '?'} ${message}`);
  },
  client: { kind: 'cli' as const, name: 'test', version: '0' },
});
const quick = { target: 'router.example', timeout_s: 0.1, resolve_names: false };

describe.for([traceroute, tracepath, mtr])('$name', (operation) => {
  test('asks the guard before it opens a socket', async () => {
    const ports = refusingPorts({ targets: refusing });
    await expect(operation.run(quick, ports, call())).rejects.toMatchObject({ code: 'target_refused' });
  });

  test('probes the checked address only, reports progress, and closes the socket', async () => {
    const path = simulatePath(plainHops(3));
    const { probes, asked } = over(path);
    const heard: string[] = [];
    const answer = await operation.run(quick, refusingPorts({ targets: guard, probes }), call(undefined, heard));
    expect(answer).toMatchObject({ success: true, target: 'router.example', resolved_ip: target, method: 'icmp_raw' });
    expect(new Set(path.sent.map(({ address }) => address))).toEqual(new Set([target]));
    expect(asked).toEqual([[4, ['icmp', 'udp']]]);
    expect(heard.length).toBeGreaterThan(1);
    expect(path.closed).toBe(true);
    expect(answer['summary']).toContain(target);
  });

  test('closes the socket when it is cancelled', async () => {
    const path = simulatePath(plainHops(3), { open: false });
    const controller = new AbortController();
    const running = operation.run(
      { ...quick, timeout_s: 10 },
      refusingPorts({ targets: guard, probes: over(path).probes }),
      call(controller.signal),
    );
    const reason = new NetError('cancelled', 'Told to.', 'Call again.');
    setTimeout(() => {
      controller.abort(reason);
    }, 50);
    await expect(running).rejects.toBeInstanceOf(Error);
    expect(path.closed).toBe(true);
  });

  test('takes UDP without rights and says so', async () => {
    const path = simulatePath(plainHops(3), { method: 'udp' });
    const ports = refusingPorts({ targets: guard, probes: over(path).probes });
    const answer = await operation.run({ ...quick, ...(operation === mtr ? { count: 2 } : {}) }, ports, call());
    expect(answer).toMatchObject({ method: 'udp' });
    expect(String(answer['notes'])).toContain('may not send ICMP echo');
  });

  test('a method that is asked for is not replaced', async () => {
    const { probes, asked } = over(simulatePath(plainHops(3)));
    await operation.run({ ...quick, method: 'icmp' }, refusingPorts({ targets: guard, probes }), call());
    expect(asked).toEqual([[4, ['icmp']]]);
  });

  test.for([{ max_hops: 65 }, { max_hops: 0 }, { timeout_s: 11 }, { method: 'tcp' }, { flags: '-I' }])(
    'refuses %j',
    async (input) => {
      await expect(operation.run({ ...quick, ...input }, refusingPorts(), call())).rejects.toBeInstanceOf(NetError);
    },
  );
});

describe('mtr without sockets', () => {
  const hub = (count: number, host: string, loss: number) => ({
    ...{ count, host, 'Loss%': loss, Snt: 4 },
    ...{ Last: 1, Avg: 1, Best: 1, Wrst: 1, StDev: 0 },
  });
  const withProgram = (requests: ExecRequest[], code = 0): OperationPorts['exec'] => ({
    find: async () => '/usr/bin/mtr',
    run: async (request) => {
      requests.push(request);
      const hubs = [hub(1, '192.0.2.1', 0), hub(2, '???', 100), hub(3, target, 0)];
      return { code, stdout: JSON.stringify({ report: { hubs } }), stderr: 'mtr-packet: no' };
    },
  });

  test('lets the program measure the checked address, and says so', async () => {
    const requests: ExecRequest[] = [];
    const ports = refusingPorts({ targets: guard, probes: closed, exec: withProgram(requests) });
    const answer = await mtr.run({ ...quick, count: 4 }, ports, call());
    expect(answer).toMatchObject({ reached: true, method: 'mtr_program', loss_begins_at_hop: null });
    expect(requests[0]?.args).toEqual(['-n', '-4', '-j', '-c', '4', '-i', '1', '-G', '0.1', '-m', '30', '--', target]);
    expect(String(answer['notes'])).toContain('mtr program');
  });

  test('reports why there are no sockets when there is no program either', async () => {
    const exec = { ...withProgram([]), find: async () => undefined };
    const running = mtr.run(quick, refusingPorts({ targets: guard, probes: closed, exec }), call());
    await expect(running).rejects.toMatchObject({ code: 'not_permitted' });
  });

  test('a failing program is an error, not an empty path', async () => {
    const exec = withProgram([], 1);
    const running = mtr.run(quick, refusingPorts({ targets: guard, probes: closed, exec }), call());
    await expect(running).rejects.toMatchObject({ code: 'step_failed' });
  });
});
