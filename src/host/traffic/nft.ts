// The rung `nft`: counters in netdev tables of our own, which the kernel removes with the process that holds them. No other table is touched.
import { setTimeout as sleep } from 'node:timers/promises';
import { NetError } from '../../model/errors.ts';
import { interfaceNameSchema } from '../../model/names.ts';
import { plainText } from '../../model/plain-text.ts';
import type { Exec } from '../../model/ports.ts';
import type { DirectionCounter, TrafficRequest } from '../../model/traffic.ts';
import { missingBinary } from '../allowlist.ts';
import { readIpJson } from '../ip-json.ts';
import { nftFailure, ownerIsUnknown } from './nft-failures.ts';
import { recordTable } from './nft-leftovers.ts';
import { newTableName } from './nft-name.ts';
import { NftProcess } from './nft-process.ts';
import type { Claim } from './records.ts';
import { countsOf, parseListing, talkersOf, type Listing } from './nft-read.ts';
import { countingTable, talkersTable, type NftPlace } from './nft-script.ts';

const startTimeoutMs = 5000;
const etherHeader = 14;

const note = (direction: TrafficRequest['direction']): string =>
  direction === 'incoming'
    ? 'nft counts at netdev ingress, behind XDP and tc: what those drop or redirect is not seen, and a GRO packet is one. Its counters are read one after the other, and under load may differ by a few packets.'
    : 'nft counts at netdev egress, before the queue: a GSO packet is one, and what tc or the queue drops later is counted too. Its counters are read one after the other, and under load may differ by a few packets.';

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

/** What lies before the IP header there, from the link's type: `ether` and `loopback` have Ethernet's. */
const placeOf = async (
  { iface, direction }: TrafficRequest,
  exec: Exec,
  signal: AbortSignal,
): Promise<Omit<NftPlace, 'owned'>> => {
  if (!interfaceNameSchema.safeParse(iface).success) {
    throw new NetError(
      'missing_kernel_feature',
      `nft cannot be told of an interface named ${JSON.stringify(plainText(iface, 20))}.`,
      'Give it a name of letters, digits and _ . : @ + - with ip link set NAME name NEW.',
    );
  }
  const [link] = await readIpJson(exec, ['link', 'show', 'dev', iface], signal);
  const type = typeof link === 'object' && link !== null && 'link_type' in link ? link.link_type : undefined;
  const ethernet = type === 'ether' || type === 'loopback';
  return { iface, direction, ethernet, hiddenHeader: ethernet && direction === 'incoming' ? etherHeader : 0 };
};

interface Tables {
  counting: string;
  talkers: string | undefined;
}

const untilStanding = async (
  exec: Exec,
  child: NftProcess,
  { counting, talkers }: Tables,
  signal: AbortSignal,
): Promise<boolean> => {
  const until = performance.now() + startTimeoutMs;
  while (performance.now() < until && !child.isOver() && child.complaints() === '') {
    signal.throwIfAborted();
    // The last one made tells of both.
    if ((await listed(exec, talkers ?? counting, signal)) !== undefined) return child.complaints() === '';
    await sleep(10, undefined, { signal });
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

const stand = async (
  request: TrafficRequest,
  place: NftPlace,
  { exec, path, runtimeDir, signal }: Surroundings,
): Promise<Standing> => {
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
    if (await untilStanding(exec, child, tables, signal)) return { tables, place, end };
    throw nftFailure(child.complaints(), request);
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
  { exec, runtimeDir }: { exec: Exec; runtimeDir: () => Promise<string> },
  signal: AbortSignal,
): Promise<DirectionCounter> => {
  const { tables, place, end } = await started(request, { exec, runtimeDir, signal });
  const { hiddenHeader, ethernet } = place;
  let closing: Promise<void> | undefined;
  return {
    rung: 'nft',
    note: note(request.direction),
    read: async () => countsOf(await readNow(exec, tables.counting), hiddenHeader, ethernet),
    talkers: async (limit) =>
      tables.talkers === undefined ? undefined : talkersOf(await readNow(exec, tables.talkers), hiddenHeader, limit),
    close: () => (closing ??= end()),
  };
};
