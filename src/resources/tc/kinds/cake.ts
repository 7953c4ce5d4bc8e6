// cake: shaper, fair queueing and AQM in one (man tc-cake).
import type { Kind } from '../kind.ts';
import { choice, count, flag, rate, size, time } from '../params.ts';

const isolation = [
  'flowblind',
  'srchost',
  'dsthost',
  'hosts',
  'flows',
  'dual-srchost',
  'dual-dsthost',
  'triple-isolate',
];

export const cake: Kind = {
  kind: 'cake',
  leaf: true,
  params: [
    rate('bandwidth_mbit', 'mbit', { word: 'bandwidth', min: 0.008, max: 100_000 }),
    flag('autorate_ingress', 'autorate-ingress', undefined, (options) => options.has('autorate-ingress')),
    // `true` is diffserv4: a tin each for bulk, best effort, video and voice, which is what people mean by switching it on.
    choice('diffserv', ['besteffort', 'precedence', 'diffserv3', 'diffserv4', 'diffserv8'], {
      true: 'diffserv4',
      false: 'besteffort',
    }),
    choice('flow_isolation', isolation),
    flag('nat', 'nat', 'nonat', (options) => options.has('nat')),
    flag('wash', 'wash', 'nowash', (options) => options.has('wash')),
    flag('ingress', 'ingress', 'egress', (options) => options.has('ingress')),
    choice('ack_filter', ['no-ack-filter', 'ack-filter', 'ack-filter-aggressive'], {
      true: 'ack-filter',
      false: 'no-ack-filter',
      aggressive: 'ack-filter-aggressive',
    }),
    flag('split_gso', 'split-gso', 'no-split-gso', (options) => options.has('split-gso')),
    time('rtt_ms', 'ms', { word: 'rtt', min: 0.1, max: 3_600_000 }),
    choice('atm', ['noatm', 'atm', 'ptm'], { true: 'atm', false: 'noatm' }),
    // The kernel also takes down to -64; a word that starts with a dash is never handed to a binary.
    count('overhead', { min: 0, max: 256 }),
    count('mpu', { min: 0, max: 256 }),
    size('memory_limit_bytes', { word: 'memlimit', min: 65_536, max: 1_073_741_824 }),
    {
      ...count('fwmark', { min: 0, max: 0xffffffff }),
      // tc's JSON has it as hexadecimal text, and leaves it out of the text when 0.
      exact: { key: 'fwmark', of: (value) => value, slack: 0 },
    },
  ],
  aliases: {
    bandwidth: 'bandwidth_mbit',
    rtt: 'rtt_ms',
    memlimit: 'memory_limit_bytes',
    flow_mode: 'flow_isolation',
    flowmode: 'flow_isolation',
    isolation: 'flow_isolation',
  },
  fixedWords: ['unlimited', 'raw'],
  // Saying an overhead, even 0, ends the raw mode.
  restore: (params, shown) => {
    if (!shown.has('raw')) return { params };
    const { overhead, ...others } = params;
    return overhead === undefined || overhead === 0 ? { params: others } : { reason: 'it is raw and has an overhead' };
  },
};
