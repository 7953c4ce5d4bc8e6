// Whether this host forwards at all, which translation for others depends on.
import type { Finding } from '../model/finding.ts';
import { warning } from '../model/finding.ts';
import type { KnobContext } from '../model/knob.ts';
import type { Family } from '../model/match.ts';
import { families } from '../model/match.ts';
import { addressOf } from '../model/snapshot.ts';
import { sysctlObservedSchema } from '../model/sysctl.ts';

const keyOf: Readonly<Record<Family, string>> = {
  ipv4: 'net.ipv4.ip_forward',
  ipv6: 'net.ipv6.conf.all.forwarding',
};

const wishedValue = (key: string, { wishes }: KnobContext): string | undefined => {
  const wish = wishes['sysctl'];
  if (typeof wish !== 'object' || wish === null) return undefined;
  const found: unknown = Object.entries(wish).find(([name]) => name === key)?.[1];
  return typeof found === 'string' || typeof found === 'number' ? String(found).trim() : undefined;
};

/** Only where the key was read and says no, and the plan does not set it itself. */
const forwardingOff = (family: Family, context: KnobContext): boolean => {
  const key = keyOf[family];
  const read = sysctlObservedSchema.safeParse(context.snapshot.observed[addressOf('sysctl', key)]);
  const observed = read.success ? read.data?.value : undefined;
  return (wishedValue(key, context) ?? observed) === '0';
};

export const forwardingFindings = (path: string, wanted: readonly Family[], context: KnobContext): Finding[] =>
  families
    .filter((family) => wanted.includes(family) && forwardingOff(family, context))
    .map((family) => {
      const message = `${keyOf[family]} is 0: this host does not forward, so only its own packets are translated`;
      return warning(
        path,
        'no_forwarding',
        message,
        `Add "${keyOf[family]}": "1" to changes.sysctl if it is to translate for others.`,
      );
    });
