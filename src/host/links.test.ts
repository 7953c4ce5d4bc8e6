import { expect, test } from 'vitest';
import { createFakeExec } from './fake/fake-exec.ts';
import { readLinks } from './links.ts';

const { signal } = new AbortController();
const printing = (value: unknown) => createFakeExec({ ip: () => ({ stdout: JSON.stringify(value) }) });

const plain = { ifindex: 2, ifname: 'eth0', flags: ['UP'], mtu: 1500, link_type: 'ether' };

test('what a kernel or iproute2 leaves out has a value all the same', async () => {
  const exec = printing([plain]);
  expect(await readLinks(exec, signal)).toEqual([
    { ...plain, min_mtu: 0, max_mtu: 0, txqlen: 0, operstate: 'UNKNOWN', altnames: [], addr_info: [] },
  ]);
  expect(exec.calls[0]?.args).toEqual(['-j', '-d', 'addr', 'show']);
});

test('counters are asked for only when wanted', async () => {
  const exec = printing([{ ...plain, stats64: { rx: { bytes: 1 }, tx: { bytes: 2 } } }]);
  const [link] = await readLinks(exec, signal, true);
  expect(link?.stats64).toEqual({ rx: { bytes: 1 }, tx: { bytes: 2 } });
  expect(exec.calls[0]?.args).toEqual(['-j', '-d', '-s', '-s', 'addr', 'show']);
});

test('data of a kind that we do not know is no obstacle', async () => {
  const linkinfo = { info_kind: 'gre', info_data: { id: '0x7' }, info_slave_data: 7 };
  const [link] = await readLinks(printing([{ ...plain, linkinfo, addr_info: [{}, 7, null], link: null }]), signal);
  expect(link?.linkinfo?.info_kind).toBe('gre');
  expect(link?.linkinfo?.info_data).toBeUndefined();
  expect(link?.addr_info).toEqual([undefined, undefined, undefined]);
});

test.each([[[{ ifname: 'eth0' }]], [['eth0']]])('what is no interface (%j) is refused by name', async (entries) => {
  await expect(readLinks(printing(entries), signal)).rejects.toMatchObject({ code: 'step_failed' });
});
