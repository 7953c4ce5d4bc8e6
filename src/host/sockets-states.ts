// Names of socket states: RFC 9293's with underscores for TCP, and every spelling of them that people and tools use.

/** UNCONN is a UDP socket without a peer; every other state is TCP's, and a UDP socket with a peer is ESTABLISHED, as the kernel has it. */
export const socketStates = [
  'ESTABLISHED',
  'LISTEN',
  'SYN_SENT',
  'SYN_RECEIVED',
  'FIN_WAIT_1',
  'FIN_WAIT_2',
  'CLOSE_WAIT',
  'CLOSING',
  'LAST_ACK',
  'TIME_WAIT',
  'CLOSED',
  'UNCONN',
  'UNKNOWN',
] as const;
export type SocketState = (typeof socketStates)[number];

/** Spellings without separators, beside the names themselves: of ss, netstat, Windows and psutil. */
const spellings: Readonly<Record<string, readonly SocketState[]>> = {
  ESTAB: ['ESTABLISHED'],
  CONNECTED: ['ESTABLISHED'],
  LISTENING: ['LISTEN'],
  SYNRECV: ['SYN_RECEIVED'],
  SYNRCVD: ['SYN_RECEIVED'],
  FINWAIT: ['FIN_WAIT_1', 'FIN_WAIT_2'],
  CLOSE: ['CLOSED'],
  UNCONN: ['UNCONN', 'CLOSED'],
  UNCONNECTED: ['UNCONN', 'CLOSED'],
  ALL: socketStates,
};

const squeezed = (text: string): string => text.toUpperCase().replaceAll(/[\s_-]/g, '');

const byName = new Map<string, readonly SocketState[]>([
  ...socketStates.map((state) => [squeezed(state), [state]] as const),
  ...Object.entries(spellings),
]);

/** The states a caller means, whatever case and separators; undefined for what is no state. */
export const statesMeant = (text: string): readonly SocketState[] | undefined => byName.get(squeezed(text));

/** The word of ss. TCP's unconnected is CLOSED: bound, but neither listening nor connected. */
export const stateOf = (word: string, protocol: 'tcp' | 'udp'): SocketState => {
  if (word === 'UNCONN') return protocol === 'udp' ? 'UNCONN' : 'CLOSED';
  return byName.get(squeezed(word))?.[0] ?? 'UNKNOWN';
};
