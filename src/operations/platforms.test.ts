// What runs where: on macOS and Windows only what needs nothing of Linux, and a clear refusal for the rest.
import { describe, expect, test } from 'vitest';
import { refusingPorts } from '../../tests/helpers/refusing-ports.ts';
import { createInvoker } from './frame/invoke.ts';
import { createJobs } from './frame/jobs.ts';
import { allOperations } from './index.ts';
import { plainSettings } from '../../tests/helpers/refusing-ports.ts';
import { toolsets } from '../config/toolsets.ts';

/** What DESIGN names: captures, DNS, port checks, ping, interfaces; and what only asks servers or this process. */
const everywhere = [
  'analyze_dns_traffic',
  'analyze_throughput',
  'asn_lookup',
  'batch_dns_lookup',
  'batch_ping',
  'batch_port_check',
  'cancel_job',
  'capabilities',
  'dns_lookup',
  'filter_packets',
  'find_tcp_issues',
  'get_card',
  'get_conversations',
  'get_interfaces',
  'get_job',
  'get_packet',
  'get_profile',
  'get_protocol_hierarchy',
  'get_public_ip',
  'list_policy',
  'pcap_summary',
  'ping',
  'port_check',
  'rdap_lookup',
];

test('the list of what works everywhere', () => {
  const marked = allOperations.filter((operation) => operation.everywhere === true).map(({ name }) => name);
  expect(marked.sort()).toEqual(everywhere);
});

describe.each(['darwin', 'win32'] as const)('on %s', (platform) => {
  const jobs = createJobs(() => performance.now());
  const ports = refusingPorts({ platform, jobs, settings: { ...plainSettings, toolsets } });
  const invoker = createInvoker({ operations: allOperations, ports, jobs });
  const linuxOnly = allOperations.filter(({ name }) => !everywhere.includes(name));

  test.each(linuxOnly.map(({ name }) => name))('%s is refused before it looks at anything', async (name) => {
    const answer = await invoker.invoke(
      name,
      {},
      {
        client: { kind: 'cli', name: 'test', version: '0' },
        signal: new AbortController().signal,
      },
    );
    if (answer.ok) throw new Error('it should have been refused');
    expect(answer.error.code).toBe('unsupported_platform');
    expect(answer.error.message).toContain(platform === 'darwin' ? 'macOS' : 'Windows');
    expect(answer.error.hint).toContain('get_interfaces');
  });
});
