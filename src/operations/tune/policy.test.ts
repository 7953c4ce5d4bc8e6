import { expect, test } from 'vitest';
import { loadPolicy } from '../../host/policy-files.ts';
import { NetError } from '../../model/errors.ts';
import { refusingPorts } from '../../../tests/helpers/refusing-ports.ts';
import { getCard, getProfile, listPolicy } from './policy.ts';

const ports = refusingPorts({ policy: () => loadPolicy() });
const call = {
  signal: new AbortController().signal,
  progress: () => undefined,
  client: { kind: 'cli' as const, name: 'test', version: '0' },
};

test.each([
  ['cards', 'sysctl.tcp_rmem'],
  ['profiles', 'gaming'],
  ['limits', 'protected_ports'],
])('list_policy of %s names %s', async (kind, id) => {
  const { items, total } = await listPolicy.run({ kind }, ports, call);
  expect(JSON.stringify(items)).toContain(`"${id}"`);
  expect(total).toBeGreaterThan(4);
});

test.each(['sysctl.tcp_rmem', 'sysctl_tcp_rmem', 'iptables_QoS_marking'])('get_card takes %s', async (card_id) => {
  const { card } = await getCard.run({ card_id }, ports, call);
  expect(card).toHaveProperty('range');
});

test('every profile can be read whole, and its cards too', async () => {
  const policy = await loadPolicy();
  for (const [name, profile] of policy.profiles) {
    expect(await getProfile.run({ name }, ports, call)).toMatchObject({ profile: { name } });
    for (const card_id of profile.active_cards) await getCard.run({ card_id }, ports, call);
  }
});

test('what does not exist is not_found with the way to what does', async () => {
  const missing: unknown = await getCard
    .run({ card_id: 'sysctl.tcp_rmen' }, ports, call)
    .catch((error: unknown) => error);
  expect(missing).toMatchObject({ code: 'not_found' });
  expect(missing instanceof NetError ? missing.hint : '').toContain('sysctl.tcp_rmem');
  await expect(getProfile.run({ name: 'fastest' }, ports, call)).rejects.toThrow(NetError);
});
