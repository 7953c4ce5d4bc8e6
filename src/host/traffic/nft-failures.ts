// Why nft did not make a counting table, from its words, as the error that lets the next rung try.
import { NetError } from '../../model/errors.ts';
import { plainText } from '../../model/plain-text.ts';
import type { TrafficRequest } from '../../model/traffic.ts';

/** nft prints the reason on the first line and then the command it belongs to. */
const reasonIn = (said: string): string => plainText(/Error: (.*)/.exec(said)?.[1] ?? said.split('\n')[0] ?? '', 200);

const silent = (iface: string, waited: 'ended' | number): NetError =>
  waited === 'ended'
    ? new NetError(
        'missing_kernel_feature',
        `nft ended before its table for ${iface} stood, and said nothing.`,
        'Run `nft list tables` to see whether nft works here.',
      )
    : new NetError(
        'timeout',
        `nft has not made its table for ${iface} in ${waited / 1000} s.`,
        'The machine is busy, or another nft holds the ruleset (ps -C nft). Call again once it is over, or count by another method.',
      );

/** `waited`: nft ended by itself, or the milliseconds that it was waited for. */
export const nftFailure = (said: string, { iface, direction }: TrafficRequest, waited: 'ended' | number): NetError => {
  if (said === '') return silent(iface, waited);
  const reason = reasonIn(said);
  if (/not permitted|permission denied|must be root/i.test(said)) {
    return new NetError(
      'not_permitted',
      `nft may not count on ${iface}: ${reason}.`,
      'It needs the capability CAP_NET_ADMIN in the user namespace that owns this network namespace.',
    );
  }
  if (said.includes('No such file or directory') && said.includes('device "')) {
    return new NetError('not_found', `nft found no interface ${iface}.`, 'It may have just gone: see get_interfaces.');
  }
  if (/Device or resource busy|File exists/.test(said)) {
    return new NetError(
      'rung_taken',
      `nft could not hang its chain on ${iface}: ${reason}.`,
      'Another chain holds the place: see get_firewall.',
    );
  }
  return new NetError(
    'missing_kernel_feature',
    `nft cannot count on ${iface}: ${reason}.`,
    direction === 'outgoing'
      ? 'Outgoing packets need nf_tables with netdev egress: Linux 5.16 and nftables 1.0.1.'
      : 'Incoming packets need nf_tables with the netdev family: modprobe nf_tables; nftables 0.9.8.',
    { details: { said: plainText(said, 1000) } },
  );
};

/** Whether the table's owner was refused: nft quotes the command it stumbled over. */
export const ownerIsUnknown = ({ details }: NetError): boolean => String(details?.['said']).includes('flags owner');
