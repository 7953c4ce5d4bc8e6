import { expect, test } from 'vitest';
import { refusingPorts } from '../../../tests/helpers/refusing-ports.ts';
import { createFakeHost } from '../../host/fake/fake-host.ts';
import { fullNote, getArpTable } from './get-arp-table.ts';

test.each([
  [819, { entries: null, limit: 1024 }, undefined],
  [820, { entries: null, limit: 1024 }, 'holds 820 of at most 1024 entries'],
  [3, { entries: 1000, limit: 1024 }, 'holds 1000 of at most 1024 entries'],
  [5000, { entries: 5000, limit: null }, undefined],
  [5000, { entries: 5000, limit: 0 }, undefined],
])('%i entries of %j', (own, fill, expected) => {
  const note = fullNote('ipv4', own, fill);
  if (expected === undefined) expect(note).toBeUndefined();
  else expect(note).toContain(`The IPv4 neighbour table ${expected} (net.ipv4.neigh.default.gc_thresh3)`);
});

test('a table that is nearly full is noted for the family that it is full for', async () => {
  const neighbours = Array.from({ length: 9 }, (_, index) => ({
    dst: `2001:db8::${index}`,
    dev: 'eth0',
    state: [index === 0 ? 'PERMANENT' : 'STALE'],
  }));
  const { ports } = createFakeHost({
    files: {
      '/proc/sys/net/ipv4/neigh/default/gc_thresh3': '1024',
      '/proc/sys/net/ipv6/neigh/default/gc_thresh3': '9',
    },
    handlers: { ip: ({ args }) => ({ stdout: args.includes('proxy') ? '[]' : JSON.stringify(neighbours) }) },
  });
  const answer = await getArpTable.run({}, refusingPorts(ports), {
    signal: new AbortController().signal,
    progress: () => undefined,
    client: { kind: 'cli', name: 'test', version: '0' },
  });
  expect(answer).toMatchObject({
    summary: '9 neighbours: 1 permanent, 8 stale.',
    counts: { PERMANENT: 1, STALE: 8 },
    notes: [expect.stringContaining('The IPv6 neighbour table holds 8 of at most 9 entries')],
  });
});

test.each(['stale', 'Stale', 'STALE'])('the state %j is understood in any case', async (state) => {
  const neighbours = ['STALE', 'FAILED'].map((each, index) => ({
    dst: `192.0.2.${index}`,
    dev: 'eth0',
    state: [each],
  }));
  const { ports } = createFakeHost({
    handlers: { ip: ({ args }) => ({ stdout: args.includes('proxy') ? '[]' : JSON.stringify(neighbours) }) },
  });
  const asked = (wanted: unknown) =>
    getArpTable.run({ state: wanted }, refusingPorts(ports), {
      signal: new AbortController().signal,
      progress: () => undefined,
      client: { kind: 'cli', name: 'test', version: '0' },
    });
  expect(await asked(state)).toMatchObject({ total: 1, entries: [{ state: 'STALE' }] });
  await expect(asked('old')).rejects.toMatchObject({ code: 'invalid_argument' });
  await expect(asked(7)).rejects.toMatchObject({ code: 'invalid_argument' });
  expect(JSON.stringify(getArpTable.inputSchema())).toContain('"enum":["REACHABLE","STALE"');
});
