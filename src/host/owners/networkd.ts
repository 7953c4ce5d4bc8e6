// systemd-networkd: forwarding and other per-interface keys, MTU, qdiscs and routes of the .network file an interface gets.
import type { Owner, OwnerClaim } from '../../model/owner.ts';
import { keySegment } from '../../model/sysctl.ts';
import { isShipped, linkClaim, type OwnerContext } from './context.ts';
import { lastValues, type IniEntry } from './ini.ts';
import { unitFor } from './systemd-units.ts';

const qdiscSection =
  /^(?:QDisc|NetworkEmulator|TokenBucketFilter|PIE|FlowQueuePIE|StochasticFairBlue|StochasticFairnessQueueing|BFIFO|PFIFO|PFIFOHeadDrop|PFIFOFast|CAKE|ControlledDelay|DeficitRoundRobinScheduler(?:Class)?|EnhancedTransmissionSelection|GenericRandomEarlyDetection|FairQueueing(?:ControlledDelay)?|TrivialLinkEqualizer|HierarchyTokenBucket(?:Class)?|HeavyHitterFilter|QuickFairQueueing(?:Class)?|ClassfulMultiQueueing|BandMultiQueueing|MultiClassPriority)$/;

const yes = /^(?:1|yes|y|true|t|on)$/i;
const no = /^(?:0|no|n|false|f|off)$/i;
const booleanValue = (text: string): string => (yes.test(text) ? '1' : no.test(text) ? '0' : text);

type Found = [OwnerClaim, string | null];

/** Per-interface keys by the option that sets them. */
const keys: Readonly<Record<string, string>> = {
  IPv4Forwarding: 'net.ipv4.conf.IFACE.forwarding',
  IPv6Forwarding: 'net.ipv6.conf.IFACE.forwarding',
  IPv4ReversePathFilter: 'net.ipv4.conf.IFACE.rp_filter',
  IPv4AcceptLocal: 'net.ipv4.conf.IFACE.accept_local',
  IPv4RouteLocalnet: 'net.ipv4.conf.IFACE.route_localnet',
  IPv4ProxyARP: 'net.ipv4.conf.IFACE.proxy_arp',
  IPv6ProxyNDP: 'net.ipv6.conf.IFACE.proxy_ndp',
  IPv6PrivacyExtensions: 'net.ipv6.conf.IFACE.use_tempaddr',
  IPv6MTUBytes: 'net.ipv6.conf.IFACE.mtu',
};

/** IPForward= of systemd before 256 set the whole host's keys; `kernel` leaves them. */
const forwarding = (value: string): Found[] => {
  const isOn = yes.test(value);
  if (!isOn && !no.test(value) && !/^ipv[46]$/.test(value)) return [];
  const claims: Found[] = [];
  if (isOn || no.test(value) || value === 'ipv4') {
    claims.push([{ kind: 'sysctl', key: 'net.ipv4.ip_forward' }, no.test(value) ? '0' : '1']);
  }
  if (isOn || no.test(value) || value === 'ipv6') {
    claims.push([{ kind: 'sysctl', key: 'net.ipv6.conf.all.forwarding' }, no.test(value) ? '0' : '1']);
  }
  return claims;
};

const ofNetworkOption = ({ key, value }: IniEntry, iface: string): Found[] => {
  if (key === 'IPForward') return forwarding(value);
  if (key === 'IPMasquerade') return no.test(value) ? [] : [[{ kind: 'firewall' }, `IPMasquerade=${value}`]];
  const sysctl = Object.hasOwn(keys, key) ? keys[key] : undefined;
  return sysctl === undefined
    ? []
    : [[{ kind: 'sysctl', key: sysctl.replace('IFACE', keySegment(iface)) }, booleanValue(value)]];
};

export const readNetworkd = (context: OwnerContext): Owner[] => {
  const { files, device } = context;
  const unit = unitFor(context, '.network');
  if (unit === undefined) return [];
  const link = lastValues(unit.sections, 'Link');
  if (yes.test(link.get('Unmanaged')?.value ?? '')) return [];

  const runs = files.exists('/run/systemd/netif');
  const owner = ([claim, value]: Found, source: string): Owner => ({
    manager: 'systemd-networkd',
    claim,
    value,
    source,
    shipped: isShipped(source),
    active: runs,
    effect:
      'whenever systemd-networkd configures the interface: at boot, on carrier, with networkctl reload or reconfigure',
  });

  const mtu = link.get('MTUBytes');
  const ofSections = unit.sections.flatMap(({ name, source }) => {
    if (qdiscSection.test(name)) return [owner([linkClaim(device.iface, 'qdisc'), name], source)];
    return name === 'Route' ? [owner([linkClaim(device.iface, 'routes'), null], source)] : [];
  });
  return [
    ...[...lastValues(unit.sections, 'Network').values()].flatMap((entry) =>
      ofNetworkOption(entry, device.iface).map((found) => owner(found, entry.source)),
    ),
    ...(mtu === undefined ? [] : [owner([linkClaim(device.iface, 'mtu'), mtu.value], mtu.source)]),
    ...ofSections,
  ];
};
