// The knob for an interface's MTU: within what its card and its device allow, and never so small that IPv6 is lost.
import * as z from 'zod';
import { checkValue, describeRange } from '../model/card-value.ts';
import { type Finding, error, warning } from '../model/finding.ts';
import { type KnobContext, defineKnob } from '../model/knob.ts';

/** Smallest MTU of a link that carries IPv6 (RFC 8200, section 5); below it the kernel drops IPv6 from the interface. */
const ipv6Minimum = 1280;
/** What plain Ethernet carries; above it every device on the link must be set alike. */
const ethernet = 1500;
const path = 'changes.mtu';

const cardBounds = (mtu: number, { policy }: KnobContext): Finding[] => {
  const card = policy.cards.get('nic.mtu');
  const reason = card === undefined ? undefined : checkValue(card, mtu);
  if (card === undefined || reason === undefined) return [];
  return [error(path, 'limit_exceeded', `MTU ${mtu}: ${reason}`, `Allowed: ${describeRange(card.range)} (nic.mtu).`)];
};

const deviceBounds = (mtu: number, { iface, snapshot }: KnobContext): Finding[] => {
  const facts = snapshot.interfaces[iface];
  if (facts === undefined) return [];
  // 0 is "the driver states none": IPv4's own smallest and the largest packet there is.
  const least = facts.min_mtu === 0 ? 68 : facts.min_mtu;
  const most = facts.max_mtu === 0 ? 65535 : facts.max_mtu;
  if (mtu >= least && mtu <= most) return [];
  const message = `${iface} takes an MTU from ${least} to ${most}, not ${mtu}`;
  return [error(path, 'limit_exceeded', message, `Choose a value from ${least} to ${most}.`)];
};

const ipv6Loss = (mtu: number, { iface, snapshot }: KnobContext): Finding[] => {
  const facts = snapshot.interfaces[iface];
  if (facts === undefined || mtu >= ipv6Minimum) return [];
  if (facts.ipv6.length > 0) {
    const message = `an MTU under ${ipv6Minimum} makes the kernel remove the IPv6 addresses of ${iface} (${facts.ipv6.join(', ')})`;
    return [error(path, 'plan_refused', message, `Use ${ipv6Minimum} or more, or take IPv6 off the interface first.`)];
  }
  const message = `with an MTU under ${ipv6Minimum} ${iface} cannot carry IPv6`;
  return [warning(path, 'no_ipv6', message, `Use ${ipv6Minimum} or more if IPv6 is to be used here.`)];
};

const jumbo = (mtu: number, context: KnobContext): Finding[] => {
  const { iface, snapshot } = context;
  const now = snapshot.interfaces[iface]?.mtu ?? ethernet;
  if (mtu <= ethernet || mtu <= now || context.origin(path) === 'committed') return [];
  const message = `an MTU of ${mtu} works only if every host, switch and tunnel on this link carries packets that large`;
  return [warning(path, 'jumbo_frames', message, `Try first: ping -M do -s ${mtu - 28} to a neighbour.`)];
};

export const mtuKnob = defineKnob({
  id: 'mtu',
  schema: z.number().int().describe('Largest IP packet in bytes, without the link header'),
  cards: ['nic.mtu'],
  risk: 'blip',
  meets: 'replace',
  fragments(mtu, context) {
    const findings = [cardBounds, deviceBounds, ipv6Loss, jumbo].flatMap((check) => check(mtu, context));
    if (findings.some((finding) => finding.severity === 'error')) return { fragments: [], findings };
    return { fragments: [{ resource: 'link', target: context.iface, part: { mtu } }], findings };
  },
  examples: [
    { title: 'Jumbo frames in a storage network', wish: 9000 },
    { title: 'Room for a PPPoE header', wish: 1492 },
  ],
});
