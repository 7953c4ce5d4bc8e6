// Where questions go when the host says nothing about it.
import { getServers } from 'node:dns';
import { expect, test } from 'vitest';
import { showServer } from './exchange.ts';
import { openResolver } from './lookup.ts';

const never = (): never => {
  throw new Error('not part of this test');
};
const filesWith = (texts: Readonly<Record<string, string>>) => async () => ({
  warnings: [],
  warn: never,
  read: (path: string) => texts[path],
  list: never,
  layered: never,
  exists: never,
  same: never,
});
const targets = { check: never, checkAddress: never, checkName: never };
const { signal } = new AbortController();

test('without a resolv.conf, the servers Node knows (macOS, Windows)', async () => {
  const { servers } = await openResolver({ targets, configFiles: filesWith({}), nameserver: undefined, signal });
  expect(servers.map(showServer)).toEqual(getServers().slice(0, 3));
});

test('the system’s own servers are not subject to the target rules', async () => {
  const configFiles = filesWith({ '/etc/resolv.conf': 'nameserver 169.254.169.254\n' });
  const { servers } = await openResolver({ targets, configFiles, nameserver: undefined, signal });
  expect(servers).toEqual([{ address: '169.254.169.254', port: 53 }]);
});

test('a server that the caller names is', async () => {
  const asked: string[] = [];
  const checkAddress = (address: string) => {
    asked.push(address);
    return { target: address, address, family: 4 as const, addresses: [address] };
  };
  const options = { targets: { ...targets, checkAddress }, configFiles: filesWith({}), signal };
  const { servers } = await openResolver({ ...options, nameserver: '192.0.2.1:5353' });
  expect(asked).toEqual(['192.0.2.1']);
  expect(servers).toEqual([{ address: '192.0.2.1', port: 5353 }]);
});
