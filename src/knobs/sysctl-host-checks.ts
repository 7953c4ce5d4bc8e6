// What a value needs of this very host beyond its card: memory for buffers, a congestion control or qdisc that the kernel has.
import type { KnobContext } from '../model/knob.ts';
import { addressOf } from '../model/snapshot.ts';
import { allowedCongestionControlKey, congestionControlKey, sysctlObservedSchema } from '../model/sysctl.ts';
import type { Lack } from './unavailable.ts';

/** Keys that bound one socket's buffer; the last number is the maximum in bytes. */
const bufferKeys = [
  'net.core.rmem_max',
  'net.core.wmem_max',
  'net.core.rmem_default',
  'net.core.wmem_default',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
];

const memoryCheck = (key: string, value: string, { snapshot, policy }: KnobContext): Lack | undefined => {
  if (!bufferKeys.includes(key)) return undefined;
  const maximum = Number(value.split(' ').at(-1));
  const percent = policy.limits.socket_buffer_memory_percent;
  const bound = Math.floor((snapshot.memory_bytes * percent) / 100);
  if (maximum <= bound) return undefined;
  return {
    code: 'limit_exceeded',
    message: `${key} would let one socket take ${maximum} bytes, more than ${percent} % of this host's memory`,
    hint: `Here at most ${bound} bytes are accepted (limits.yaml, socket_buffer_memory_percent).`,
  };
};

const congestionControlCheck = (value: string, { snapshot }: KnobContext): Lack | undefined => {
  const available = snapshot.features.congestion_controls;
  if (!available.includes(value)) {
    return {
      code: 'missing_kernel_feature',
      message: `this kernel has no congestion control "${value}"`,
      hint: `Available: ${available.join(', ')}. Others need the kernel module tcp_${value}.`,
    };
  }
  const observed = sysctlObservedSchema.parse(snapshot.observed[addressOf('sysctl', congestionControlKey)] ?? null);
  const allowed = observed?.companions[allowedCongestionControlKey]?.value.split(' ');
  if (snapshot.initial_netns || allowed === undefined || allowed.includes(value) || observed?.value === value) {
    return undefined;
  }
  return {
    code: 'not_permitted',
    message: `congestion control "${value}" may not be made the default in this network namespace`,
    hint: `Allowed here: ${allowed.join(', ')}. The initial namespace's net.ipv4.tcp_allowed_congestion_control decides.`,
  };
};

const qdiscCheck = (value: string, { snapshot }: KnobContext): Lack | undefined => {
  const { qdiscs } = snapshot.features;
  if (qdiscs.includes(value)) return undefined;
  return {
    code: 'missing_kernel_feature',
    message: `this kernel has no qdisc "${value}"`,
    hint: `Available: ${qdiscs.join(', ')}. Others need the kernel module sch_${value}.`,
  };
};

export const hostChecks = (key: string, value: string, context: KnobContext): Lack | undefined => {
  if (key === congestionControlKey) return congestionControlCheck(value, context);
  if (key === 'net.core.default_qdisc') return qdiscCheck(value, context);
  return memoryCheck(key, value, context);
};
