// A process that is killed between two of its requests to the kernel: the next start finishes what it had begun, and somebody else's clsact stays,
// whenever it was made. The kernel is a small model.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RouteError } from '../netlink/socket.ts';
import type { BpfFilter, Filter, FilterProgram, Hook } from '../netlink/traffic-control.ts';
import { attachClsact, removeClsactLeftovers } from './clsact.ts';
import { claimRecord, deadRecords, recordsFolder } from './records.ts';

interface Model {
  qdisc: 'none' | 'ours' | 'theirs';
  filters: { hook: string; handle: number; priority: number; name: string }[];
  /** Requests until the process is dead; it makes no further ones. */
  life: number;
  /** Somebody else makes a clsact right before the next request. */
  theirsFirst: boolean;
  /** No filter is taken. */
  filterErrno: number;
}

const kernel = vi.hoisted((): Model => ({
  qdisc: 'none',
  filters: [],
  life: Infinity,
  theirsFirst: false,
  filterErrno: 0,
}));

const request = { iface: 'eth7', ifindex: 7, hook: 'outgoing', programFd: 3 } as const;

const change = <Value>(make: () => Value): Promise<Value> => {
  kernel.life -= 1;
  if (kernel.life < 0) return Promise.reject(new Error('killed'));
  if (kernel.theirsFirst) kernel.qdisc = 'theirs';
  return Promise.resolve(make());
};
const refused = (errno: number): RouteError => new RouteError({ errno, text: '' });
const addFilter = ({ hook, handle, priority }: BpfFilter, { name }: FilterProgram): RouteError | undefined => {
  if (kernel.filterErrno !== 0) return refused(kernel.filterErrno);
  kernel.filters.push({ hook, handle, priority, name });
  return undefined;
};

vi.mock('../netlink/socket.ts', async (original) => ({
  ...(await original<object>()),
  openNetlink: () => Promise.resolve({ close: () => undefined }),
}));
vi.mock('../netlink/traffic-control.ts', () => ({
  readIngressQdisc: () => Promise.resolve(kernel.qdisc === 'none' ? undefined : 'clsact'),
  readFilters: (_socket: unknown, _ifindex: number, hook: Hook): Promise<Filter[]> =>
    Promise.resolve(
      kernel.filters
        .filter((filter) => filter.hook === hook)
        .map(({ handle, priority, name }) => ({ handle, priority, name, kind: 'bpf', allProtocols: true })),
    ),
  addClsactAndFilter: (_socket: unknown, filter: BpfFilter, program: FilterProgram) =>
    change(() => {
      const qdisc = kernel.qdisc === 'none' ? undefined : refused(17);
      if (qdisc === undefined) kernel.qdisc = 'ours';
      return { qdisc, filter: addFilter(filter, program) };
    }),
  addBpfFilter: (_socket: unknown, filter: BpfFilter, program: FilterProgram) =>
    change(() => {
      const error = addFilter(filter, program);
      if (error !== undefined) throw error;
    }),
  removeClsact: () =>
    change(() => {
      kernel.qdisc = 'none';
      kernel.filters = [];
    }),
  removeBpfFilter: (_socket: unknown, { hook, handle }: BpfFilter) =>
    change(() => {
      kernel.filters = kernel.filters.filter((filter) => filter.hook !== hook || filter.handle !== handle);
    }),
}));

let runtime: string;
beforeEach(async () => {
  runtime = await mkdtemp(join(tmpdir(), 'netmcp-killed-'));
  Object.assign(kernel, { qdisc: 'none', filters: [], life: Infinity, theirsFirst: false, filterErrno: 0 });
});
afterEach(async () => {
  await rm(runtime, { recursive: true, force: true });
});

/** A record of an ended process that says `text`. */
const deadRecord = async (text: string): Promise<void> => {
  const claim = await claimRecord(recordsFolder(runtime), 'clsact', '7');
  claim.write(text);
  claim.letGo();
};

/** Attached by a process that is killed, whose record nobody holds any more. */
const leftBehind = async (): Promise<void> => {
  await attachClsact(runtime, request);
  const path = join(recordsFolder(runtime), 'clsact-7-1');
  const text = await readFile(path, 'utf8');
  await rm(path);
  await deadRecord(text);
};

const nothingRecorded = async (): Promise<void> => {
  await expect(readdir(recordsFolder(runtime))).rejects.toMatchObject({ code: 'ENOENT' });
};

it.each([0, 1])('the removal of leftovers, killed after %i requests, is finished by the next start', async (life) => {
  await leftBehind();
  expect(kernel).toMatchObject({ qdisc: 'ours', filters: [{ hook: 'outgoing' }] });
  kernel.life = life;
  if (life === 0) await expect(removeClsactLeftovers(runtime)).rejects.toThrow('killed');
  // Qdisc and filter go by one request, so there is nothing between the two.
  else expect(await removeClsactLeftovers(runtime)).toHaveLength(2);
  kernel.life = Infinity;
  await removeClsactLeftovers(runtime);
  expect(kernel).toMatchObject({ qdisc: 'none', filters: [] });
  await nothingRecorded();
});

it('killed before its request, with a clsact that somebody else made since: theirs stays', async () => {
  await deadRecord('{"hook":"outgoing","state":"making"}');
  kernel.qdisc = 'theirs';
  expect(await removeClsactLeftovers(runtime)).toEqual([]);
  expect(kernel.qdisc).toBe('theirs');
  await nothingRecorded();
});

it('killed right behind its request, before the answer: qdisc and filter go with the next start', async () => {
  await deadRecord('{"hook":"outgoing","state":"making"}');
  kernel.qdisc = 'ours';
  kernel.filters = [{ hook: 'outgoing', handle: 0x6e6d0001, priority: 1, name: 'netmcp_monitor' }];
  expect(await removeClsactLeftovers(runtime)).toHaveLength(2);
  expect(kernel).toMatchObject({ qdisc: 'none', filters: [] });
  await nothingRecorded();
});

it('one that lives takes the qdisc with it that a killed one had made', async () => {
  await leftBehind();
  const living = await attachClsact(runtime, request);
  // The dead one's place was free.
  expect(kernel.filters).toHaveLength(1);
  await deadRecord('{"hook":"outgoing","state":"making"}');
  kernel.filters.push({ hook: 'outgoing', handle: 0x6e6d0002, priority: 1, name: 'netmcp_monitor' });
  expect(await removeClsactLeftovers(runtime)).toHaveLength(1);
  expect(kernel).toMatchObject({ qdisc: 'ours', filters: [{ handle: 0x6e6d0001 }] });
  await living.detach();
  expect(kernel).toMatchObject({ qdisc: 'none', filters: [] });
  await nothingRecorded();
});

it('a clsact that somebody else makes between the look and the request is theirs', async () => {
  kernel.theirsFirst = true;
  const attached = await attachClsact(runtime, request);
  expect(kernel.filters).toHaveLength(1);
  kernel.theirsFirst = false;
  await attached.detach();
  expect(kernel).toMatchObject({ qdisc: 'theirs', filters: [] });
  await nothingRecorded();
});

it('a filter that is refused leaves no qdisc', async () => {
  kernel.filterErrno = 22;
  await expect(attachClsact(runtime, request)).rejects.toMatchObject({ code: 'missing_kernel_feature' });
  expect(kernel).toMatchObject({ qdisc: 'none', filters: [] });
  await nothingRecorded();
});

it('a clsact that somebody else made since then stays, also once another of ours has been there', async () => {
  await leftBehind();
  Object.assign(kernel, { filters: [], qdisc: 'theirs' });
  const living = await attachClsact(runtime, request);
  await living.detach();
  await removeClsactLeftovers(runtime);
  expect(kernel).toMatchObject({ qdisc: 'theirs', filters: [] });
  expect((await deadRecords(recordsFolder(runtime), 'clsact')).records).toEqual([]);
});

it.each(['', 'garbage', '{garbage}', '{"hook":"outgoing"}', 'null'])('a record that says %j', async (text) => {
  await attachClsact(runtime, request);
  await rm(join(recordsFolder(runtime), 'clsact-7-1'));
  await deadRecord(text);
  // A filter by its handle is ours whatever the record says.
  expect(await removeClsactLeftovers(runtime)).toHaveLength(2);
  expect(kernel).toMatchObject({ qdisc: 'none', filters: [] });
  await nothingRecorded();
});
