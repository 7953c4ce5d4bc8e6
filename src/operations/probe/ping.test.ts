import { describe, expect, it, test } from 'vitest';
import { NetError } from '../../model/errors.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import type { ExecRequest, ExecResult } from '../../model/ports.ts';
import type { ProbeAnswer, ProbePacket } from '../../model/probe.ts';
import { refusingPorts } from '../../../tests/helpers/refusing-ports.ts';
import { ping } from './ping.ts';

const call = {
  signal: new AbortController().signal,
  progress: () => undefined,
  client: { kind: 'cli', name: 'test', version: '0' } as const,
};

const address = '142.250.80.46';

const targets: OperationPorts['targets'] = {
  check: async (target, options) => {
    const found = options?.family === 6 ? '2001:db8::1' : address;
    return { target, address: found, family: options?.family ?? 4, addresses: [found] };
  },
  checkAddress: () => {
    throw new Error('not asked for');
  },
  checkName: () => undefined,
};

/** A socket on which each packet is answered as told. */
const answering = (
  answer: (packet: ProbePacket, index: number) => Partial<ProbeAnswer>[],
): OperationPorts['probes'] => ({
  open: async (family) => {
    let listener: (given: ProbeAnswer) => void = () => undefined;
    let sent = 0;
    return {
      family,
      method: 'icmp_raw',
      send: (packet) => {
        sent += 1;
        const base = { token: packet.token, code: 0, mtu: null, hopLimit: 117 };
        const answers = answer(packet, sent).map((given) => ({
          ...{ ...base, from: packet.address, kind: 'echo_reply' as const, atMs: 1000 },
          ...given,
        }));
        setImmediate(() => {
          answers.forEach(listener);
        });
        return 1000;
      },
      onAnswer: (next) => {
        listener = next;
      },
      close: () => undefined,
    };
  },
});

it('the example of network-mcp, field by field', async () => {
  const latencies = [11.2, 12, 15.1, 12.9];
  const probes = answering((_packet, index) => [{ atMs: 1000 + (latencies[index - 1] ?? 0) }]);
  const input = { target: 'google.com', interval_s: 0.01 };
  expect(await ping.run(input, refusingPorts({ targets, probes }), call)).toEqual({
    success: true,
    target: 'google.com',
    resolved_ip: address,
    packets_sent: 4,
    packets_received: 4,
    packet_loss_percent: 0,
    min_latency_ms: 11.2,
    avg_latency_ms: 12.8,
    max_latency_ms: 15.1,
    summary: 'google.com is reachable. 4/4 packets received, avg latency 12.8ms',
    stddev_latency_ms: 1.458,
    p95_latency_ms: 15.1,
    jitter_ms: 2.033,
    duplicates: 0,
    replies: latencies.map((latency_ms, index) => ({ sequence: index + 1, latency_ms, ttl: 117 })),
    errors: [],
    total_errors: 0,
    method: 'icmp_raw',
    notes: [],
  });
});

it('another address that answers, and a reply after its time, are said and do not count', async () => {
  const probes = answering((_packet, index) => [index === 1 ? { from: '10.0.0.66' } : { atMs: 1200 }]);
  const input = { target: 'host', count: 2, interval_s: 0.01, timeout_s: 0.1 };
  expect(await ping.run(input, refusingPorts({ targets, probes }), call)).toMatchObject({
    success: false,
    packets_received: 0,
    notes: ['Replies after timeout_s, counted as lost: 1.', 'Replies from other addresses, ignored: 1.'],
  });
});

const containing = (text: string): unknown => expect.stringContaining(text);

const withProgram = (platform: OperationPorts['platform'], output: Partial<ExecResult>) => {
  const requests: ExecRequest[] = [];
  const ports = refusingPorts({
    platform,
    targets,
    exec: {
      find: async () => '/sbin/ping',
      run: async (request) => {
        requests.push(request);
        return { code: 0, stdout: '', stderr: '', ...output };
      },
    },
    probes: {
      open: async () => {
        throw new NetError('not_permitted', 'No socket.', 'Fix it.');
      },
    },
  });
  return { ports, requests };
};

describe('by the system’s program', () => {
  const mac = `PING ${address} (${address}): 56 data bytes\n64 bytes from ${address}: icmp_seq=0 ttl=117 time=12.5 ms\n\n--- statistics ---\n1 packets transmitted, 1 packets received, 0.0% packet loss\n`;
  const mac6 =
    'PING6(56=40+8+8 bytes) ::1 --> 2001:db8::1\n16 bytes from 2001:db8::1, icmp_seq=0 hlim=64 time=12.5 ms\n';
  const windows = `\r\nPinging ${address} with 56 bytes of data:\r\nReply from ${address}: bytes=56 time=12ms TTL=117\r\n\r\n`;
  const linux = `PING ${address} (${address}) 56(84) bytes of data.\n64 bytes from ${address}: icmp_seq=1 ttl=117 time=12.5 ms\n`;

  test.each([
    ['darwin', {}, mac, 'ping', `-n -c 1 -i 0.2 -W 5000 -s 56 ${address}`],
    ['darwin', { dont_fragment: true, ttl: 3 }, mac, 'ping', `-n -D -c 1 -i 0.2 -W 5000 -s 56 -m 3 ${address}`],
    ['darwin', { family: 'ipv6' }, mac6, 'ping6', '-n -c 1 -i 0.2 -s 56 2001:db8::1'],
    ['win32', {}, windows, 'ping', `-4 -w 5000 -l 56 -n 1 ${address}`],
    ['win32', { dont_fragment: true, ttl: 3 }, windows, 'ping', `-4 -f -w 5000 -l 56 -i 3 -n 1 ${address}`],
    ['linux', { interval_s: 0.05 }, linux, 'ping', `-n -4 -c 1 -i 0.2 -W 5 -s 56 ${address}`],
    ['linux', { dont_fragment: true, ttl: 3 }, linux, 'ping', `-n -4 -c 1 -i 0.2 -W 5 -s 56 -t 3 -M do ${address}`],
  ] as const)('%s %j', async (platform, options, stdout, binary, args) => {
    const { ports, requests } = withProgram(platform, { stdout });
    const result = await ping.run({ target: 'host', count: 1, ...options }, ports, call);
    expect(requests.map((request) => [request.binary, request.args.join(' ')])).toEqual([[binary, args]]);
    expect(result).toMatchObject({ success: true, packets_sent: 1, packets_received: 1, method: 'ping_binary' });
  });

  it('what it says of itself becomes the error', async () => {
    const { ports } = withProgram('linux', {
      code: 2,
      stderr: 'ping: socket: Operation not permitted\n=> missing cap\n',
    });
    await expect(ping.run({ target: 'host' }, ports, call)).rejects.toMatchObject({
      code: 'not_permitted',
      message: containing('Operation not permitted'),
      hint: containing('net.ipv4.ping_group_range'),
    });
    const broken = withProgram('win32', { code: 1, stdout: 'Unable to contact IP driver. General failure.' });
    await expect(ping.run({ target: 'host' }, broken.ports, call)).rejects.toMatchObject({ code: 'step_failed' });
  });

  it('without it the fix for the socket is named', async () => {
    const { ports } = withProgram('linux', {});
    const missing = { ...ports, exec: { ...ports.exec, find: async () => undefined } };
    await expect(ping.run({ target: 'host' }, missing, call)).rejects.toMatchObject({
      code: 'not_permitted',
      hint: 'Fix it. Or install the ping program: apt-get install iputils-ping',
    });
  });
});
