// A process that is killed between two of its requests to the kernel: the next start finishes what it had begun. The kernel is a small model.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { BpfFilter, Filter, Hook } from '../netlink/traffic-control.ts';
import { attachClsact, removeClsactLeftovers } from './clsact.ts';
import { deadRecords, recordsFolder } from './records.ts';

interface Model {
  qdisc: boolean;
  filters: { hook: string; handle: number; priority: number; name: string }[];
  /** Requests until the process is dead; it makes no further ones. */
  life: number;
}

const kernel = vi.hoisted((): Model => ({ qdisc: false, filters: [], life: Infinity }));

const change = (make: () => void): Promise<void> => {
  kernel.life -= 1;
  if (kernel.life < 0) return Promise.reject(new Error('killed'));
  make();
  return Promise.resolve();
};

vi.mock('../netlink/socket.ts', async (original) => ({
  ...(await original<object>()),
  openNetlink: () => Promise.resolve({ close: () => undefined }),
}));
vi.mock('../netlink/traffic-control.ts', () => ({
  readIngressQdisc: () => Promise.resolve(kernel.qdisc ? 'clsact' : undefined),
  readFilters: (_socket: unknown, _ifindex: number, hook: Hook): Promise<Filter[]> =>
    Promise.resolve(
      kernel.filters
        .filter((filter) => filter.hook === hook)
        .map(({ handle, priority, name }) => ({ handle, priority, name, kind: 'bpf', allProtocols: true })),
    ),
  addClsact: () =>
    change(() => {
      kernel.qdisc = true;
    }),
  removeClsact: () =>
    change(() => {
      kernel.qdisc = false;
      kernel.filters = [];
    }),
  addBpfFilter: (_socket: unknown, { hook, handle, priority }: BpfFilter, _fd: number, name: string) =>
    change(() => {
      kernel.filters.push({ hook, handle, priority, name });
    }),
  removeBpfFilter: (_socket: unknown, { hook, handle }: BpfFilter) =>
    change(() => {
      kernel.filters = kernel.filters.filter((filter) => filter.hook !== hook || filter.handle !== handle);
    }),
}));

let runtime: string;
beforeEach(async () => {
  runtime = await mkdtemp(join(tmpdir(), 'netmcp-killed-'));
  Object.assign(kernel, { qdisc: false, filters: [], life: Infinity });
});
afterEach(async () => {
  await rm(runtime, { recursive: true, force: true });
});

const request = { iface: 'eth7', ifindex: 7, hook: 'outgoing', programFd: 3 } as const;

/** Attached by a process that is killed, whose record nobody holds any more. */
const leftBehind = async (): Promise<void> => {
  await attachClsact(runtime, request);
  const folder = recordsFolder(runtime);
  const text = await readFile(join(folder, 'clsact-7-1'), 'utf8');
  await rm(join(folder, 'clsact-7-1'));
  const { claimRecord } = await import('./records.ts');
  const claim = await claimRecord(folder, 'clsact', '7');
  claim.write(text);
  claim.letGo();
};

it.each([0, 1, 2])(
  'the removal of leftovers, killed after %i requests, is finished by the next start',
  async (life) => {
    await leftBehind();
    expect(kernel).toMatchObject({ qdisc: true, filters: [{ hook: 'outgoing' }] });
    kernel.life = life;
    if (life < 2) await expect(removeClsactLeftovers(runtime)).rejects.toThrow('killed');
    else await removeClsactLeftovers(runtime);
    kernel.life = Infinity;
    await removeClsactLeftovers(runtime);
    expect(kernel).toMatchObject({ qdisc: false, filters: [] });
    await expect(readdir(recordsFolder(runtime))).rejects.toMatchObject({ code: 'ENOENT' });
  },
);

it('a clsact that somebody else made since then stays', async () => {
  await leftBehind();
  kernel.filters = [];
  await removeClsactLeftovers(runtime);
  expect(kernel.qdisc).toBe(true);
  expect(await deadRecords(recordsFolder(runtime), 'clsact')).toEqual([]);
});
