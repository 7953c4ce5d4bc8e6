// A veth pair under load: bits and packets a second with nothing, tcx or generic XDP counting at the receiver, or tcx at the sender, in turn.
import { spawn } from 'node:child_process';
import * as z from 'zod';
import type { Namespace } from '../../tests/helpers/netns.ts';
import { addresses, startCounting } from '../../tests/monitor/counters.ts';
import type { CounterRequest } from '../../tests/monitor/counter-agent.ts';
import { median } from '../statistics.ts';

const ways = {
  off: [],
  tcx: [
    { rung: 'tcx', direction: 'incoming', talkers: 'address' },
    { rung: 'tcx', direction: 'outgoing', talkers: 'address' },
  ],
  'generic XDP and tcx': [
    { rung: 'xdp', direction: 'incoming', talkers: 'address' },
    { rung: 'tcx', direction: 'outgoing', talkers: 'address' },
  ],
} as const satisfies Record<string, CounterRequest['counters']>;
export type Way = keyof typeof ways;
export const wayNames = ['off', 'tcx', 'generic XDP and tcx'] as const satisfies readonly Way[];

const seconds = '2';
const loads = {
  tcp: ['-t', seconds],
  udp: ['-u', '-b', '0', '-l', '64', '-t', seconds],
} as const;
export type Load = keyof typeof loads;

const resultSchema = z.object({
  end: z.object({
    sum_received: z.object({ bits_per_second: z.number(), packets: z.number().optional(), seconds: z.number() }),
  }),
});

/** Received bits a second, or thousands of packets a second for `udp`. */
const once = async (receiver: Namespace, sender: Namespace, load: Load): Promise<number> => {
  const server = spawn('ip', ['netns', 'exec', receiver.name, 'iperf3', '-s', '-1', '--forceflush'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await new Promise((resolve) => server.stdout.once('data', resolve));
    const done = new Promise((resolve) => server.once('exit', resolve));
    const text = await sender.exec('iperf3', '-J', '-c', addresses.here[0], ...loads[load]);
    await done;
    const { bits_per_second: bits, packets = 0, seconds: took } = resultSchema.parse(JSON.parse(text)).end.sum_received;
    return load === 'udp' ? packets / took / 1000 : bits / 1e9;
  } finally {
    server.kill('SIGKILL');
  }
};

export interface LoadFound {
  /** Medians of the rounds. */
  rate: Record<Way, number>;
  /** Medians of each round's own rate over that round's `off`, since the machine's speed changes from round to round. */
  overOff: Record<Way, number>;
}

/** Each round begins with another way: what comes first has the caches that the round before left. */
export const measureLoad = async (
  receiver: Namespace,
  sender: Namespace,
  load: Load,
  rounds: number,
): Promise<LoadFound> => {
  const found: Record<Way, number[]> = { off: [], tcx: [], 'generic XDP and tcx': [] };
  for (let round = 0; round < rounds; round += 1) {
    const first = round % wayNames.length;
    for (const way of [...wayNames.slice(first), ...wayNames.slice(0, first)]) {
      const counting = await startCounting(receiver, [...ways[way]]);
      if (counting.opened.error !== undefined) throw new Error(counting.opened.error.message);
      found[way].push(await once(receiver, sender, load));
      await counting.agent.end();
    }
  }
  const of = (summary: (way: Way) => number): Record<Way, number> => ({
    off: summary('off'),
    tcx: summary('tcx'),
    'generic XDP and tcx': summary('generic XDP and tcx'),
  });
  return {
    rate: of((way) => median(found[way])),
    overOff: of((way) => median(found[way].map((rate, round) => rate / (found.off[round] ?? Number.NaN)))),
  };
};
