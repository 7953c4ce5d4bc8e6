// Sysctl keys: which spellings are keys at all, where they lie under /proc/sys, and what reading one gives.
import * as z from 'zod';

/** A key as plans and cards name it: below net., lower case, no way out of /proc/sys/net. */
export const sysctlKeyPattern = /^net(?:\.[a-z0-9_]+)+$/;

export const congestionControlKey = 'net.ipv4.tcp_congestion_control';
export const allowedCongestionControlKey = 'net.ipv4.tcp_allowed_congestion_control';

/**
 * Keys that the kernel moves along when another one is written, so that undoing means restoring them too:
 * per-interface forwarding, accept_redirects of ip_forward, the list of allowed congestion controls.
 * An interface name's own dots are written as slashes, as sysctl(8) does.
 */
export const companionKeyPattern =
  /^(?:net\.ipv[46]\.conf\.[A-Za-z0-9_][A-Za-z0-9_/:@+-]{0,14}\.forwarding|net\.ipv4\.conf\.all\.accept_redirects|net\.ipv4\.tcp_allowed_congestion_control)$/;

/** `net.ipv4.conf.eth0/100.forwarding` -> `/proc/sys/net/ipv4/conf/eth0.100/forwarding`. */
export const sysctlPath = (key: string): string =>
  `/proc/sys/${key.replaceAll(/[./]/g, (character) => (character === '.' ? '/' : '.'))}`;

/** The way back for one segment: an interface name as it stands in a key. */
export const keySegment = (name: string): string => name.replaceAll('.', '/');

export const sysctlObservedSchema = z
  .strictObject({
    value: z.string(),
    /** This process may write it: in a namespace some keys are read-only. */
    writable: z.boolean(),
    /** Companion keys that are not what writing `value` would make them by itself. */
    companions: z.record(z.string(), z.strictObject({ value: z.string(), writable: z.boolean() })),
  })
  /** Null: this kernel or namespace has no such key. */
  .nullable();
export type SysctlObserved = z.infer<typeof sysctlObservedSchema>;
