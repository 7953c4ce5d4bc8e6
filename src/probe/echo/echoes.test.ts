import { expect, it } from 'vitest';
import type { ProbeAnswer, ProbePacket, ProbeSocket } from '../../model/probe.ts';
import { createEchoes, type Extra } from './echoes.ts';

/** A socket whose network is the test: packets sent at time 0, answers as told. */
const fakeSocket = () => {
  const sent: ProbePacket[] = [];
  let listener: (answer: ProbeAnswer) => void = () => undefined;
  let closed = false;
  const socket: ProbeSocket = {
    family: 4,
    method: 'icmp_datagram',
    send: (packet) => {
      sent.push(packet);
      return 0;
    },
    onAnswer: (next) => {
      listener = next;
    },
    close: () => {
      closed = true;
    },
  };
  const answer = (given: Partial<ProbeAnswer>): void => {
    const token = sent.at(-1)?.token ?? -1;
    listener({ token, from: '10.0.0.1', kind: 'echo_reply', code: 0, mtu: null, hopLimit: 64, atMs: 5, ...given });
  };
  return { socket, sent, answer, closed: () => closed };
};

const start = (timeoutMs = 1000) => {
  const fake = fakeSocket();
  const extras: Extra[] = [];
  const echoes = createEchoes(fake.socket);
  const outcome = echoes.send({ address: '10.0.0.1', timeoutMs, onExtra: (extra) => extras.push(extra) });
  return { ...fake, extras, echoes, outcome };
};

it('a reply counts, a second one is a duplicate', async () => {
  const { answer, outcome, extras } = start();
  answer({});
  answer({ atMs: 6 });
  expect(await outcome).toEqual({ kind: 'reply', latencyMs: 5, hopLimit: 64 });
  expect(extras).toEqual(['duplicate']);
});

it('a reply from another address does not count, whatever it says', async () => {
  const { answer, outcome, extras } = start();
  answer({ from: '10.0.0.66' });
  answer({ from: null });
  answer({});
  expect(await outcome).toMatchObject({ kind: 'reply' });
  expect(extras).toEqual(['foreign', 'foreign']);
});

it('an answer to nothing that was sent is passed over', async () => {
  const { answer, outcome } = start(20);
  answer({ token: 4711 });
  expect(await outcome).toEqual({ kind: 'silent' });
});

it('the kernel’s time decides what is late, not when it is read', async () => {
  const { answer, outcome, extras } = start(20);
  answer({ atMs: 20.5 });
  expect(await outcome).toEqual({ kind: 'silent' });
  expect(extras).toEqual(['late']);
});

it('an error settles it, a reply after that is late', async () => {
  const { answer, outcome, extras } = start();
  answer({ kind: 'unreachable', from: '10.0.0.254', code: 1 });
  answer({});
  expect(await outcome).toMatchObject({ kind: 'error', answer: { from: '10.0.0.254', code: 1 } });
  expect(extras).toEqual(['late']);
});

it('closing ends every wait', async () => {
  const { echoes, outcome, closed } = start(60_000);
  echoes.close();
  expect(await outcome).toEqual({ kind: 'silent' });
  expect(closed()).toBe(true);
});

it('no two that are outstanding share a token', () => {
  const { socket, sent } = fakeSocket();
  const echoes = createEchoes(socket);
  for (let each = 0; each < 3000; each += 1) void echoes.send({ address: '10.0.0.1', timeoutMs: 60_000 });
  expect(new Set(sent.map(({ token }) => token)).size).toBe(3000);
  echoes.close();
});

it('nobody can tell the first token', () => {
  const firsts = Array.from({ length: 20 }, () => {
    const { echoes, sent } = start();
    echoes.close();
    return sent[0]?.token ?? -1;
  });
  expect(new Set(firsts).size).toBeGreaterThan(15);
});

it('a group is answered by its members', async () => {
  const { socket, answer } = fakeSocket();
  const outcome = createEchoes(socket).send({ address: 'ff02::1', timeoutMs: 1000 });
  answer({ from: 'fe80::7' });
  expect(await outcome).toMatchObject({ kind: 'reply' });
});
