import { expect, test } from 'vitest';
import { parseClassText, parseFilterText, parseQdiscDump } from './tc-text.ts';

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
      kind: 'u32',
      handle: '800::800',
      flowid: '1:10',
      matches: ['00000016/0000ffff at 20', '00060000/00ff0000 at 8'],
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
    { flowid: null, parent: null, actions: ['mirred (Egress Redirect to device ifb0) stolen'] },
  ]);
});

test('qdiscs of several devices', () => {
  const text =
    '[{"kind":"noqueue","handle":"0:","dev":"lo","root":true,"options":{}},{"kind":"pfifo","handle":"10:","dev":"v0","parent":"1:10","options":{"limit":100},"bytes":5,"drops":1}]';
  expect(parseQdiscDump(text)).toMatchObject([
    { dev: 'lo', qdisc: { parent: 'root' } },
    { dev: 'v0', qdisc: { parent: '1:10', options: { limit: 100 }, sent_bytes: 5, drops: 1 } },
  ]);
  expect(() => parseQdiscDump('qdisc htb')).toThrow('not JSON');
});
