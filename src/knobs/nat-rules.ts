// The knob for address translation: snat and masquerade where packets leave, dnat where they come in.
import * as z from 'zod';
import type { Finding } from '../model/finding.ts';
import { error, warning } from '../model/finding.ts';
import { defineKnob } from '../model/knob.ts';
import type { KnobContext } from '../model/knob.ts';
import { matchFamilies, matchProblems } from '../model/match.ts';
import type { Family } from '../model/match.ts';
import type { Match } from '../model/names.ts';
import {
  addressSchema,
  familyOf,
  interfaceNameSchema,
  networkSchema,
  portProtocols,
  portRangeSchema,
  protocolSchema,
} from '../model/names.ts';
import { protectedBy } from '../model/policy.ts';
import type { Entry } from '../resources/nft/entries.ts';
import { forwardingFindings } from './forwarding.ts';
import { managementPorts, nftResult } from './packet-filter.ts';

const plainSchema = z.strictObject({
  type: z.enum(['snat', 'dnat', 'masquerade']),
  iface: interfaceNameSchema
    .optional()
    .describe("where packets leave (snat, masquerade) or come in (dnat); the plan's interface"),
  to_addr: addressSchema.optional(),
  to_port: portRangeSchema.optional(),
  protocol: protocolSchema.optional(),
  dport: portRangeSchema.optional().describe('destination port or range before translation'),
  src: networkSchema.optional(),
  dst: networkSchema.optional(),
});
type NatRule = z.infer<typeof plainSchema>;

const matchOf = ({ protocol, dport, src, dst }: NatRule): Match => ({
  ...(protocol === undefined ? {} : { proto: protocol }),
  ...(dport === undefined ? {} : { dports: [dport] }),
  ...(src === undefined ? {} : { src }),
  ...(dst === undefined ? {} : { dst }),
});

const ruleSchema = plainSchema.superRefine((rule, context) => {
  const refuse = (field: keyof NatRule, message: string) => {
    context.addIssue({ code: 'custom', path: [field], message });
  };
  const match = matchOf(rule);
  for (const { field, message } of matchProblems(match))
    refuse(field === 'src' || field === 'dst' ? field : 'protocol', message);
  if (rule.type === 'masquerade' && rule.to_addr !== undefined) {
    refuse('to_addr', "masquerade takes the interface's own address: leave to_addr out, or use snat");
  }
  if (rule.type !== 'masquerade' && rule.to_addr === undefined) refuse('to_addr', `${rule.type} needs to_addr`);
  if (rule.to_addr !== undefined && !matchFamilies(match).includes(familyOf(rule.to_addr))) {
    refuse('to_addr', 'to_addr must be of the address family of src, dst and protocol');
  }
  if (rule.to_port !== undefined && (rule.protocol === undefined || !portProtocols.includes(rule.protocol))) {
    refuse('to_port', `to_port needs protocol to be one of ${portProtocols.join(', ')}`);
  }
});

const schema = z.array(ruleSchema).max(256).describe('address translation; the first rule that matches counts');

const covers = (range: number | string, port: number): boolean => {
  const [low = 0, high = low] = String(range).split('-').map(Number);
  return port >= low && port <= high;
};

/** A dnat that takes packets to a management port sends its owner's sessions elsewhere. */
const managementFindings = (rule: NatRule, path: string, context: KnobContext): Finding[] => {
  if (rule.type !== 'dnat') return [];
  const { protocol, dport } = rule;
  if (protocol !== undefined && protocol !== 'tcp') {
    if (dport !== undefined) return [];
    const message = `this dnat takes every ${protocol} packet that comes in, also those for this host`;
    return [warning(path, 'wide_dnat', message, 'Restrict it with dport or dst.')];
  }
  const taken = managementPorts(context).filter((port) => dport === undefined || covers(dport, port));
  if (taken.length === 0) return [];
  const message = `this dnat would take port ${taken.join(', ')}, by which this host is managed, away from it`;
  const hint = dport === undefined ? 'Restrict it with protocol and dport.' : 'Choose a dport without that port.';
  return [error(`${path}.dport`, 'plan_refused', message, hint)];
};

/**
 * snat of everything that leaves, this host's own packets included: connection tracking takes up a running session at its
 * next reply, and that reply would then come from an address its other side does not know.
 */
const ownTrafficFindings = (rule: NatRule, path: string, { iface, snapshot }: KnobContext): Finding[] => {
  const { type, to_addr, src, protocol, dport } = rule;
  if (type !== 'snat' || to_addr === undefined || src !== undefined || dport !== undefined) return [];
  if (protocol !== undefined && protocol !== 'tcp') return [];
  const facts = snapshot.interfaces[rule.iface ?? iface];
  const own = [...(facts?.ipv4 ?? []), ...(facts?.ipv6 ?? [])].map((address) => address.split('/')[0]);
  if (own.includes(to_addr)) return [];
  const message = `this snat rewrites the host's own packets too, and ${to_addr} is not an address of the interface: sessions by which the host is managed would be cut`;
  return [error(`${path}.src`, 'plan_refused', message, 'Give src, the network whose packets are to be rewritten.')];
};

const interfaceFindings = (rule: NatRule, path: string, { iface, snapshot, policy }: KnobContext): Finding[] => {
  if (rule.iface === undefined || rule.iface === iface) return [];
  const named = rule.iface;
  const glob = protectedBy(policy.limits, named);
  if (glob !== undefined) {
    const message = `interface "${named}" is protected by limits.yaml (${glob})`;
    return [error(`${path}.iface`, 'plan_refused', message, 'Choose another interface.')];
  }
  if (snapshot.interfaces[named] !== undefined) return [];
  const message = `there is no interface "${named}" now; the rule waits for one of that name`;
  return [
    warning(
      `${path}.iface`,
      'unknown_interface',
      message,
      `Interfaces here: ${Object.keys(snapshot.interfaces).slice(0, 20).join(', ')}.`,
    ),
  ];
};

const familiesOf = (rule: NatRule): Family[] =>
  rule.to_addr === undefined ? matchFamilies(matchOf(rule)) : [familyOf(rule.to_addr)];

export const natRulesKnob = defineKnob({
  id: 'nat_rules',
  schema,
  cards: ['iptables.nat'],
  risk: 'cuts-off',
  meets: 'replace',
  fragments(wish, context) {
    const entries = wish.map((rule): Entry => ({ kind: 'nat', ...rule, iface: rule.iface ?? context.iface }));
    const findings = wish.flatMap((rule, index) => {
      const path = `changes.nat_rules[${String(index)}]`;
      return [managementFindings, ownTrafficFindings, interfaceFindings].flatMap((check) => check(rule, path, context));
    });
    findings.push(...forwardingFindings('changes.nat_rules', wish.flatMap(familiesOf), context));
    return nftResult('changes.nat_rules', context, entries, findings, { conntrack: true });
  },
  examples: [
    { title: 'Hosts behind this one share its address', wish: [{ type: 'masquerade', src: '10.0.0.0/24' }] },
    {
      title: 'A web server behind this host',
      wish: [{ type: 'dnat', protocol: 'tcp', dport: 8080, to_addr: '10.0.0.2', to_port: 80 }],
    },
  ],
});
