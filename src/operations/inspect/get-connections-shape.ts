// What get_connections answers: one socket as an agent reads it, with its owner and, if asked for, what TCP measured.
import * as z from 'zod';
import type { Socket } from '../../host/sockets-text.ts';

const count = z.number().int().nonnegative();
const measured = z.number().nullable();

/** As src/host/sockets-tcp-info.ts has them. */
const tcpInfoSchema = z.strictObject({
  rtt_ms: measured,
  rtt_variation_ms: measured,
  min_rtt_ms: measured,
  retransmission_timeout_ms: measured,
  congestion_control: z.string().nullable(),
  congestion_window_segments: measured,
  slow_start_threshold_segments: measured,
  mss_bytes: measured,
  path_mtu_bytes: measured,
  bytes_sent: count,
  bytes_acked: count,
  bytes_received: count,
  bytes_retransmitted: count,
  unacked_segments: count,
  lost_segments: count,
  unsent_bytes: count,
  retransmissions_outstanding: count,
  retransmissions_total: count,
  delivery_rate_mbps: measured,
  pacing_rate_mbps: measured,
  busy_ms: count,
  receive_window_limited_percent: z.number(),
  send_buffer_limited_percent: z.number(),
  app_limited: z.boolean(),
  limited_by: z
    .enum(['application', 'receive_window', 'send_buffer', 'congestion_window'])
    .nullable()
    .describe('What held the sender back most; congestion_window: that, pacing or loss; null: nothing sent'),
});

export const connectionSchema = z.strictObject({
  protocol: z.enum(['tcp', 'udp']),
  family: z.enum(['ipv4', 'ipv6']),
  state: z.string().describe('RFC 9293 names, ESTABLISHED; UNCONN: UDP without a peer'),
  local_address: z.string(),
  local_port: z.number(),
  remote_address: z.string().nullable(),
  remote_port: z.number().nullable(),
  pid: z.number().nullable(),
  process: z.string().nullable(),
  shared_with_pids: z.array(z.number()).optional(),
  uid: z.number().nullable(),
  interface: z.string().nullable().describe('Bound to it; the zone of a link-local address'),
  dual_stack: z.boolean().optional().describe('A socket of :: that takes IPv4 too'),
  receive_queue_bytes: count.optional(),
  send_queue_bytes: count.optional(),
  waiting_connections: count.optional().describe('Of a listener: not accepted yet'),
  max_waiting_connections: count.optional(),
  tcp_info: tcpInfoSchema.nullable().optional(),
});
export type Connection = z.input<typeof connectionSchema>;

/** A process that forked a hundred workers shares its socket with all of them. */
const maxSharers = 8;

export interface OwnedSocket {
  socket: Socket;
  pids: readonly number[];
}

/** A port number and an address in the order in which people look for them; the same on every page. */
const order = ({ socket }: OwnedSocket): string => {
  const { state, protocol, local, remote } = socket;
  const port = (value: number | undefined): string => String(value ?? 0).padStart(5, '0');
  return `${state === 'LISTEN' ? 0 : 1} ${protocol} ${port(local.port)} ${local.address} ${port(remote?.port)} ${remote?.address ?? ''} ${socket.inode ?? ''}`;
};

/** Listeners first, then by protocol, ports and addresses. */
export const inOrder = (owned: readonly OwnedSocket[]): OwnedSocket[] =>
  owned
    .map((entry) => ({ entry, text: order(entry) }))
    .sort((one, other) => (one.text < other.text ? -1 : one.text > other.text ? 1 : 0))
    .map(({ entry }) => entry);

export const show = (
  { socket, pids }: OwnedSocket,
  nameOf: (pid: number) => string | null,
  tcpInfo: boolean,
): Connection => {
  const [pid = null, ...others] = pids;
  return {
    protocol: socket.protocol,
    family: socket.family,
    state: socket.state,
    local_address: socket.local.address,
    local_port: socket.local.port,
    remote_address: socket.remote?.address ?? null,
    remote_port: socket.remote?.port ?? null,
    pid,
    process: pid === null ? null : nameOf(pid),
    ...(others.length === 0 ? {} : { shared_with_pids: others.slice(0, maxSharers) }),
    uid: socket.uid,
    interface: socket.interface,
    ...(socket.dual_stack ? { dual_stack: true } : {}),
    ...(socket.state === 'LISTEN'
      ? { waiting_connections: socket.recv_queue, max_waiting_connections: socket.send_queue }
      : { receive_queue_bytes: socket.recv_queue, send_queue_bytes: socket.send_queue }),
    ...(tcpInfo && socket.protocol === 'tcp' ? { tcp_info: socket.info } : {}),
  };
};

/** How many there are of each, most first. */
export const countBy = (owned: readonly OwnedSocket[], key: (socket: Socket) => string): Record<string, number> => {
  const counts = new Map<string, number>();
  for (const { socket } of owned) counts.set(key(socket), (counts.get(key(socket)) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, one], [, other]) => other - one));
};
