// Where our DNS counts differ from tshark 4.0.17's, with the packets and the reason.

export interface DnsDifference {
  file: string;
  reason: string;
  here: Record<string, unknown>;
  tshark: Record<string, unknown>;
}

const milliseconds = (...times: readonly number[]) => ({
  count: times.length,
  sum: times.reduce((sum, time) => sum + time, 0) * 1000,
  min: Math.min(...times) * 1000,
  max: Math.max(...times) * 1000,
});

export const dnsDifferences: readonly DnsDifference[] = [
  {
    file: 'one id for two names',
    reason:
      'Packets 2 and 4: tshark looks at the id alone, so the second name is a retransmission of the first, and its answer one of the first answer.',
    here: { retransmissions: 0, times: milliseconds(200, 200) },
    tshark: { retransmissions: 2, times: milliseconds(200) },
  },
  {
    file: 'an answer to another question',
    reason:
      'Packets 2 and 3: tshark takes the answer to another question for the answer, and the true one for its retransmission.',
    here: { retransmissions: 0, times: milliseconds(400) },
    tshark: { retransmissions: 1, times: milliseconds(100) },
  },
  {
    file: 'a query quoted by an ICMP error',
    reason: 'Packet 2: what an ICMP error quotes was not asked again.',
    here: { packets: 1, queries: 1, retransmissions: 0 },
    tshark: { packets: 2, queries: 2, retransmissions: 0 },
  },
  {
    file: 'answers that the capture cut',
    reason:
      'Packet 2: tshark gives no time for an answer whose records are cut; its question is there and the query is known.',
    here: { times: milliseconds(100, 100) },
    tshark: { times: milliseconds(100) },
  },
  {
    file: 'short and cut messages',
    reason: 'Packets 18 and 19: as in answers that the capture cut, but matched by addresses, ports and id alone.',
    here: { times: milliseconds(500, 500) },
    tshark: { times: null },
  },
];
