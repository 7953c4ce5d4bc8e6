// Resources, templates, prompts and completion as clients meet them over stdio, in both protocol eras.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ResourceNotFoundError } from '@modelcontextprotocol/client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { cardSchema, limitsSchema, profileSchema, rulesSchema } from '../../src/model/policy.ts';
import { connectServer, eras, type ConnectedClient, type Era } from '../helpers/mcp-client.ts';

const program = fileURLToPath(new URL('./product-with-test-tools.ts', import.meta.url));

let folder = '';
let open: ConnectedClient[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netmcp-e2e-'));
});
afterEach(async () => {
  await Promise.all(open.map((connected) => connected.close()));
  open = [];
  await rm(folder, { recursive: true, force: true });
});

const connect = async (era: Era, args: readonly string[] = []): Promise<ConnectedClient> => {
  const connected = await connectServer({ era, program, args: ['--state-dir', join(folder, 'state'), ...args] });
  open.push(connected);
  return connected;
};

const cardsSchema = z.strictObject({
  description: z.string(),
  count: z.number(),
  cards: z.array(z.strictObject({ id: z.string(), name: z.string(), category: z.string(), purpose: z.string() })),
});
const profilesSchema = z.looseObject({ count: z.number(), profiles: z.array(z.looseObject({ name: z.string() })) });

const read = async ({ client }: ConnectedClient, uri: string): Promise<unknown> => {
  const { contents } = await client.readResource({ uri });
  const [content] = contents;
  expect(contents).toHaveLength(1);
  expect(content).toMatchObject({ uri, mimeType: 'application/json' });
  if (content === undefined || !('text' in content)) throw new Error(`${uri} is not text`);
  return JSON.parse(content.text);
};

const promptText = async (
  { client }: ConnectedClient,
  name: string,
  values: Record<string, string>,
): Promise<string> => {
  const { messages } = await client.getPrompt({ name, arguments: values });
  const content = messages[0]?.content;
  if (content?.type !== 'text') throw new Error(`${name} did not begin with text`);
  return content.text;
};

const failureOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe.each(eras)('%s era', (era) => {
  test('declares and lists resources, templates and prompts', async () => {
    const { client } = await connect(era);
    expect(client.getServerCapabilities()).toMatchObject({ tools: {}, resources: {}, prompts: {}, completions: {} });
    expect((await client.listResources()).resources.map(({ uri }) => uri)).toEqual([
      'policy://config_cards/list',
      'policy://profiles/list',
      'policy://limits',
      'policy://rules',
    ]);
    expect((await client.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      'policy://config_cards/{id}',
      'policy://profiles/{name}',
    ]);
    expect((await client.listPrompts()).prompts).toMatchObject([
      {
        name: 'tune_for',
        arguments: [
          { name: 'goal', required: true },
          { name: 'interface', required: false },
        ],
      },
      { name: 'explain_setting', arguments: [{ name: 'card', required: true }] },
    ]);
  });

  test('reads every listed card and profile, the limits and the rules', async () => {
    const connected = await connect(era);
    const { count, cards } = cardsSchema.parse(await read(connected, 'policy://config_cards/list'));
    expect(count).toBe(cards.length);
    expect(count).toBeGreaterThan(20);
    for (const { id } of cards) {
      expect(cardSchema.parse(await read(connected, `policy://config_cards/${id}`)).id).toBe(id);
    }
    expect(await read(connected, 'policy://config_cards/sysctl_tcp_rmem')).toMatchObject({ id: 'sysctl.tcp_rmem' });
    const { profiles } = profilesSchema.parse(await read(connected, 'policy://profiles/list'));
    expect(profiles.map(({ name }) => name)).toContain('gaming');
    for (const { name } of profiles) {
      expect(profileSchema.parse(await read(connected, `policy://profiles/${name}`)).name).toBe(name);
    }
    limitsSchema.parse(await read(connected, 'policy://limits'));
    rulesSchema.parse(await read(connected, 'policy://rules'));
  });

  test('answers an unknown resource with resource-not-found and what is near', async () => {
    const { client } = await connect(era);
    const uri = 'policy://config_cards/sysctl.tcp_rmen';
    const failure = await failureOf(client.readResource({ uri }));
    expect(failure).toBeInstanceOf(ResourceNotFoundError);
    expect(failure).toMatchObject({ code: -32602, data: { uri } });
    expect(String(failure)).toContain('sysctl.tcp_rmem');
  });

  test('fills in prompts, naming only tools that there are', async () => {
    const connected = await connect(era);
    const tuning = await promptText(connected, 'tune_for', { goal: 'gaming', interface: 'lo' });
    expect(tuning).toContain('{"goal":"gaming","iface":"lo"}');
    const explaining = await promptText(connected, 'explain_setting', { card: 'sysctl_tcp_rmem' });
    expect(explaining).toContain('"id": "sysctl.tcp_rmem"');
    const tools = (await connected.client.listTools()).tools.map(({ name }) => name);
    const named = `${tuning}${explaining}`.match(/\b(recommend|render|apply|confirm)_[a-z_]*(plan|change)\b/g) ?? [];
    expect(named).toContain('confirm_change');
    expect(tools).toEqual(expect.arrayContaining(named));
  });

  test.each([
    ['tune_for', { goal: 'gamin' }, 'gaming'],
    ['tune_for', { goal: 'gaming', interface: 'nosuch0' }, 'Interfaces: lo'],
    ['tune_for', {}, 'required'],
    ['explain_setting', { card: 'sysctl.tcp_rmen' }, 'sysctl.tcp_rmem'],
    ['tunefor', {}, 'tune_for'],
  ])('refuses %s with %j as invalid params', async (name, values, hint) => {
    const { client } = await connect(era);
    const failure = await failureOf(client.getPrompt({ name, arguments: values }));
    expect(failure).toMatchObject({ code: -32602 });
    expect(String(failure)).toContain(hint);
  });

  test('completes goals, cards and the interfaces of this host', async () => {
    const { client } = await connect(era);
    const completed = async (ref: Parameters<typeof client.complete>[0]['ref'], name: string, value: string) =>
      (await client.complete({ ref, argument: { name, value } })).completion;
    const tuneFor = { type: 'ref/prompt' as const, name: 'tune_for' };
    expect(await completed(tuneFor, 'goal', 'GAM')).toEqual({ values: ['gaming'], total: 1, hasMore: false });
    expect((await completed(tuneFor, 'interface', 'l')).values).toContain('lo');
    const card = { type: 'ref/resource' as const, uri: 'policy://config_cards/{id}' };
    expect((await completed(card, 'id', 'sysctl_tcp_rm')).values).toEqual(['sysctl.tcp_rmem']);
    const profile = { type: 'ref/resource' as const, uri: 'policy://profiles/{name}' };
    expect((await completed(profile, 'name', 'gaming')).values).toEqual(['gaming']);
  });
});
