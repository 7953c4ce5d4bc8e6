// What every manager's reader gets, and what they share: how a sysctl key is spelled and how a claim is made.
import type { LinkAttribute, OwnerClaim } from '../../model/owner.ts';
import type { ConfigFiles } from '../../model/ports.ts';

/** The interface asked about, as far as it is known; what is undefined cannot be matched against. */
export interface Device {
  iface: string;
  mac: string | undefined;
  driver: string | undefined;
  kernel: string | undefined;
  /** As systemd names it: ether, wlan, bridge, vlan, loopback, ... */
  type: string | undefined;
}

export interface OwnerContext {
  files: ConfigFiles;
  device: Device;
}

/** Below a vendor's folder; /usr/local/lib is the administrator's. */
export const isShipped = (path: string): boolean => /^\/(?:usr\/)?lib\//.test(path);

/**
 * `net/ipv4/conf/eth0.1/forwarding` and `net.ipv4.conf.eth0/1.forwarding` are both the latter; undefined for what is not a key below net.
 * The first separator decides which of the two is meant, as in sysctl(8).
 */
export const sysctlKey = (written: string): string | undefined => {
  const text = written.trim().replace(/^\/proc\/sys\//, '');
  const key = /^[^./]*\//.test(text) ? text.replaceAll(/[./]/g, (separator) => (separator === '/' ? '.' : '/')) : text;
  return key.length <= 200 && /^net(?:\.[A-Za-z0-9_*?[\]!^/:@+-]+)+$/.test(key) ? key : undefined;
};

export const linkClaim = (iface: string, attribute: LinkAttribute): OwnerClaim => ({ kind: 'link', iface, attribute });

/** A text that identifies what is claimed, to sort and to find what overrides what. */
export const claimText = (claim: OwnerClaim): string => {
  if (claim.kind === 'sysctl') return `sysctl ${claim.key}`;
  return claim.kind === 'link' ? `link ${claim.iface} ${claim.attribute}` : 'firewall';
};
