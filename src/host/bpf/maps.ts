// BPF maps by bpf(2): made, read and written. Every descriptor is the caller's to close; each call takes tens of microseconds.
import { constants } from 'node:os';
import type { MapDefinition } from '../../monitor/program.ts';
import { bpfCalls, type BpfCalls } from './calls.ts';
import { kernelAtLeast, refused } from './refusals.ts';

const BPF_MAP_CREATE = 0;
const BPF_MAP_LOOKUP_ELEM = 1;
const BPF_MAP_UPDATE_ELEM = 2;
const BPF_MAP_LOOKUP_BATCH = 24;
const BPF_MAP_DELETE_BATCH = 27;
/** Of union bpf_attr, for the commands above; longer than each of them needs. */
const attributeBytes = 64;

const { ENOENT, ENOSPC, EPERM } = constants.errno;

export const createMap = async (name: string, definition: MapDefinition, maxEntries: number): Promise<number> => {
  const calls = await bpfCalls();
  const attributes = Buffer.alloc(attributeBytes);
  const { type, keyBytes, valueBytes, flags } = definition;
  [type, keyBytes, valueBytes, maxEntries, flags].forEach((value, index) => attributes.writeUInt32LE(value, index * 4));
  attributes.write(`netmcp_${name}`.slice(0, 15), 28, 'latin1');
  let fd = calls.bpf(BPF_MAP_CREATE, attributes);
  if (fd === -EPERM && !kernelAtLeast(5, 11)) {
    calls.raiseMemoryLimit();
    fd = calls.bpf(BPF_MAP_CREATE, attributes);
  }
  if (fd < 0) throw refused('Making a BPF map', -fd);
  return fd;
};

const elementCall = (
  calls: BpfCalls,
  { command, fd, key, value, flags }: { command: number; fd: number; key: Buffer; value: Buffer; flags: number },
): number => {
  const attributes = Buffer.alloc(attributeBytes);
  attributes.writeUInt32LE(fd, 0);
  attributes.writeBigUInt64LE(calls.address(key), 8);
  attributes.writeBigUInt64LE(calls.address(value), 16);
  attributes.writeUInt32LE(flags, 24);
  return calls.bpf(command, attributes, key, value);
};

/** Into `value`, which has room for what the kernel writes: for a per-CPU map the value of every possible CPU. */
export const lookUp = (calls: BpfCalls, fd: number, key: Buffer, value: Buffer): void => {
  const answer = elementCall(calls, { command: BPF_MAP_LOOKUP_ELEM, fd, key, value, flags: 0 });
  if (answer < 0) throw refused('Reading a BPF map', -answer);
};

export const update = (calls: BpfCalls, fd: number, key: Buffer, value: Buffer): void => {
  const answer = elementCall(calls, { command: BPF_MAP_UPDATE_ELEM, fd, key, value, flags: 0 });
  if (answer < 0) throw refused('Writing a BPF map', -answer);
};

/** Buffers of one batch; they serve every batch of a reading. */
export interface Batch {
  keys: Buffer;
  values: Buffer;
  /** How many fit. */
  size: number;
}

export const makeBatch = ({ keyBytes, valueBytes }: MapDefinition, size: number): Batch => ({
  keys: Buffer.alloc(keyBytes * size),
  values: Buffer.alloc(valueBytes * size),
  size,
});

/** Where a reading of a hash map goes on; undefined at its start. */
export interface BatchEnd {
  count: number;
  next: Buffer | undefined;
}

/** Fills the batch with entries from `from` on. A bucket that does not fit makes it an error of the kernel's, so the size is well above any. */
export const lookUpBatch = (calls: BpfCalls, fd: number, batch: Batch, from: Buffer | undefined): BatchEnd => {
  const attributes = Buffer.alloc(attributeBytes);
  const next = Buffer.alloc(8);
  if (from !== undefined) attributes.writeBigUInt64LE(calls.address(from), 0);
  attributes.writeBigUInt64LE(calls.address(next), 8);
  attributes.writeBigUInt64LE(calls.address(batch.keys), 16);
  attributes.writeBigUInt64LE(calls.address(batch.values), 24);
  attributes.writeUInt32LE(batch.size, 32);
  attributes.writeUInt32LE(fd, 36);
  const answer = calls.bpf(BPF_MAP_LOOKUP_BATCH, attributes, batch.keys, batch.values, next, from ?? next);
  if (answer < 0 && answer !== -ENOENT) {
    throw refused(answer === -ENOSPC ? 'Reading a crowded BPF map' : 'Reading a BPF map', -answer);
  }
  return { count: attributes.readUInt32LE(32), next: answer === -ENOENT ? undefined : next };
};

/** Deletes keys that lie one after the other; ones that are gone already do not matter. */
export const deleteBatch = (calls: BpfCalls, fd: number, keys: Buffer, count: number): void => {
  if (count === 0) return;
  const attributes = Buffer.alloc(attributeBytes);
  attributes.writeBigUInt64LE(calls.address(keys), 16);
  attributes.writeUInt32LE(count, 32);
  attributes.writeUInt32LE(fd, 36);
  const answer = calls.bpf(BPF_MAP_DELETE_BATCH, attributes, keys);
  if (answer < 0 && answer !== -ENOENT) throw refused('Deleting from a BPF map', -answer);
};
