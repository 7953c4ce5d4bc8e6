import { expect, test } from 'vitest';
import { parseFilterText } from './tc-text-filters.ts';
import { treeOf } from './tc-text-tree.ts';
import { parseClassText, parseQdiscDump } from './tc-text.ts';

test('HTB classes with their rates and counters', () => {
  const text = `class htb 1:10 parent 1:1 leaf 10: prio 1 quantum 200000 rate 40Mbit ceil 1500Kbit linklayer ethernet burst 15Kb/1 mpu 0b cburst 1586b/1 mpu 0b level 0 
 Sent 90 bytes 3 pkt (dropped 2, overlimits 7 requeues 0) 
 backlog 1Kb 5p requeues 0
 lended: 0 borrowed: 4 giants: 0
 tokens: 48000 ctokens: 2218

class htb 1:1 root rate 1Gbit ceil 1Gbit linklayer ethernet burst 1600b/1 mpu 0b cburst 1600b/1 mpu 0b level 7 
 Sent 0 bytes 0 pkt (dropped 0, overlimits 0 requeues 0) 
`;
  const [child, root] = parseClassText(text);
  expect(child).toEqual({
    kind: 'htb',
    classid: '1:10',
    parent: '1:1',
    leaf_qdisc: '10:',
    priority: 1,
    rate_mbps: 40,
    ceil_mbps: 1.5,
    burst_bytes: 15_360,
    cburst_bytes: 1586,
    borrowed_packets: 4,
    sent_bytes: 90,
    sent_packets: 3,
    drops: 2,
    overlimits: 7,
    requeues: 0,
    backlog_bytes: 1024,
    backlog_packets: 5,
  });
  expect(root).toMatchObject({ classid: '1:1', parent: 'root', leaf_qdisc: null, priority: null, rate_mbps: 1000 });
});

test('u32 filters with every match, without the lines of their tables', () => {
  const text = `filter parent 1: protocol ip pref 1 u32 chain 0 
filter parent 1: protocol ip pref 1 u32 chain 0 fh 800: ht divisor 1 
filter parent 1: protocol ip pref 1 u32 chain 0 fh 800::800 order 2048 key ht 800 bkt 0 *flowid 1:10 not_in_hw 
  match 00000016/0000ffff at 20
  match 00060000/00ff0000 at 8
`;
  expect(parseFilterText(text, 'root')).toEqual([
    {
      direction: 'root',
      parent: '1:',
      protocol: 'ip',
      priority: 1,
      chain: 0,
      kind: 'u32',
      handle: '800::800',
      flowid: '1:10',
      hits: null,
      matches: ['dport 22 (00000016/0000ffff at 20)', 'protocol tcp (00060000/00ff0000 at 8)'],
      actions: [],
    },
  ]);
});

test('a redirecting filter without a class', () => {
  const text = `filter protocol all pref 1 u32 chain 0 fh 800::800 order 2048 key ht 800 bkt 0 flowid not_in_hw 
  match 00000000/00000000 at 0
	action order 1: mirred (Egress Redirect to device ifb0) stolen
 	index 1 ref 1 bind 1
 	Sent 0 bytes 0 pkt
`;
  expect(parseFilterText(text, 'ingress')).toMatchObject([
    { flowid: null, parent: null, actions: [{ kind: 'mirred', device: 'ifb0' }] },
  ]);
});

test('qdiscs of several devices', () => {
  const text =
    '[{"kind":"noqueue","handle":"0:","dev":"lo","root":true,"options":{}},{"kind":"pfifo","handle":"10:","dev":"v0","parent":"1:10","options":{"limit":100},"bytes":5,"drops":1}]';
  expect(parseQdiscDump(text)).toMatchObject([
    { dev: 'lo', qdisc: { parent: 'root' } },
    { dev: 'v0', qdisc: { parent: '1:10', options: { limit_packets: 100 }, sent_bytes: 5, drops: 1 } },
  ]);
  expect(() => parseQdiscDump('qdisc htb')).toThrow('not JSON');
});

const trees = (text: string) =>
  treeOf({ qdiscs: parseQdiscDump(text).map(({ qdisc }) => qdisc), classes: [], filters: [] }).flatMap(
    ({ lines }) => lines,
  );

// Recorded from iproute2 6.1 on Debian's kernel 6.1; counters that stood at 0 are raised.
const fqCodel =
  '{"kind":"fq_codel","handle":"1:","root":true,"refcnt":3,"options":{"limit":100,"flows":64,"quantum":1514,"target":4999,"interval":99999,"memory_limit":33554432,"ecn":true,"drop_batch":64},"bytes":402802,"packets":303,"drops":7,"overlimits":0,"requeues":2,"backlog":0,"qlen":0,"maxpacket":1342,"drop_overlimit":5,"new_flow_count":9,"ecn_mark":3,"new_flows_len":0,"old_flows_len":1}';
const cake =
  '{"kind":"cake","handle":"1:","root":true,"refcnt":3,"options":{"bandwidth":250000,"diffserv":"diffserv4","flowmode":"triple-isolate","nat":false,"wash":false,"ingress":false,"ack-filter":"disabled","split_gso":true,"rtt":100000,"raw":true,"overhead":0,"fwmark":"0"},"bytes":402670,"packets":301,"drops":0,"overlimits":592,"requeues":0,"backlog":0,"qlen":0,"memory_used":2304,"memory_limit":4194304,"capacity_estimate":250000,"min_network_size":70,"max_network_size":1342,"min_adj_size":70,"max_adj_size":1342,"avg_hdr_offset":10,"tins":[{"threshold_rate":15625,"sent_bytes":0,"backlog_bytes":0,"target_us":145344,"interval_us":290688,"peak_delay_us":0,"avg_delay_us":0,"base_delay_us":0,"sent_packets":0,"way_indirect_hits":0,"way_misses":0,"way_collisions":0,"drops":0,"ecn_mark":0,"ack_drops":0,"sparse_flows":0,"bulk_flows":0,"unresponsive_flows":0,"max_pkt_len":0,"flow_quantum":300},{"threshold_rate":250000,"sent_bytes":402670,"backlog_bytes":0,"target_us":9084,"interval_us":104084,"peak_delay_us":6269,"avg_delay_us":3135,"base_delay_us":1915,"sent_packets":301,"way_indirect_hits":0,"way_misses":2,"way_collisions":0,"drops":0,"ecn_mark":4,"ack_drops":0,"sparse_flows":1,"bulk_flows":1,"unresponsive_flows":0,"max_pkt_len":1342,"flow_quantum":300}]}';
const fq =
  '{"kind":"fq","handle":"1:","root":true,"refcnt":3,"options":{"limit":100,"flow_limit":10,"horizon_drop":null},"bytes":402600,"packets":300,"drops":0,"overlimits":0,"requeues":0,"backlog":0,"qlen":0,"flows":1,"inactive":0,"throttled":0,"gc":0,"highprio":0,"throttled":0}';

test('fq_codel: what it counts of its own, and its options with units', () => {
  expect(parseQdiscDump(`[${fqCodel}]`)[0]?.qdisc).toMatchObject({
    drops: 7,
    requeues: 2,
    statistics: {
      maxpacket: 1342,
      drop_overlimit: 5,
      new_flow_count: 9,
      ecn_mark: 3,
      new_flows_len: 0,
      old_flows_len: 1,
    },
  });
  expect(trees(`[${fqCodel}]`)).toEqual([
    'qdisc fq_codel 1: limit 100 packets flows 64 quantum 1514 bytes target 4.999 ms interval 99.999 ms memory_limit 33554432 bytes ecn | sent 303 packets 402802 bytes, dropped 7, requeues 2',
    '  maxpacket 1342, drop_overlimit 5, new_flow_count 9, ecn_mark 3, old_flows_len 1',
  ]);
});

test('cake: memory, capacity and its tins by name', () => {
  const { statistics } = parseQdiscDump(`[${cake}]`)[0]?.qdisc ?? {};
  expect(statistics).toMatchObject({ memory_used: 2304, capacity_estimate_mbps: 2 });
  expect(statistics?.['tins']).toEqual([
    expect.objectContaining({ tin: 'bulk', threshold_mbps: 0.125, sent_packets: 0 }),
    {
      tin: 'best_effort',
      threshold_mbps: 2,
      sent_bytes: 402_670,
      sent_packets: 301,
      backlog_bytes: 0,
      drops: 0,
      ecn_mark: 4,
      ack_drops: 0,
      target_us: 9084,
      peak_delay_us: 6269,
      avg_delay_us: 3135,
      base_delay_us: 1915,
      sparse_flows: 1,
      bulk_flows: 1,
      unresponsive_flows: 0,
    },
  ]);
  const lines = trees(`[${cake}]`);
  expect(lines[0]).toContain('cake 1: bandwidth 2 Mbit/s diffserv diffserv4');
  expect(lines[0]).toContain('overlimits 592');
  expect(lines[1]).toContain('capacity_estimate 2 Mbit/s');
  expect(lines.slice(2)).toEqual([expect.stringContaining('  tin best_effort: threshold_mbps 2,')]);
});

test('fq, which prints a key twice, and hfsc, which prints its options as no JSON at all', () => {
  expect(parseQdiscDump(`[${fq}]`)[0]?.qdisc.statistics).toMatchObject({ flows: 1, throttled: 0 });
  const hfsc =
    '[{"kind":"hfsc","handle":"1:","root":true,"refcnt":3,"options":{default 1 },"bytes":0,"packets":0,"drops":301,"overlimits":0,"requeues":0,"backlog":0,"qlen":0}]';
  expect(parseQdiscDump(hfsc)[0]?.qdisc).toMatchObject({ kind: 'hfsc', drops: 301, options: { text: 'default 1' } });
});

test('the queues of mq hang below it, whichever handle it has', () => {
  const queues = (handle: string, parent: string) =>
    trees(
      `[{"kind":"mq","handle":"${handle}","root":true,"options":{}},{"kind":"fq","handle":"0:","parent":"${parent}","options":{}}]`,
    ).map((line) => line.split(' |')[0]);
  expect(queues('1:', '1:1')).toEqual(['qdisc mq 1:', '  qdisc fq']);
  expect(queues('0:', ':1')).toEqual(['qdisc mq (kernel default)', '  qdisc fq']);
});

test('netem tells its delay and loss in milliseconds and percent', () => {
  const netem =
    '[{"kind":"netem","handle":"1:","root":true,"options":{"limit":1000,"delay":{"delay":0.005,"jitter":0,"correlation":0},"loss-random":{"loss":0.01,"correlation":0},"ecn":false,"gap":0}}]';
  expect(trees(netem)[0]).toContain('qdisc netem 1: limit 1000 packets delay 5 ms loss 1 %');
});

const ingress = `filter protocol all pref 1 matchall chain 0 
filter protocol all pref 1 matchall chain 0 handle 0x1 
  not_in_hw (rule hit 200)
	action order 1: mirred (Egress Redirect to device ifb0) stolen
	index 1 ref 1 bind 1 installed 1 sec used 0 sec firstused 0 sec
	Action statistics:
	Sent 16800 bytes 200 pkt (dropped 0, overlimits 0 requeues 0) 
	backlog 0b 0p requeues 0

filter protocol ip pref 2 flower chain 0 
filter protocol ip pref 2 flower chain 0 handle 0x1 
  eth_type ipv4
  ip_proto udp
  src_ip 192.0.2.0/24
  dst_port 53
  not_in_hw
	action order 1:  police 0x1 rate 1Mbit burst 10Kb mtu 2Kb action drop overhead 0b linklayer ethernet 
	ref 1 bind 1  installed 1 sec used 1 sec
	Action statistics:
	Sent 0 bytes 0 pkt (dropped 0, overlimits 0 requeues 0) 
	backlog 0b 0p requeues 0
`;
const egress = `filter protocol ip pref 1 u32 chain 0 
filter protocol ip pref 1 u32 chain 0 fh 800: ht divisor 1 
filter protocol ip pref 1 u32 chain 0 fh 800::800 order 2048 key ht 800 bkt 0 *flowid :1 not_in_hw (rule hit 201 success 201)
  match 00010000/00ff0000 at 8 (success 201 ) 
 police 0x2 rate 1Mbit burst 10Kb mtu 2Kb action drop overhead 0b linklayer ethernet 
	ref 1 bind 1  installed 1 sec used 0 sec firstused 0 sec

 Sent 19698 bytes 201 pkts (dropped 1, overlimits 1) 
filter protocol ip pref 3 matchall chain 0 
filter protocol ip pref 3 matchall chain 0 handle 0x1 
  not_in_hw (rule hit 0)
	action order 1: skbedit  priority :3 pipe
	 index 1 ref 1 bind 1 installed 1 sec used 1 sec
	Action statistics:
	Sent 0 bytes 0 pkt (dropped 0, overlimits 0 requeues 0) 
	backlog 0b 0p requeues 0

	action order 2: mirred (Egress Mirror to device ifb0) pipe
	index 2 ref 1 bind 1 installed 1 sec used 1 sec
	Action statistics:
	Sent 5 bytes 1 pkt (dropped 0, overlimits 0 requeues 0) 
	backlog 0b 0p requeues 0
`;

test('matchall, flower and u32 with their actions and what these counted', () => {
  expect(parseFilterText(ingress, 'ingress')).toMatchObject([
    { kind: 'matchall', protocol: 'all', hits: 200, matches: [], actions: [{ device: 'ifb0', sent_packets: 200 }] },
    {
      kind: 'flower',
      priority: 2,
      hits: null,
      matches: ['eth_type ipv4', 'ip_proto udp', 'src_ip 192.0.2.0/24', 'dst_port 53'],
      actions: [{ kind: 'police', rate_mbps: 1, burst_bytes: 10_240, drops: 0 }],
    },
  ]);
  expect(parseFilterText(egress, 'egress')).toMatchObject([
    {
      kind: 'u32',
      flowid: ':1',
      hits: 201,
      matches: ['protocol icmp (00010000/00ff0000 at 8)'],
      actions: [{ kind: 'police', rate_mbps: 1, sent_bytes: 19_698, sent_packets: 201, drops: 1, overlimits: 1 }],
    },
    { kind: 'matchall', actions: [{ kind: 'skbedit' }, { kind: 'mirred', device: 'ifb0', sent_bytes: 5 }] },
  ]);
});

test('a bpf filter names its program', () => {
  const text = `filter protocol all pref 49152 bpf chain 0 
filter protocol all pref 49152 bpf chain 0 handle 0x1 shape.o:[classifier] direct-action not_in_hw id 12 tag 3b185187f1855c4c jited 
`;
  expect(parseFilterText(text, 'ingress')).toMatchObject([
    { kind: 'bpf', handle: '0x1', matches: ['shape.o:[classifier] direct-action id 12 tag 3b185187f1855c4c jited'] },
  ]);
});

test('a tree has every entry once, also where the text says what cannot be', () => {
  const classes = parseClassText('class htb 1:1 parent 1:2 \nclass htb 1:2 parent 1:1 \nclass htb 7:1 parent 7:9 \n');
  const qdiscs = parseQdiscDump(
    '[{"kind":"htb","handle":"1:","root":true,"options":{}},{"kind":"pfifo","handle":"9:","parent":"8:8","options":{}}]',
  ).map(({ qdisc }) => qdisc);
  const filters = parseFilterText('filter parent 5: protocol ip pref 1 fw chain 0 handle 0x5 classid 1:10 \n', 'root');
  const nodes = treeOf({ qdiscs, classes, filters });
  expect(nodes).toHaveLength(6);
  expect(new Set(nodes.map(({ entry }) => entry)).size).toBe(6);
});
