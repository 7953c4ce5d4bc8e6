// The knob for NIC offloads; what the driver has fixed is refused by name.
import * as z from 'zod';
import { type Finding, error, info, warning } from '../model/finding.ts';
import { type KnobContext, defineKnob } from '../model/knob.ts';
import {
  type EthtoolObserved,
  type Feature,
  type OffloadName,
  ethtoolObservedSchema,
  mangleIdFeature,
  offloadNames,
  offloadOf,
} from '../model/offloads.ts';
import { addressOf } from '../model/snapshot.ts';
import { sysctlObservedSchema } from '../model/sysctl.ts';
import { unavailable } from './unavailable.ts';

const flag = (what: string) => z.boolean().nullable().optional().describe(what);

const schema = z.strictObject({
  gro: flag('Merge received packets before the stack sees them'),
  gso: flag('Split large packets as late as possible, in software'),
  tso: flag('Let the NIC split TCP segments'),
  lro: flag('Let the NIC merge received packets; never where packets are forwarded or bridged'),
  rx: flag('Let the NIC verify checksums'),
  tx: flag('Let the NIC fill in checksums'),
});

const onOff = (value: boolean): string => (value ? 'on' : 'off');

const unreadable = (context: KnobContext): Finding => {
  if (context.snapshot.features.binaries['ethtool'] === null) {
    return error('changes.offloads', 'missing_binary', 'ethtool is not installed', 'Install the package ethtool.');
  }
  return error(
    'changes.offloads',
    'missing_kernel_feature',
    `the offloads of ${context.iface} cannot be read`,
    `See what "ethtool -k ${context.iface}" says.`,
  );
};

const fixedFeature = (path: string, message: string, context: KnobContext): Finding => {
  const hint = `"ethtool -k ${context.iface}" lists what can change.`;
  return unavailable(path, context, { code: 'missing_kernel_feature', message, hint });
};

const forwards = (context: KnobContext): boolean => {
  const raw = context.snapshot.observed[addressOf('sysctl', 'net.ipv4.ip_forward')];
  const observed = raw === undefined ? null : sysctlObservedSchema.parse(raw);
  return observed?.value === '1' || (context.snapshot.interfaces[context.iface]?.master ?? null) !== null;
};

/** What is honestly to be said about a wish that can be met. */
const remarks = (name: OffloadName, value: boolean, context: KnobContext): Finding[] => {
  const path = `changes.offloads.${name}`;
  if (name === 'lro' && value && forwards(context)) {
    const message = 'LRO merges packets for good, which breaks forwarding and bridging; this host does one of them';
    return [warning(path, 'lro_with_forwarding', message, 'Use gro instead.')];
  }
  if (name === 'tx' && !value) {
    const message = 'without transmit checksums the kernel also keeps tso inactive, and sending costs more CPU';
    return [warning(path, 'costs_cpu', message, 'Switch tx off only to rule out a checksum fault of the NIC.')];
  }
  if ((name === 'gro' || name === 'tso' || name === 'gso') && !value) {
    const message = `${name} off costs CPU for each packet; it lowers latency only where large bursts are the cause`;
    return [info(path, 'costs_cpu', message, 'Measure before and after.')];
  }
  return [];
};

interface Judged {
  features: Record<string, boolean>;
  findings: Finding[];
}

const judge = (
  name: OffloadName,
  value: boolean,
  group: readonly (readonly [string, Feature])[],
  context: KnobContext,
): Judged => {
  const path = `changes.offloads.${name}`;
  if (group.length === 0) {
    return { features: {}, findings: [fixedFeature(path, `${context.iface} has no offload "${name}"`, context)] };
  }
  const changeable = group.filter(([feature, { fixed }]) => !fixed && !(value && feature === mangleIdFeature));
  if (changeable.length === 0) {
    if (group.some(([, { active }]) => active) === value) return { features: {}, findings: [] };
    const names = group.map(([feature]) => feature).join(', ');
    const message = `${context.iface} cannot switch ${name} ${onOff(value)}: the driver has fixed ${names}`;
    return { features: {}, findings: [fixedFeature(path, message, context)] };
  }
  const features = Object.fromEntries(changeable.map(([feature]) => [feature, value]));
  const findings = context.origin(path) === 'committed' ? [] : remarks(name, value, context);
  if (value && changeable.every(([, feature]) => feature.requested && !feature.active)) {
    const message = `${name} is requested already but stays inactive: something it depends on is off`;
    findings.push(
      warning(path, 'stays_inactive', message, 'Switch on what it needs first: tso needs tx and scatter-gather.'),
    );
  }
  return { features, findings };
};

const readObserved = (context: KnobContext): EthtoolObserved => {
  const raw = context.snapshot.observed[addressOf('ethtool', context.iface)];
  return raw === undefined ? null : ethtoolObservedSchema.parse(raw);
};

export const offloadsKnob = defineKnob({
  id: 'offloads',
  schema,
  cards: ['nic.offloads'],
  risk: 'blip',
  meets: 'merge',
  fragments(wish, context) {
    const observed = readObserved(context);
    if (observed === null) return { fragments: [], findings: [unreadable(context)] };
    const features: Record<string, boolean> = {};
    const findings: Finding[] = [];
    for (const name of offloadNames) {
      const value = wish[name];
      if (value === undefined || value === null) continue;
      const group = Object.entries(observed.features).filter(([feature]) => offloadOf(feature) === name);
      const judged = judge(name, value, group, context);
      Object.assign(features, judged.features);
      findings.push(...judged.findings);
    }
    if (Object.keys(features).length === 0) return { fragments: [], findings };
    return { fragments: [{ resource: 'ethtool', target: context.iface, part: { features } }], findings };
  },
  examples: [
    { title: 'Merge and split packets in the kernel and the NIC', wish: { gro: true, gso: true, tso: true } },
    { title: 'No hardware merging on a router', wish: { lro: false } },
  ],
});
