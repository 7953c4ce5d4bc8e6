// A probe socket over a path that exists only in memory: delays, silent hops, loss, several addresses for a hop, links of any MTU.
import type { IpVersion, ProbeAnswer, ProbePacket, ProbeSocket } from '../../src/model/probe.ts';

export interface SimulatedHop {
  /** One for each answer in turn, as routers that share the load do. */
  addresses: readonly string[];
  delayMs?: number;
  /** Whether the answer to the n-th probe that ends here (from 0) is never sent. */
  silent?: (n: number) => boolean;
  /** Whether the n-th packet that comes by (from 0) is lost here. */
  loses?: (n: number) => boolean;
  /** What it answers instead of letting anything pass. */
  refuses?: Pick<ProbeAnswer, 'kind' | 'code'>;
  /** Of the link behind it; larger packets are told off, or vanish. */
  mtu?: number;
  swallows?: boolean;
  /** The MTU that it names in its refusal, when not the true one. */
  names?: number | null;
}

export interface SimulatedPath extends ProbeSocket {
  readonly sent: readonly ProbePacket[];
  readonly closed: boolean;
  /** Gives an answer from outside the path. */
  inject(answer: ProbeAnswer): void;
}

interface Options {
  family?: IpVersion;
  method?: ProbeSocket['method'];
  interfaceMtu?: number;
  /** The last hop is the target unless the path leads nowhere. */
  open?: boolean;
}

const always = (): boolean => false;

export const simulatePath = (hops: readonly SimulatedHop[], options: Options = {}): SimulatedPath => {
  const { family = 4, method = 'icmp_raw', interfaceMtu = 1500, open = true } = options;
  const sent: ProbePacket[] = [];
  const passed = hops.map(() => 0);
  const asked = hops.map(() => 0);
  let listener: (answer: ProbeAnswer) => void = () => undefined;
  let closed = false;

  const give = (answer: ProbeAnswer, delayMs: number): void => {
    setTimeout(() => {
      if (!closed) listener({ ...answer, atMs: performance.now() });
    }, delayMs);
  };

  const answerOf = (packet: ProbePacket): { answer: Omit<ProbeAnswer, 'atMs'>; delayMs: number } | undefined => {
    const { token, hopLimit = 64, payloadBytes = 56 } = packet;
    const bytes = payloadBytes + (family === 4 ? 28 : 48);
    const say = (index: number, told: Pick<ProbeAnswer, 'kind' | 'code'>, mtu: number | null = null) => {
      const hop = hops[index];
      if (hop === undefined) return undefined;
      const n = asked[index] ?? 0;
      asked[index] = n + 1;
      if ((hop.silent ?? always)(n)) return undefined;
      const from = hop.addresses[n % hop.addresses.length] ?? null;
      return { answer: { token, from, ...told, mtu, hopLimit: 64 - index }, delayMs: hop.delayMs ?? 1 };
    };
    if (bytes > interfaceMtu) {
      const local = { token, from: null, kind: 'local', code: 90, mtu: interfaceMtu, hopLimit: null } as const;
      return { answer: local, delayMs: 0 };
    }
    for (const [index, hop] of hops.entries()) {
      const n = passed[index] ?? 0;
      passed[index] = n + 1;
      if ((hop.loses ?? always)(n)) return undefined;
      if (open && index === hops.length - 1) {
        return say(index, hop.refuses ?? { kind: 'echo_reply', code: 0 });
      }
      if (hopLimit === index + 1) return say(index, { kind: 'time_exceeded', code: 0 });
      if (hop.refuses !== undefined) return say(index, hop.refuses);
      if (hop.mtu !== undefined && bytes > hop.mtu) {
        if (hop.swallows === true) return undefined;
        return say(index, { kind: 'too_big', code: 4 }, hop.names === undefined ? hop.mtu : hop.names);
      }
    }
    return undefined;
  };

  return {
    family,
    method,
    sent,
    get closed() {
      return closed;
    },
    send: (packet) => {
      if (closed) throw new Error('closed');
      sent.push(packet);
      const found = answerOf(packet);
      if (found !== undefined) give({ ...found.answer, atMs: 0 }, found.delayMs);
      return performance.now();
    },
    inject: (answer) => {
      listener(answer);
    },
    onAnswer: (next) => {
      listener = next;
    },
    close: () => {
      closed = true;
    },
  };
};

/** Routers 192.0.2.1, 192.0.2.2, ... and the target at the end, each a millisecond farther. */
export const plainHops = (count: number): SimulatedHop[] =>
  Array.from({ length: count }, (_, index) => ({ addresses: [`192.0.2.${index + 1}`], delayMs: index + 1 }));
