import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressFilter, nameMatches, portFilter } from './sockets-filter.ts';
import { statesMeant } from './sockets-states.ts';
import { parseTcpInfo } from './sockets-tcp-info.ts';
import { parseSocketLine } from './sockets-text.ts';

const of = (line: string) => {
  const socket = parseSocketLine(line);
  if (socket === undefined) throw new Error(`not read: ${line}`);
  return socket;
};

// As ss of iproute2 6.1 writes it on Linux 6.x; the second from 5.10 with rates as it rounds them without -n.
const measured =
  'ts sack ecn ecnseen cubic wscale:7,7 rto:204 rtt:3.251/1.5 ato:40 mss:1448 pmtu:1500 rcvmss:536 advmss:1448 cwnd:23 ssthresh:21 bytes_sent:6005001 bytes_retrans:14480 bytes_acked:5957217 bytes_received:12 segs_out:4150 segs_in:2064 data_segs_out:4147 send 81953245bps lastsnd:4 lastrcv:2404 lastack:4 pacing_rate 98343888bps/1000000bps delivery_rate 19871200bps delivered:4115 busy:2404ms rwnd_limited:240ms(10.0%) sndbuf_limited:24ms(1.0%) unacked:23 retrans:1/10 lost:1 sacked:9 dsack_dups:2 reordering:12 rcv_space:14480 rcv_ssthresh:64088 notsent:214304 minrtt:0.021 snd_wnd:262144';
const line = `tcp   ESTAB      0      247608 198.51.100.1:34766 198.51.100.2:6002  timer:(on,200ms,0) uid:1000 ino:29115 sk:3001 cgroup:/user.slice/x <-> ${measured}`;

describe('a line of ss', () => {
  it('is a socket with its queues, owner and measurements', () => {
    expect(of(line)).toMatchObject({
      protocol: 'tcp',
      family: 'ipv4',
      state: 'ESTABLISHED',
      local: { address: '198.51.100.1', port: 34766 },
      remote: { address: '198.51.100.2', port: 6002 },
      interface: null,
      recv_queue: 0,
      send_queue: 247608,
      uid: 1000,
      inode: 29115,
      info: { rtt_ms: 3.251, retransmissions_outstanding: 1, retransmissions_total: 10, unsent_bytes: 214304 },
    });
  });

  it.each([
    ['udp UNCONN 0 0 127.0.0.53%lo:53 0.0.0.0:* uid:101 ino:7 sk:1 cgroup:/ <->', { interface: 'lo', remote: null }],
    ['udp UNCONN 0 0 *:68 *:* ino:7 sk:1', { state: 'UNCONN', family: 'ipv6', dual_stack: true }],
    ['udp UNCONN 0 0 [::]:68 *:* ino:7 sk:1 v6only:1', { family: 'ipv6', dual_stack: false, uid: 0 }],
    ['tcp UNCONN 0 0 0.0.0.0:68 0.0.0.0:* ino:7 sk:1', { state: 'CLOSED' }],
    [
      'tcp ESTAB 0 0 [fe80::1]%eth0:22 [fe80::2]:5000 ino:7 sk:1',
      { interface: 'eth0', local: { address: 'fe80::1', port: 22 }, remote: { address: 'fe80::2', port: 5000 } },
    ],
    [
      'tcp ESTAB 0 0 [::ffff:192.0.2.1]:22 [::ffff:192.0.2.2]:5000 ino:7 sk:1',
      { family: 'ipv4', local: { address: '192.0.2.1', port: 22 }, remote: { address: '192.0.2.2', port: 5000 } },
    ],
    ['tcp TIME-WAIT 0 0 192.0.2.1:22 192.0.2.2:5 ino:0 sk:1', { state: 'TIME_WAIT', inode: null, uid: null }],
    ['tcp SYN-RECV 0 0 192.0.2.1:22 192.0.2.2:5 ino:0 sk:1', { state: 'SYN_RECEIVED' }],
    ['tcp NEW-STATE 0 0 192.0.2.1:22 192.0.2.2:5 ino:0 sk:1', { state: 'UNKNOWN' }],
  ])('%s', (text, expected) => {
    expect(parseSocketLine(text)).toMatchObject(expected);
  });

  it('takes nothing from the name of a cgroup', () => {
    const forged = 'cgroup:/a ino:1 uid:0 <-> rtt:9/9 mss:9 ino:2';
    expect(of(`tcp ESTAB 0 0 1.2.3.4:5 1.2.3.4:6 uid:7 ino:8 sk:1 ${forged} <-> rtt:1/2 mss:3`)).toMatchObject({
      uid: 7,
      inode: 8,
      info: { rtt_ms: 1, mss_bytes: 3 },
    });
    expect(of(`tcp TIME-WAIT 0 0 1.2.3.4:5 1.2.3.4:6 ${forged}`)).toMatchObject({ inode: null });
  });

  it('is undefined when it is none, and never an error', () => {
    for (const text of ['', 'Netid State', 'tcp ESTAB 0 0 nonsense also', 'u_str ESTAB 0 0 * 1 * 2']) {
      expect(parseSocketLine(text)).toBeUndefined();
    }
    const words = fc.constantFrom(
      'tcp',
      'ESTAB',
      '0',
      '[::]:1',
      '*:*',
      'ino:5',
      'rtt:',
      'retrans:/',
      '<->',
      'busy:x(%)',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words).map((all) => all.join(' ')),
        ),
        (text) => {
          parseSocketLine(text);
          parseTcpInfo(text);
        },
      ),
    );
  });
});

describe('tcp_info', () => {
  it('has units and keeps current and total apart', () => {
    expect(parseTcpInfo(measured)).toEqual({
      rtt_ms: 3.251,
      rtt_variation_ms: 1.5,
      min_rtt_ms: 0.021,
      retransmission_timeout_ms: 204,
      congestion_control: 'cubic',
      congestion_window_segments: 23,
      slow_start_threshold_segments: 21,
      mss_bytes: 1448,
      path_mtu_bytes: 1500,
      bytes_sent: 6005001,
      bytes_acked: 5957217,
      bytes_received: 12,
      bytes_retransmitted: 14480,
      unacked_segments: 23,
      lost_segments: 1,
      unsent_bytes: 214304,
      retransmissions_outstanding: 1,
      retransmissions_total: 10,
      delivery_rate_mbps: 19.871,
      pacing_rate_mbps: 98.344,
      busy_ms: 2404,
      receive_window_limited_percent: 10,
      send_buffer_limited_percent: 1,
      app_limited: false,
      limited_by: 'congestion_window',
    });
  });

  it.each([
    ['bytes_sent:9 busy:100ms rwnd_limited:60ms(60.0%)', 'receive_window'],
    ['bytes_sent:9 busy:100ms rwnd_limited:30ms(30.0%) sndbuf_limited:60ms(60.0%)', 'send_buffer'],
    ['bytes_sent:9 app_limited busy:100ms rwnd_limited:60ms(60.0%)', 'application'],
    ['bytes_sent:9 busy:100ms', 'congestion_window'],
    // Zeros are not printed. What has only been connected carries the flag; a window closed from the start has sent nothing either.
    ['app_limited bytes_acked:1 delivered:1', null],
    ['app_limited notsent:9 busy:100ms rwnd_limited:99ms(99.0%)', 'receive_window'],
    ['', null],
  ])('%s is limited by %s', (text, limit) => {
    expect(parseTcpInfo(`bbr rto:200 rtt:1/2 ${text}`)).toMatchObject({ limited_by: limit, congestion_control: 'bbr' });
  });

  it('reads rates in the form of older versions, and is null without measurements', () => {
    expect(parseTcpInfo('cubic rto:200 pacing_rate 1.2Gbps delivery_rate 900.6Kbps app_limited')).toMatchObject({
      pacing_rate_mbps: 1200,
      delivery_rate_mbps: 0.901,
    });
    expect(parseTcpInfo('')).toBeNull();
    expect(parseTcpInfo('cubic cwnd:10')).toBeNull();
  });
});

describe('what a caller asks for', () => {
  it.each([
    ['established', ['ESTABLISHED']],
    ['Estab', ['ESTABLISHED']],
    ['time-wait', ['TIME_WAIT']],
    ['FIN_WAIT1', ['FIN_WAIT_1']],
    ['fin-wait-2', ['FIN_WAIT_2']],
    ['SYN_RECV', ['SYN_RECEIVED']],
    ['unconn', ['UNCONN', 'CLOSED']],
    ['x', undefined],
  ])('state %s', (text, states) => {
    expect(statesMeant(text)).toEqual(states);
  });

  it('matches addresses by value and by prefix', () => {
    const six = of('tcp ESTAB 0 0 [fe80::1]%eth0:22 [fe80::2]:5000 ino:7 sk:1');
    const four = of('tcp ESTAB 0 0 192.0.2.1:22 192.0.2.2:5000 ino:7 sk:1');
    const who = (text: string): boolean[] => [six, four].map(addressFilter(text));
    expect(who('fe80:0::0:2')).toEqual([true, false]);
    expect(who('fe80::1%eth0')).toEqual([true, false]);
    expect(who('fe80::1%eth1')).toEqual([false, false]);
    expect(who('fe80::/10')).toEqual([true, false]);
    expect(who('::/0')).toEqual([true, false]);
    expect(who('192.0.2.0/30')).toEqual([false, true]);
    expect(who('::ffff:192.0.2.2')).toEqual([false, true]);
    expect(who('192.0.2.3')).toEqual([false, false]);
    for (const text of ['', 'host', '1.2.3', '1.2.3.4/33', '::1/129', '1.2.3.4%', '1.2.3.4; ls']) {
      expect(() => addressFilter(text)).toThrow('neither an address nor a prefix');
    }
    expect([six, four].map(portFilter(5000))).toEqual([true, true]);
    expect([six, four].map(portFilter(2))).toEqual([false, false]);
  });

  it('matches names by part, and by the 15 characters that the kernel keeps', () => {
    expect(nameMatches('sshd', 'SSH')).toBe(true);
    expect(nameMatches('systemd-resolve', 'systemd-resolved')).toBe(true);
    expect(nameMatches('ssh', 'sshd')).toBe(false);
  });
});
