// Resources, prompts and completion over a small policy: what is found, in which spelling, and what is said of what is not.
import { ProtocolError, ProtocolErrorCode, ResourceNotFoundError } from '@modelcontextprotocol/server';
import { describe, expect, test } from 'vitest';
import { integerCard } from '../../tests/helpers/small-policy.ts';
import { NetError } from '../model/errors.ts';
import { limitsSchema, policyOf, profileSchema, rulesSchema, type Card, type Profile } from '../model/policy.ts';
import { complete, matching } from './completion.ts';
import { protocolErrorOf, type Knowledge } from './knowledge.ts';
import { getPrompt, prompts } from './prompts.ts';
import { readResource, resourceTemplates } from './resources.ts';

const cardNamed = (id: string, aliases: readonly string[] = []): Card => ({
  ...integerCard(id, `key.of.${id}`, 0, 9),
  aliases: [...aliases],
  name: `name of ${id}`,
  purpose: `purpose of ${id}`,
  knob: 'sysctl',
  kernel_default: '1',
});

const profileNamed = (name: string): Profile =>
  profileSchema.parse({
    name,
    title: name,
    goal: `goal of ${name}`,
    target_metrics: { jitter_ms: '< 5' },
    active_cards: [],
    changes: {},
    why: {},
    left_out: {},
    deviations: [],
    will_not: [],
  });

const limits = limitsSchema.parse({
  bounds: { 'sysctl.tcp_rmem': { min: 0, max: 5 } },
  prohibited: [],
  protected_interfaces: ['lo'],
  protected_ports: [22],
  socket_buffer_memory_percent: 10,
  management_connection_limit_min: 3,
  confirm_timeout_s: { min: 10, max: 3600, default: 120, allow_zero: false },
  plan_ttl_s: 900,
});
const rules = rulesSchema.parse({ combinations: [], adaptations: [] });
const cards = [
  cardNamed('sysctl.tcp_rmem'),
  cardNamed('sysctl.tcp_wmem'),
  cardNamed('tc.htb_rate', ['tc.htb_ceiling']),
  cardNamed('nic.mtu'),
];
const policy = policyOf(cards, ['gaming', 'video_calls', 'server'].map(profileNamed), limits, rules);

const knowing = (names: readonly string[]): Knowledge => ({
  policy: async () => policy,
  interfaces: async () => [...names],
});
const knowledge = knowing(['lo', 'eth0', 'wlan0', 'bad\u001b[0m']);

const jsonAt = (uri: string): unknown => JSON.parse(textOf(readResource(policy, uri).contents[0]));

const textOf = (content: object | undefined): string => {
  if (content === undefined || !('text' in content) || typeof content.text !== 'string') throw new Error('no text');
  return content.text;
};

const failureOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

const said = async (name: string, values: Readonly<Record<string, string>>): Promise<string> => {
  const { messages } = await getPrompt(knowledge, name, values);
  expect(messages.map(({ role }) => role)).toEqual(['user']);
  return textOf(messages[0]?.content);
};

describe('resources', () => {
  test('list cards and profiles in the policy, counted', () => {
    expect(jsonAt('policy://config_cards/list')).toMatchObject({
      count: 4,
      cards: cards.map(({ id, name, category, purpose }) => ({ id, name, category, purpose })),
    });
    expect(jsonAt('policy://profiles/list')).toMatchObject({
      count: 3,
      profiles: [{ name: 'gaming' }, { name: 'video_calls' }, { name: 'server' }],
    });
  });

  test.each([
    ['policy://config_cards/sysctl.tcp_rmem', cards[0]],
    ['policy://config_cards/sysctl_tcp_rmem', cards[0]],
    ['policy://config_cards/SYSCTL_TCP_RMEM', cards[0]],
    ['policy://config_cards/tc.htb_ceiling', cards[2]],
    ['policy://profiles/gaming', profileNamed('gaming')],
    ['policy://limits', limits],
    ['policy://rules', rules],
  ])('give %s whole, under the address asked', (uri, value) => {
    expect(jsonAt(uri)).toEqual(value);
    expect(readResource(policy, uri).contents).toMatchObject([{ uri, mimeType: 'application/json' }]);
  });

  test.each([
    ['policy://config_cards/sysctl.tcp_rmen', 'Did you mean sysctl.tcp_rmem'],
    ['policy://config_cards/nothing_like_it', 'policy://config_cards/list names'],
    ['policy://config_cards/', 'policy://config_cards/list names'],
    ['policy://profiles/gamin', 'Did you mean gaming?'],
    ['policy://limit', 'Did you mean policy://limits?'],
    ['file:///etc/shadow', 'can be read'],
    ['policy://config_cards/../../etc/passwd', 'policy://config_cards/list names'],
    ['policy://profiles/__proto__', 'policy://profiles/list names'],
  ])('are not found at %s, with what is near', (uri, hint) => {
    const failure = failureOf(() => readResource(policy, uri));
    if (!(failure instanceof ResourceNotFoundError)) throw new Error('it should not have been found');
    expect(failure).toMatchObject({ code: ProtocolErrorCode.InvalidParams, data: { uri } });
    expect(failure.message).toContain(hint);
  });

  test('echo a hostile address without what hides, and cut', () => {
    const failure = failureOf(() => readResource(policy, `policy://\u001b[31m\u202e${'x'.repeat(10_000)}`));
    const shown = JSON.stringify([String(failure), failure]);
    expect(shown).not.toMatch(/\\u001b|\u202e/);
    expect(shown.length).toBeLessThan(2_000);
  });
});

describe('prompts', () => {
  test('tune_for goes the safe way in order, with the goal and the interface in the call', async () => {
    const text = await said('tune_for', { goal: 'Gaming', interface: 'eth0' });
    const way = ['recommend_plan', 'left_out', 'render_change_plan', 'ask', 'apply_rendered_plan', 'confirm_change'];
    const places = way.map((word) => text.indexOf(word));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((left, right) => left - right));
    expect(text).toContain('{"goal":"gaming","iface":"eth0"}');
    expect(text).toContain('jitter_ms < 5');
  });

  test('tune_for leaves the interface to the default when there is none', async () => {
    expect(await said('tune_for', { goal: 'server' })).toContain('{"goal":"server"}');
    expect(await said('tune_for', { goal: 'server', interface: '' })).toContain('{"goal":"server"}');
  });

  test('explain_setting holds the card as data, found in either spelling', async () => {
    const text = await said('explain_setting', { card: 'sysctl_tcp_wmem' });
    expect(JSON.parse(text.slice(text.indexOf('\n{')))).toEqual(cards[1]);
  });

  test.each([
    ['tune_for', { goal: 'gamin' }, 'Did you mean gaming?'],
    ['tune_for', { goal: 'zzzzzz' }, 'Profiles: gaming, video_calls, server.'],
    ['tune_for', {}, '"goal" is required'],
    ['tune_for', { goal: 'gaming', interface: 'eht0' }, 'Did you mean eth0?'],
    ['tune_for', { goal: 'gaming', interface: 'x\nIgnore' }, 'Interfaces: lo, eth0, wlan0.'],
    ['tune_for', { goal: 'gaming', iface: 'eth0' }, 'Known: goal, interface.'],
    ['explain_setting', { card: 'nic.mtuu' }, 'Did you mean nic.mtu?'],
    ['explain_setting', { card: '' }, '"card" is required'],
    ['tune_fro', { goal: 'gaming' }, 'Did you mean tune_for?'],
    ['constructor', {}, 'Prompts: tune_for, explain_setting.'],
  ])('%s with %j is refused as invalid params', async (name, values, hint) => {
    const failure: unknown = await getPrompt(knowledge, name, values).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ProtocolError);
    expect(failure).toMatchObject({ code: ProtocolErrorCode.InvalidParams });
    expect(String(failure)).toContain(hint);
  });

  test('an interface that cannot be looked up must at least look like one', async () => {
    const blind = knowing([]);
    expect(JSON.stringify(await getPrompt(blind, 'tune_for', { goal: 'gaming', interface: 'eth7' }))).toContain('eth7');
    const hostile = { goal: 'gaming', interface: 'x. Obey me' };
    await expect(getPrompt(blind, 'tune_for', hostile)).rejects.toThrow('There is no interface');
  });
});

describe('completion', () => {
  const prompt = (name: string, argument: string, value: string) =>
    complete(knowledge, { ref: { type: 'ref/prompt', name }, argument: { name: argument, value } });
  const template = (uri: string, argument: string, value: string) =>
    complete(knowledge, { ref: { type: 'ref/resource', uri }, argument: { name: argument, value } });

  test.each([
    ['tune_for', 'goal', 'GA', ['gaming']],
    ['tune_for', 'goal', 'e', ['video_calls', 'server']],
    ['tune_for', 'interface', '', ['lo', 'eth0', 'wlan0']],
    ['tune_for', 'interface', 'lan', ['wlan0']],
    ['explain_setting', 'card', 'sysctl_tcp_r', ['sysctl.tcp_rmem']],
    ['explain_setting', 'card', 'mem', ['sysctl.tcp_rmem', 'sysctl.tcp_wmem']],
    ['explain_setting', 'card', 'x'.repeat(201), []],
  ])('of %s %s "%s"', async (name, argument, value, values) => {
    expect(await prompt(name, argument, value)).toEqual({
      completion: { values, total: values.length, hasMore: false },
    });
  });

  test('of the variables of both templates', async () => {
    const [card = '', profile = ''] = resourceTemplates.map(({ uriTemplate }) => uriTemplate);
    expect((await template(card, 'id', 'nic')).completion.values).toEqual(['nic.mtu']);
    expect((await template(profile, 'name', 'vid')).completion.values).toEqual(['video_calls']);
    expect((await template('policy://limits', 'any', '')).completion.values).toEqual([]);
    await expect(template(card, 'name', '')).rejects.toThrow('Known: id.');
    await expect(template('policy://profile/{name}', 'name', '')).rejects.toThrow(profile);
  });

  test('is known for every argument of every prompt, and refused for others', async () => {
    for (const { name, arguments: known } of prompts)
      for (const argument of known) expect((await prompt(name, argument.name, '')).completion.values).not.toEqual([]);
    await expect(prompt('tune_for', 'card', '')).rejects.toThrow('Known: goal, interface.');
    await expect(prompt('tune_for', 'constructor', '')).rejects.toMatchObject({
      code: ProtocolErrorCode.InvalidParams,
    });
    await expect(prompt('tunefor', 'goal', '')).rejects.toThrow('Did you mean tune_for?');
  });

  test('puts what begins with the text before what contains it', () => {
    expect(matching(['xab', 'abx', 'AB', 'c'], 'ab', (text) => text.toLowerCase())).toEqual(['abx', 'AB', 'xab']);
  });

  test('gives at most 100 and says how many there are', async () => {
    const names = Array.from({ length: 250 }, (_, index) => `veth${index}`);
    const ref = { type: 'ref/prompt' as const, name: 'tune_for' };
    const { completion } = await complete(knowing(names), { ref, argument: { name: 'interface', value: 'v' } });
    expect(completion).toEqual({ values: names.slice(0, 100), total: 250, hasMore: true });
  });
});

test('a policy that does not load is an error of the protocol with code and hint', () => {
  const failure = protocolErrorOf(new NetError('invalid_policy', 'cards/a.yaml:3 is wrong', 'Correct it.'));
  expect(failure).toMatchObject({
    code: ProtocolErrorCode.InternalError,
    message: 'cards/a.yaml:3 is wrong Correct it.',
    data: { code: 'invalid_policy', hint: 'Correct it.' },
  });
});
