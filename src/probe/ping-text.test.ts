import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseUnixPing, parseWindowsPing } from './ping-text.ts';

const reply = (sequence: number, latencyMs: number, hopLimit: number | null = 64) => ({
  sequence,
  latencyMs,
  hopLimit,
});

describe('iputils', () => {
  it('replies, a duplicate and the totals (20221126)', () => {
    const text = `PING 10.1.0.2 (10.1.0.2) 56(84) bytes of data.
64 bytes from 10.1.0.2: icmp_seq=1 ttl=64 time=0.089 ms
64 bytes from 10.1.0.2: icmp_seq=1 ttl=64 time=0.095 ms (DUP!)
64 bytes from 10.1.0.2: icmp_seq=3 ttl=64 time=12.4 ms

--- 10.1.0.2 ping statistics ---
3 packets transmitted, 2 received, +1 duplicates, 33.3333% packet loss, time 408ms
rtt min/avg/max/mdev = 0.089/4.194/12.400/5.802 ms
`;
    expect(parseUnixPing(text)).toEqual({
      sent: 3,
      replies: [reply(1, 0.089), reply(3, 12.4)],
      duplicates: 1,
      errors: [],
    });
  });

  it('IPv6, with the older heading and the one of 2024', () => {
    for (const heading of ['PING fd01::2(fd01::2) 56 data bytes', 'PING fd01::2 (fd01::2) 56 data bytes']) {
      const text = `${heading}\n64 bytes from fd01::2: icmp_seq=1 ttl=64 time=0.030 ms\n\n1 packets transmitted, 1 received, 0% packet loss, time 0ms\n`;
      expect(parseUnixPing(text)).toMatchObject({ sent: 1, replies: [reply(1, 0.03)] });
    }
  });

  test.each([
    ['From 10.1.0.2 icmp_seq=1 Time to live exceeded', '10.1.0.2', 'time_exceeded', 1, null],
    ['From fd01::2 icmp_seq=2 Time exceeded: Hop limit', 'fd01::2', 'time_exceeded', 2, null],
    ['From 10.1.0.2 icmp_seq=1 Destination Net Unreachable', '10.1.0.2', 'unreachable', 1, null],
    ['From router (10.1.0.2) icmp_seq=1 Packet filtered', 'router', 'unreachable', 1, null],
    ['From 10.1.0.2 icmp_seq=1 Frag needed and DF set (mtu = 1400)', '10.1.0.2', 'too_big', 1, 1400],
    ['From fd01::2 icmp_seq=1 Packet too big: mtu=1400', 'fd01::2', 'too_big', 1, 1400],
    ['ping: local error: message too long, mtu=1500', null, 'local', null, 1500],
    ['/usr/bin/ping: local error: message too long, mtu: 1400', null, 'local', null, 1400],
    ['ping: connect: Network is unreachable', null, 'local', null, null],
    ['/bin/ping: sendmsg: Operation not permitted', null, 'local', null, null],
  ])('%s', (line, from, kind, sequence, mtu) => {
    const { errors, replies } = parseUnixPing(`PING x (10.2.0.2) 56(84) bytes of data.\n${line}\n`);
    expect(replies).toEqual([]);
    expect(errors).toMatchObject([{ from, kind, sequence, mtu }]);
  });
});

it('busybox counts from 0', () => {
  const text = `PING 10.1.0.2 (10.1.0.2): 56 data bytes
64 bytes from 10.1.0.2: seq=0 ttl=64 time=0.030 ms
64 bytes from 10.1.0.2: seq=1 ttl=64 time=0.079 ms

--- 10.1.0.2 ping statistics ---
2 packets transmitted, 2 packets received, 0% packet loss
round-trip min/avg/max = 0.030/0.054/0.079 ms
`;
  expect(parseUnixPing(text)).toEqual({
    sent: 2,
    replies: [reply(1, 0.03), reply(2, 0.079)],
    duplicates: 0,
    errors: [],
  });
});

describe('macOS', () => {
  it('IPv4 with a timeout, a router’s error and a local one', () => {
    const text = `PING 8.8.8.8 (8.8.8.8): 56 data bytes
64 bytes from 8.8.8.8: icmp_seq=0 ttl=57 time=12.135 ms
Request timeout for icmp_seq 1
92 bytes from 10.0.0.1: Destination Host Unreachable
Vr HL TOS  Len   ID Flg  off TTL Pro  cks      Src      Dst
 4  5  00 5400 8a6f   0 0000  40  01 d1a5 10.0.0.2  8.8.8.8

ping: sendto: Message too long

--- 8.8.8.8 ping statistics ---
4 packets transmitted, 1 packets received, 75.0% packet loss
round-trip min/avg/max/stddev = 12.135/12.135/12.135/0.000 ms
`;
    const { sent, replies, errors } = parseUnixPing(text);
    expect({ sent, replies }).toEqual({ sent: 4, replies: [reply(1, 12.135, 57)] });
    expect(errors).toMatchObject([
      { from: '10.0.0.1', kind: 'unreachable', what: 'Destination Host Unreachable' },
      { from: null, kind: 'local', what: 'Message too long' },
    ]);
  });

  it('ping6', () => {
    const text = `PING6(56=40+8+8 bytes) ::1 --> ::1
16 bytes from ::1, icmp_seq=0 hlim=64 time=0.073 ms

--- ::1 ping6 statistics ---
1 packets transmitted, 1 packets received, 0.0% packet loss
`;
    expect(parseUnixPing(text)).toMatchObject({ sent: 1, replies: [reply(1, 0.073)] });
  });
});

describe('Windows', () => {
  it('English, with a timeout, an error and less than a millisecond', () => {
    const text = [
      '',
      'Pinging 192.0.2.7 with 32 bytes of data:',
      'Reply from 192.0.2.7: bytes=32 time=12ms TTL=57',
      'Request timed out.',
      'Reply from 192.0.2.1: Destination host unreachable.',
      'Reply from 192.0.2.7: bytes=32 time<1ms TTL=57',
      '',
      'Ping statistics for 192.0.2.7:',
      '    Packets: Sent = 4, Received = 3, Lost = 1 (25% loss),',
      'Approximate round trip times in milli-seconds:',
      '    Minimum = 0ms, Maximum = 12ms, Average = 6ms',
      '',
    ].join('\r\n');
    const found = parseWindowsPing(text, '192.0.2.7');
    expect(found).toMatchObject({ sent: 4, replies: [reply(1, 12, 57), reply(4, 1, 57)] });
    expect(found.errors).toMatchObject([{ sequence: 3, from: '192.0.2.1', kind: 'unreachable' }]);
  });

  it('IPv6 has no TTL', () => {
    const text = '\r\nPinging ::1 with 32 bytes of data:\r\nReply from ::1: time<1ms \r\n\r\n';
    expect(parseWindowsPing(text, '::1').replies).toEqual([reply(1, 1, null)]);
  });

  test.each([
    [
      'German',
      'Ping wird ausgeführt für 8.8.8.8 mit 32 Bytes Daten:',
      'Antwort von 8.8.8.8: Bytes=32 Zeit=12ms TTL=117',
    ],
    [
      'French',
      "Envoi d'une requête 'Ping'  8.8.8.8 avec 32 octets de données :",
      'Réponse de 8.8.8.8 : octets=32 temps=12 ms TTL=117',
    ],
    ['Chinese', '正在 Ping 8.8.8.8 具有 32 字节的数据:', '来自 8.8.8.8 的回复: 字节=32 时间=12ms TTL=117'],
    [
      'Japanese',
      '8.8.8.8 に ping を送信しています 32 バイトのデータ:',
      '8.8.8.8 からの応答: バイト数 =32 時間 =12ms TTL=117',
    ],
    [
      'Russian',
      'Обмен пакетами с 8.8.8.8 по с 32 байтами данных:',
      'Ответ от 8.8.8.8: число байт=32 время=12мс TTL=117',
    ],
  ])('%s', (_language, heading, line) => {
    const totals = '    X: a = 1, b = 1, c = 0\r\n    (0% d),';
    const text = `\r\n${heading}\r\n${line}\r\n\r\nS 8.8.8.8:\r\n${totals}\r\n    x = 12ms, y = 12ms, z = 12ms\r\n`;
    expect(parseWindowsPing(text, '8.8.8.8')).toMatchObject({ sent: 1, replies: [reply(1, 12, 117)], errors: [] });
  });
});

test('anything at all gives an answer', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '64 bytes from ',
      'icmp_seq=',
      'time=',
      ' ms',
      'From ',
      '\n',
      '99999999999',
      'PING ',
      '): ',
      'TTL=',
      '= ',
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const text = pieces.join('');
      for (const { replies } of [parseUnixPing(text), parseWindowsPing(text, '192.0.2.1')]) {
        for (const { latencyMs } of replies) expect(Number.isFinite(latencyMs)).toBe(true);
      }
    }),
  );
});
