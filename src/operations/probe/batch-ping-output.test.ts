import { expect, it } from 'vitest';
import { NetError } from '../../model/errors.ts';
import type { EchoReport } from '../../probe/echo/report.ts';
import { answerOf, type Pinged } from './batch-ping-output.ts';

const report = (latencies: readonly number[], sent = 1): EchoReport => ({
  method: 'icmp_datagram',
  sent,
  replies: latencies.map((latencyMs, index) => ({ sequence: index + 1, latencyMs, hopLimit: 64 })),
  duplicates: 0,
  errors: [],
  notes: [],
});

const alive = (target: string): Pinged => ({ target, address: target, report: report([0.1234]) });
const dead = (target: string): Pinged => ({ target, address: target, report: report([]) });
const hosts = (third: number): string[] => Array.from({ length: 254 }, (_, index) => `10.0.${third}.${index + 1}`);

it('the example of network-mcp, field by field', () => {
  const name: Pinged = { target: 'google.com', address: '142.250.80.46', report: report([15.1]) };
  expect(answerOf([alive('8.8.8.8'), alive('1.1.1.1'), name], 5)).toMatchObject({
    success: true,
    total_targets: 3,
    successful: 3,
    failed: 0,
    results: [
      { target: '8.8.8.8', success: true, avg_latency_ms: 0.123 },
      { target: '1.1.1.1', success: true, avg_latency_ms: 0.123 },
      { target: 'google.com', success: true, avg_latency_ms: 15.1, resolved_ip: '142.250.80.46' },
    ],
    summary: 'Batch ping: 3/3 targets reachable',
  });
});

it('few targets each have their entry, with why they failed', () => {
  const refused = new NetError('target_refused', 'Blocked.', 'Ask the operator.');
  const unreachable = report([]);
  unreachable.errors.push({
    sequence: 1,
    from: '10.0.0.254',
    kind: 'unreachable',
    what: 'host unreachable',
    mtu: null,
  });
  const answer = answerOf(
    [
      dead('10.0.0.1'),
      { target: 'x', address: null, failure: refused },
      { target: 'y', address: '10.0.0.2', report: unreachable },
      { target: 'z', address: 'z', report: report([1, 2], 4) },
    ],
    5,
  );
  expect(answer.results).toEqual([
    { target: '10.0.0.1', success: false, avg_latency_ms: null, error: 'no answer' },
    { target: 'x', success: false, avg_latency_ms: null, error: 'target_refused: Blocked.' },
    {
      target: 'y',
      success: false,
      avg_latency_ms: null,
      resolved_ip: '10.0.0.2',
      error: '10.0.0.254: host unreachable',
    },
    { target: 'z', success: true, avg_latency_ms: 1.5, packet_loss_percent: 50 },
  ]);
});

it('the most targets there may be are all accounted for within an answer’s length', () => {
  const targets = [0, 1, 2, 3].flatMap(hosts);
  const answers = [
    answerOf(targets.map(alive), 5),
    answerOf(targets.map(dead), 5),
    answerOf(
      targets.map((target, index) => (index % 2 === 0 ? alive(target) : dead(target))),
      5,
    ),
    answerOf(
      targets.map((target, index) => ({
        target,
        address: null,
        failure: new NetError(index % 2 === 0 ? 'not_found' : 'target_refused', `${'long '.repeat(40)}${target}`, ''),
      })),
      5,
    ),
  ];
  for (const answer of answers) {
    expect(JSON.stringify(answer).length).toBeLessThan(20_000);
    expect(answer.successful + answer.failed).toBe(1016);
    expect(answer.failures.reduce((sum, { count }) => sum + count, 0)).toBe(answer.failed);
  }
  const [allAlive, allDead] = answers;
  expect(allAlive).toMatchObject({ truncated: true, failures: [] });
  expect(allAlive?.further_successful.at(-1)).toMatch(/-10\.0\.3\.254$/);
  expect(allDead).toMatchObject({ success: false, results: [], truncated: false });
  expect(allDead?.failures).toMatchObject([
    { reason: 'no answer', count: 1016, targets: [0, 1, 2, 3].map((third) => `10.0.${third}.1-10.0.${third}.254`) },
  ]);
});

it('the reason of a group is true for every member', () => {
  const rancher = { rule: 'block_cloud_metadata' };
  const refused = (target: string, owner: string): Pinged => ({
    target,
    address: null,
    failure: new NetError('target_refused', `${target} is refused: ${owner}.`, '', { details: rancher }),
  });
  const same = new NetError('limit_exceeded', 'No more files.', '');
  const { failures } = answerOf(
    [
      refused('169.254.169.250', 'Rancher'),
      refused('169.254.169.254', 'AWS'),
      {
        target: '10.0.0.1',
        address: null,
        failure: new NetError('target_refused', 'Private.', '', { details: { rule: 'block_private' } }),
      },
      { target: 'a', address: null, failure: same },
      { target: 'b', address: null, failure: same },
    ],
    5,
  );
  expect(failures.map(({ reason, count }) => [reason, count])).toEqual([
    ['target_refused by block_cloud_metadata, such as: 169.254.169.250 is refused: Rancher.', 2],
    ['limit_exceeded: No more files.', 2],
    ['target_refused: Private.', 1],
  ]);
});
