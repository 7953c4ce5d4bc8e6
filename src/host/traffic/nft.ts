// The rung `nft`: counters in netdev tables of our own, which the kernel removes with the process that holds them. No other table is touched.
import { setTimeout as sleep } from 'node:timers/promises';
import { NetError } from '../../model/errors.ts';
import type { Exec } from '../../model/ports.ts';
import type { DirectionCounter, TrafficRequest } from '../../model/traffic.ts';
import { missingBinary } from '../allowlist.ts';
import { nftFailure, ownerIsUnknown } from './nft-failures.ts';
import { recordTable } from './nft-leftovers.ts';
import { newTableName } from './nft-name.ts';
import { interfaceLost, placeOf } from './nft-place.ts';
import { NftProcess } from './nft-process.ts';
import type { Claim } from './records.ts';
import { countsOf, parseListing, talkersOf, type Listing } from './nft-read.ts';
import { countingTable, talkersTable, type NftPlace } from './nft-script.ts';

/** Twenty counters that are started at once on two busy cores take 10 s; what a machine takes longer for it will not do. */
const startTimeoutMs = 30_000;
/** Each look is a process of its own, so a busy machine is asked less and less often. */
const pollMs = { first: 10, last: 500 } as const;

const notes = {
  incoming:
    'nft counts at netdev ingress, behind XDP and tc: what those drop or redirect is not seen, and a GRO packet is one. A VLAN tag kept beside the packet is not among the bytes. Its counters are read one after the other, and under load may differ by a few packets.',
  outgoing:
    'nft counts at netdev egress, before the queue: a GSO packet is one, and what tc or the queue drops later is counted too. A VLAN tag kept beside the packet is not among the bytes. Its counters are read one after the other, and under load may differ by a few packets.',
} as const;

/** The kernel's search for the protocol behind extension headers looks into the linear part only. */
const tunNote =
  'Where a tun or tap hands over an IPv6 packet with its headers outside of the first piece, its ports are not found, and behind extension headers its protocol may be another one.';

/** Undefined while the table is not whole. */
const listed = async (exec: Exec, table: string, signal?: AbortSignal): Promise<Listing | undefined> => {
  const { code, stdout } = await exec.run({
    binary: 'nft',
    args: ['-n', 'list', 'table', 'netdev', table],
    maxOutputBytes: 64 * 1024 * 1024,
    ...(signal === undefined ? {} : { signal }),
  });
  if (code !== 0) return undefined;
  const listing = parseListing(stdout);
  return listing.complete ? listing : undefined;
};

const readNow = async (exec: Exec, table: string): Promise<Listing> => {
  const listing = await listed(exec, table);
  if (listing !== undefined) return listing;
  throw new NetError(
    'not_found',
    `The nft table ${table} that counted is gone or no longer on its interface.`,
    'Somebody removed it, or the interface is gone; call again.',
  );
};

interface Tables {
  counting: string;
  talkers: string | undefined;
}

const untilStanding = async (
  child: NftProcess,
  { counting, talkers }: Tables,
  { exec, signal, timeoutMs }: Surroundings,
): Promise<boolean> => {
  const until = performance.now() + timeoutMs;
  let pause: number = pollMs.first;
  while (performance.now() < until && !child.isOver() && child.complaints() === '') {
    signal.throwIfAborted();
    // The last one made tells of both.
    if ((await listed(exec, talkers ?? counting, signal)) !== undefined) return child.complaints() === '';
    await sleep(pause, undefined, { signal });
    pause = Math.min(pollMs.last, pause * 1.5);
  }
  return false;
};

interface Standing {
  tables: Tables;
  place: NftPlace;
  /** Removes the tables. */
  end: () => Promise<void>;
}

interface Surroundings {
  exec: Exec;
  path: string;
  runtimeDir: () => Promise<string>;
  signal: AbortSignal;
  /** Until when the tables must stand. */
  timeoutMs: number;
}

/** Tables that nobody owns are recorded first, so that the next start finds what a kill leaves there. */
const recorded = async ({ counting, talkers }: Tables, runtimeDir: () => Promise<string>): Promise<Claim[]> => {
  const folder = await runtimeDir();
  const claims: Claim[] = [];
  for (const table of [counting, ...(talkers === undefined ? [] : [talkers])]) {
    claims.push(await recordTable(folder, table));
  }
  return claims;
};

const stand = async (request: TrafficRequest, place: NftPlace, surroundings: Surroundings): Promise<Standing> => {
  const { exec, path, runtimeDir, signal, timeoutMs } = surroundings;
  const { talkers: by } = request;
  const tables = { counting: newTableName(), talkers: by === 'none' ? undefined : newTableName() };
  const claims = place.owned ? [] : await recorded(tables, runtimeDir);
  const child = new NftProcess(path);
  const end = async (): Promise<void> => {
    if (place.owned) return child.kill();
    child.tell(
      [tables.counting, ...(tables.talkers === undefined ? [] : [tables.talkers])].map(
        (name) => `delete table netdev ${name}`,
      ),
    );
    await child.finish();
    for (const claim of claims) claim.release();
  };
  try {
    child.tell(countingTable(tables.counting, place));
    if (tables.talkers !== undefined && by !== 'none') child.tell(talkersTable(tables.talkers, place, by));
    if (await untilStanding(child, tables, surroundings)) return { tables, place, end };
    const failure = nftFailure(child.complaints(), request, child.isOver() ? 'ended' : timeoutMs);
    // The interface may have gone since it was looked at.
    throw failure.code === 'not_found' ? await interfaceLost(request, exec, signal) : failure;
  } catch (error) {
    await end();
    throw error;
  }
};

const started = async (request: TrafficRequest, surroundings: Omit<Surroundings, 'path'>): Promise<Standing> => {
  const { exec, signal } = surroundings;
  const path = await exec.find('nft');
  if (path === undefined) throw missingBinary('nft');
  const place = await placeOf(request, exec, signal);
  try {
    return await stand(request, { ...place, owned: true }, { ...surroundings, path });
  } catch (error) {
    // Kernels before 5.12 and nft before 1.0 know no owner.
    if (!(error instanceof NetError) || error.code !== 'missing_kernel_feature') throw error;
    if (!ownerIsUnknown(error)) throw error;
    return stand(request, { ...place, owned: false }, { ...surroundings, path });
  }
};

export const openNft = async (
  request: TrafficRequest,
  context: { exec: Exec; runtimeDir: () => Promise<string>; timeoutMs?: number },
  signal: AbortSignal,
): Promise<DirectionCounter> => {
  const { exec } = context;
  const { tables, place, end } = await started(request, { timeoutMs: startTimeoutMs, ...context, signal });
  const { hiddenHeader, ethernet } = place;
  let closing: Promise<void> | undefined;
  return {
    rung: 'nft',
    note: place.tun && request.direction === 'incoming' ? `${notes.incoming} ${tunNote}` : notes[request.direction],
    read: async () => countsOf(await readNow(exec, tables.counting), hiddenHeader, ethernet),
    talkers: async (limit) =>
      tables.talkers === undefined ? undefined : talkersOf(await readNow(exec, tables.talkers), hiddenHeader, limit),
    close: () => (closing ??= end()),
  };
};
