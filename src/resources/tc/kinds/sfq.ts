// sfq: stochastic fair queueing (man tc-sfq), without its RED mode.
import type { Kind } from '../kind.ts';
import { count, flag, size } from '../params.ts';

export const sfq: Kind = {
  kind: 'sfq',
  leaf: true,
  params: [
    count('limit', { min: 1, max: 65_535 }),
    size('quantum', { min: 256, max: 1_048_576 }),
    count('depth', { min: 1, max: 127 }),
    flag('headdrop', 'headdrop', undefined, (options) => options.has('headdrop')),
    count('flows', { min: 1, max: 65_408 }),
    count('divisor', { min: 1, max: 65_536 }),
    {
      ...count('perturb_s', { word: 'perturb', min: 0, max: 3600 }),
      read: (options) => Number(/^([0-9]+)(?:sec)?$/.exec(options.get('perturb')?.[0] ?? '0sec')?.[1]),
    },
  ],
  aliases: { perturb: 'perturb_s' },
  // Saying a limit makes the kernel cut the flows to it, which it does not do by itself: the default 128 flows of 127 packets.
  restore: (params) => {
    const { limit, flows, ...others } = params;
    if (Number(flows) <= Number(limit)) return { params };
    return limit === 127 && flows === 128
      ? { params: others }
      : { reason: 'it has more flows than its limit of packets' };
  },
  check: ({ divisor, limit, depth, flows }) => [
    ...(typeof limit === 'number' && typeof flows === 'number' && flows > limit
      ? [
          {
            param: 'flows',
            message: 'is more than limit',
            hint: 'Lower flows or raise limit: each flow holds at least one packet.',
          },
        ]
      : []),
    ...(typeof divisor === 'number' && !Number.isInteger(Math.log2(divisor))
      ? [{ param: 'divisor', message: 'must be a power of two', hint: 'Give 1024 or another power of two.' }]
      : []),
    // The kernel cuts the limit to depth x flows without a word.
    ...(typeof limit === 'number' && limit > Number(depth ?? 127) * Number(flows ?? 127)
      ? [
          {
            param: 'limit',
            message: 'is more than depth x flows',
            hint: 'Raise flows (127 unless told) or lower limit.',
          },
        ]
      : []),
  ],
};
