// TCP conversations by chance, the same for the same seed: wild ones, in which both sides send whatever the analysis could misjudge. They are no
// TCP that anybody would speak: what is compared is how two programs read them.
import { type Crafted, frame, ip, sack, tcp, windowScale } from './craft.ts';

/** Numbers from 0 to below 1 (mulberry32). */
export const randomNumbers = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
};

interface Sender {
  address: string;
  port: number;
  /** Next sequence number, and the highest it has acknowledged. */
  next: number;
  acknowledged: number;
  window: number;
}

const wrap = (value: number): number => value >>> 0;

/** One conversation of about `steps` packets, from a time in nanoseconds. */
export const wildConversation = (random: () => number, port: number, steps: number, start: bigint): Crafted[] => {
  const pick = <Item>(...items: readonly Item[]): Item => {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  };
  const family = random() < 0.2 ? 6 : 4;
  const sequence = (): number => wrap(random() < 0.3 ? 0xffff_ff00 + random() * 300 : random() * 0xffff_ffff);
  const side = (end: number, own: number): Sender => ({
    address: family === 4 ? `10.0.0.${end}` : `fd00::${end}`,
    port: own,
    next: sequence(),
    acknowledged: 0,
    window: pick(300, 1000, 65535),
  });
  const client = side(1, port);
  const server = side(2, 80);
  const packets: Crafted[] = [];
  let time = start;
  const send = (
    from: Sender,
    flags: string,
    seq: number,
    length = 0,
    options: number[] = [],
    ack = from.acknowledged,
  ) => {
    const to = from === client ? server : client;
    time += BigInt(Math.floor(pick(5, 200, 900, 2900, 3100, 19_000, 21_000, 250_000) * (0.9 + random() * 0.2))) * 1000n;
    const header = {
      sourcePort: from.port,
      destinationPort: to.port,
      seq: wrap(seq),
      ack: flags.includes('A') ? wrap(ack) : 0,
      flags,
      window: from.window,
      options,
      payload: new Uint8Array(length).fill(46),
    };
    packets.push({ time, bytes: frame(ip(from.address, to.address, 6, tcp(header))) });
  };
  const handshake = (): void => {
    client.acknowledged = wrap(server.next + 1);
    server.acknowledged = wrap(client.next + 1);
    const scales = [pick(0, 1, 3, -1), pick(0, 1, 3, -1)].map((shift) => (shift < 0 ? [] : windowScale(shift)));
    send(client, 'S', client.next, 0, scales[0]);
    if (random() < 0.1) send(client, 'S', client.next, 0, scales[0]);
    client.next += 1;
    if (random() < 0.05) return;
    send(server, 'SA', server.next, 0, scales[1]);
    if (random() < 0.1) send(server, 'SA', server.next, 0, scales[1]);
    server.next += 1;
    if (random() < 0.95) send(client, 'A', client.next);
  };
  const again = (from: Sender): void => {
    const back = pick(1, 2, 50, 100, 200, 300);
    send(from, pick('A', 'PA'), from.next - back, pick(back, 1, 50, 100, 200));
  };
  const actions: ((from: Sender, to: Sender) => void)[] = [
    (from) => {
      const length = pick(1, 50, 100, 100, 100, 300);
      send(from, pick('A', 'PA'), from.next, length);
      from.next += length;
    },
    (from, to) => {
      from.acknowledged = wrap(to.next - pick(0, 0, 0, 50, 100, 200));
      send(from, 'A', from.next);
    },
    (from) => {
      for (let times = pick(1, 2, 3); times > 0; times -= 1) send(from, 'A', from.next);
    },
    (from) => {
      send(from, 'A', from.next, 0, sack([wrap(from.acknowledged + 100), wrap(from.acknowledged + 200)]));
    },
    (from) => {
      again(from);
    },
    (from, to) => {
      from.acknowledged = wrap(to.next - 200);
      for (let times = 3; times > 0; times -= 1) send(from, 'A', from.next);
      send(to, 'PA', to.next - 200, pick(100, 200));
    },
    (from) => {
      from.next = wrap(from.next + pick(1, 100, 1000));
    },
    (from) => {
      send(from, 'A', from.next - 1, pick(0, 1));
    },
    (from) => {
      from.window = pick(0, 0, 100, 300, 1000, 1001, 65535);
      send(from, 'A', from.next);
    },
    (from) => {
      send(from, 'A', from.next, 1);
    },
    (from, to) => {
      from.window = 0;
      send(from, 'A', from.next);
      send(to, 'A', to.next, 1);
      send(from, 'A', from.next, 0, [], wrap(from.acknowledged + pick(0, 0, 1)));
    },
    (from, to) => {
      const full = wrap(from.acknowledged + from.window - to.next);
      if (full === 0 || full > 2000) return;
      send(to, 'A', to.next, full);
      to.next += full;
    },
    (from, to) => {
      from.acknowledged = wrap(to.next + pick(1, 100));
      send(from, 'A', from.next);
    },
    (from) => {
      if (random() < 0.3) send(from, pick('R', 'RA'), from.next + pick(0, 0, 100, -50), pick(0, 0, 10));
    },
    (from) => {
      if (random() > 0.3) return;
      send(from, 'FA', from.next, pick(0, 0, 10));
      from.next += 1;
    },
    () => {
      if (random() > 0.15) return;
      client.next = random() < 0.3 ? client.next : sequence();
      server.next = sequence();
      handshake();
    },
    () => {
      if (random() < 0.2) send(server, 'SA', server.next - 1);
    },
  ];
  if (random() < 0.85) handshake();
  else {
    client.acknowledged = server.next;
    server.acknowledged = client.next;
  }
  while (packets.length < steps) {
    const [from, to] = random() < 0.6 ? [client, server] : [server, client];
    pick(...actions)(from, to);
  }
  return packets;
};

/** Many wild conversations, one after the other. */
export const wildCapture = (seed: number, conversations = 100, steps = 40): Crafted[] => {
  const random = randomNumbers(seed);
  return Array.from({ length: conversations }, (_, index) =>
    wildConversation(random, 10_000 + index, steps, 1_700_000_000_000_000_000n + BigInt(index) * 1_000_000_000_000n),
  ).flat();
};
