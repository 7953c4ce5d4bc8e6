import { describe, expect, it } from 'vitest';
import { createFakeHost } from '../host/fake/fake-host.ts';
import type { ResourceCommand } from '../model/command.ts';
import { runCommands } from './execute.ts';

const file = '/sys/class/net/eth0/queues/rx-0/rps_cpus';
const mtu = '/sys/class/net/eth0/mtu';

const write = (path: string, value: string): ResourceCommand => ({
  slot: 'ethtool_cmds',
  text: 'for a test',
  action: { kind: 'write_sysfs', path, value },
});

const run = async (...commands: ResourceCommand[]) => {
  const host = createFakeHost({ files: { [file]: '0\n', [mtu]: '1500\n' } });
  const engine = {
    ports: host.ports,
    processes: {
      self: () => ({ pid: 1, start_ticks: 1 }),
      isAlive: () => true,
      endGroup: () => undefined,
      startGuard: () => Promise.reject(new Error('not here')),
    },
    identity: { boot_id: 'boot', netns: 'net:1:1', initial_netns: true },
    runtimeDir: null,
    resources: [],
  };
  const journal = { path: '/journal', append: () => Promise.resolve(), close: () => Promise.resolve() };
  const lock = { fd: 0, release: () => Promise.resolve() };
  const { signal } = new AbortController();
  const failure: unknown = await runCommands(commands, { engine, journal, lock, step: 0, signal }).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { failure, rps: await host.ports.kernel.read(file), mtu: await host.ports.kernel.read(mtu) };
};

describe('a write below /sys', () => {
  it('is one line to a queue file', async () => {
    expect(await run(write(file, 'f'))).toEqual({ failure: undefined, rps: 'f\n', mtu: '1500\n' });
  });

  it.each([
    [mtu, '1400'],
    [file, '0xf'],
    ['/sys/class/net/eth0/queues/../mtu', '1400'],
  ])('to %s of %j is refused', async (path, value) => {
    const { failure, ...left } = await run(write(path, value));
    expect(failure).toMatchObject({ code: 'not_permitted' });
    expect(left).toEqual({ rps: '0\n', mtu: '1500\n' });
  });
});
