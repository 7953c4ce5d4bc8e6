// The interface that nft is to hang its chain on: nft knows it by its name only, so the name must still be that interface's.
import * as z from 'zod';
import { NetError } from '../../model/errors.ts';
import { interfaceNameSchema } from '../../model/names.ts';
import { plainText } from '../../model/plain-text.ts';
import type { Exec } from '../../model/ports.ts';
import type { TrafficRequest } from '../../model/traffic.ts';
import { entriesAs, runIpJson } from '../ip-json.ts';
import type { NftPlace } from './nft-script.ts';

const etherHeader = 14;

const linkSchema = z.object({
  ifname: z.string(),
  ifindex: z.number(),
  link_type: z.string().optional(),
  linkinfo: z.object({ info_kind: z.string().optional() }).optional(),
});
type Link = z.output<typeof linkSchema>;

const linksHere = async (exec: Exec, args: readonly string[], signal: AbortSignal): Promise<Link[]> => {
  const { entries, complaint } = await runIpJson(exec, ['-d', 'link', 'show', ...args], signal);
  if (complaint === undefined) return entriesAs(linkSchema, entries);
  if (/does not exist|Cannot find device/.test(complaint)) return [];
  throw new NetError(
    'step_failed',
    `ip link show failed: ${plainText(complaint, 200)}`,
    'Run `ip link show` to see why.',
  );
};

/** What became of an interface that has its name no more. */
export const interfaceLost = async (
  { iface, ifindex }: TrafficRequest,
  exec: Exec,
  signal: AbortSignal,
): Promise<NetError> => {
  const name = plainText(iface, 20);
  const now = (await linksHere(exec, [], signal)).find((link) => link.ifindex === ifindex && link.ifname !== iface);
  if (now === undefined) {
    return new NetError('not_found', `The interface ${name} is gone.`, 'Call get_interfaces for what there is.');
  }
  const called = plainText(now.ifname, 20);
  return new NetError(
    'not_found',
    `The interface ${name} was renamed to ${called}, and nft counts by name.`,
    `Call again with the interface ${called}.`,
  );
};

/** Where the chain is hung and what lies before the IP header there, by the link's type: `ether` and `loopback` have Ethernet's. Throws not_found. */
export const placeOf = async (
  request: TrafficRequest,
  exec: Exec,
  signal: AbortSignal,
): Promise<Omit<NftPlace, 'owned'>> => {
  const { iface, ifindex, direction } = request;
  if (!interfaceNameSchema.safeParse(iface).success) {
    throw new NetError(
      'missing_kernel_feature',
      `nft cannot be told of an interface named ${JSON.stringify(plainText(iface, 20))}.`,
      'Give it a name of letters, digits and _ . : @ + - with ip link set NAME name NEW.',
    );
  }
  const [link] = await linksHere(exec, ['dev', iface], signal);
  // Without rtnetlink and sysfs the index is 0: not known.
  if (link === undefined || (ifindex !== 0 && link.ifindex !== ifindex)) {
    throw await interfaceLost(request, exec, signal);
  }
  const ethernet = link.link_type === 'ether' || link.link_type === 'loopback';
  const hiddenHeader = ethernet && direction === 'incoming' ? etherHeader : 0;
  return { iface, direction, ethernet, hiddenHeader, tun: link.linkinfo?.info_kind === 'tun' };
};
