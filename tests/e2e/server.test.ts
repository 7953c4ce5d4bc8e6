// The server as clients meet it, in both protocol eras: listing, calling, refusing, progress, cancellation, jobs, ending.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { connectServer, eras, type ConnectedClient } from '../helpers/mcp-client.ts';
import { errorFrom } from './run-cli.ts';

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

const connect = async (options: Parameters<typeof connectServer>[0] = {}): Promise<ConnectedClient> => {
  const connected = await connectServer({
    ...options,
    args: ['--state-dir', join(folder, 'state'), ...(options.args ?? [])],
  });
  open.push(connected);
  return connected;
};

const errorOf = async (work: Promise<unknown>): Promise<{ code: string; message: string; hint: string }> => {
  const failure: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof Error)) throw new Error('the call should have failed');
  return errorFrom(failure.message);
};

const until = async (what: () => Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + 30_000;
  while (!(await what())) {
    if (performance.now() > deadline) throw new Error('it did not happen within 30 s');
    await new Promise((next) => setTimeout(next, 20));
  }
};

const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');

describe.each(eras)('%s era', (era) => {
  test('lists tools within the budget, complete and without $schema', async () => {
    const { client } = await connect({ era });
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['capabilities', 'get_interfaces', 'get_qdiscs', 'get_sysctls', 'get_job', 'cancel_job']),
    );
    const withOutputs = JSON.stringify(tools);
    expect(withOutputs.length).toBeLessThanOrEqual(64 * 1024);
    expect(JSON.stringify(tools.map(({ outputSchema: _, ...tool }) => tool)).length).toBeLessThanOrEqual(32 * 1024);
    expect(withOutputs).not.toContain('$schema');
    for (const tool of tools) {
      expect(Object.values(tool.annotations ?? {}).filter((hint) => typeof hint === 'boolean')).toHaveLength(4);
      expect(tool.inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(tool.outputSchema?.['properties']).toMatchObject({ success: {}, summary: {}, error: {} });
    }
  });

  test('tells the way in its instructions', async () => {
    const { client } = await connect({ era });
    const text = client.getInstructions() ?? '';
    const order = [
      'capabilities',
      'get_interfaces',
      'validate_change_plan',
      'render_change_plan',
      'apply_rendered_plan',
      'confirm_change',
      'rollback_to_checkpoint',
    ];
    const places = order.map((name) => text.indexOf(name));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((left, right) => left - right));
  });

  test('answers a call with the same data as structure and as text', async () => {
    const { client } = await connect({ era });
    const answer = await client.callTool({ name: 'get_interfaces', arguments: { interface: 'lo' } });
    expect(answer.structuredContent).toMatchObject({ success: true, interfaces: [{ name: 'lo', mtu: 65536 }] });
    const [text] = answer.content;
    expect(text?.type === 'text' && JSON.parse(text.text)).toEqual(answer.structuredContent);
  });

  test('refuses unknown arguments by name with the known ones', async () => {
    const { call } = await connect({ era });
    const error = await errorOf(call('get_interfaces', { interfce: 'lo' }));
    expect(error).toMatchObject({ code: 'unknown_argument', message: 'Unknown argument "interfce".' });
    expect(error.hint).toContain('interface, detail');
  });

  test('keeps a client that knows the output schemas content with answers', async () => {
    const { client } = await connect({ era, program });
    const { tools } = await client.listTools();
    const calls: Record<string, Record<string, unknown>> = {
      capabilities: {},
      get_interfaces: { detail: 'full' },
      get_qdiscs: {},
      get_sysctls: { keys: ['net.ipv4.tcp_rmem', 'net.none'] },
      list_policy: { kind: 'cards' },
      get_card: { card_id: 'sysctl.tcp_rmem' },
      get_profile: { name: 'gaming' },
      validate_change_plan: { parameter_plan: { iface: 'lo', changes: { mtu: 1400, offloads: null } } },
      take_steps: { steps: 1, background: true },
    };
    for (const [name, input] of Object.entries(calls)) {
      expect(tools.find((tool) => tool.name === name)?.outputSchema).toBeDefined();
      const answer = await client.callTool({ name, arguments: input });
      expect(answer.isError, name).not.toBe(true);
    }
  });

  test('keeps a client that knows the output schemas content with errors', async () => {
    const { client } = await connect({ era });
    await client.listTools();
    const answer = await client.callTool({ name: 'get_interfaces', arguments: { interface: 'nosuch0' } });
    expect(answer).toMatchObject({ isError: true, structuredContent: { error: { code: 'not_found' } } });
  });

  test('caps the text and says so, while the structure stays whole', async () => {
    const { client } = await connect({ era, program });
    const { content, structuredContent } = await client.callTool({ name: 'ramble', arguments: {} });
    const [text] = content;
    const shown = text?.type === 'text' ? text.text : '';
    expect(shown.length).toBeLessThan(20_000);
    expect(shown).toContain('[cut: ');
    expect(structuredContent).toMatchObject({ text: 'x'.repeat(50_000) });
  });

  test('calls a result that breaks its own schema internal', async () => {
    const { call } = await connect({ era, program });
    expect(await errorOf(call('lie'))).toMatchObject({ code: 'internal' });
  });

  test('passes progress on, rising', async () => {
    const { client } = await connect({ era, program });
    const seen: number[] = [];
    const input = { name: 'take_steps', arguments: { steps: 4, step_ms: 150 } };
    await client.callTool(input, { onprogress: ({ progress }) => seen.push(progress) });
    expect(seen.length).toBeGreaterThan(0);
    expect(seen).toEqual([...new Set(seen)].sort((left, right) => left - right));
  });

  test('lets a cancelled call end in order', async () => {
    const { client } = await connect({ era, program });
    const log = join(folder, 'log');
    const controller = new AbortController();
    const input = { name: 'take_steps', arguments: { steps: 200, log_file: log } };
    // Progress shows that the tool has started.
    const onprogress = (): void => {
      controller.abort();
    };
    const call = client.callTool(input, { signal: controller.signal, onprogress });
    await expect(call).rejects.toThrow();
    await until(async () => (await textOf(log)) === 'rolled back\n');
  });

  test('runs in the background as a job that can be asked, waited for and cancelled', async () => {
    const { call } = await connect({ era, program });
    const short = await call('take_steps', { steps: 3, step_ms: 50, background: true });
    expect(short['job_id']).toMatch(/^job_/);
    expect(await call('get_job', { job_id: short['job_id'], wait_s: 10 })).toMatchObject({
      state: 'done',
      operation: 'take_steps',
      done: 3,
      result: { success: true, steps: 3 },
    });
    const endless = await call('take_steps', { steps: 1000, background: true });
    expect(await call('get_job', { job_id: endless['job_id'] })).toMatchObject({ state: 'running' });
    expect(await call('cancel_job', { job_id: endless['job_id'] })).toMatchObject({ state: 'cancelled' });
    expect(await errorOf(call('get_job', { job_id: 'job_doesnotexist' }))).toMatchObject({ code: 'not_found' });
  });

  test('bounds the number of jobs', async () => {
    const { call } = await connect({ era, program });
    for (let job = 0; job < 8; job += 1) await call('take_steps', { steps: 1000, background: true });
    expect(await errorOf(call('take_steps', { steps: 1, background: true }))).toMatchObject({ code: 'limit_exceeded' });
  });

  test('in read-only mode lists nothing that changes, and refuses it at execution', async () => {
    const { client, call } = await connect({ era, program, args: ['--read-only', '--toolsets', 'all'] });
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).not.toContain('change_nothing_really');
    expect(tools.map(({ name }) => name)).not.toContain('apply_rendered_plan');
    expect(await errorOf(call('change_nothing_really'))).toMatchObject({ code: 'read_only' });
  });

  test('refuses tools of a toolset that is off, and names the flag that turns it on', async () => {
    const { call } = await connect({ era, program });
    const error = await errorOf(call('change_nothing_really'));
    expect(error.code).toBe('not_found');
    expect(error.hint).toContain('--toolsets default,expert');
  });

  test.each([
    ['ip_info_tool', 'get_interfaces'],
    ['tc_qdisc_show_tool', 'get_qdiscs'],
    ['network-monitor', 'network_monitor'],
    ['ping_host_tool', 'ping'],
    ['validate_change_plan_tool', 'validate_change_plan'],
    ['get_interface', 'get_interfaces'],
  ])('answers %s with the name %s', async (theirs, ours) => {
    const { call } = await connect({ era });
    const error = await errorOf(call(theirs));
    expect(error.code).toBe('not_found');
    expect(error.hint).toContain(ours);
  });
});

test('lists the same bytes each time', async () => {
  const lists = await Promise.all(
    [1, 2].map(async () => JSON.stringify((await (await connect()).client.listTools()).tools)),
  );
  expect(lists[0]).toBe(lists[1]);
});

const opening = [
  {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '0' } },
  },
  { jsonrpc: '2.0', method: 'notifications/initialized' },
];

const startRaw = (args: readonly string[]) => {
  const child = spawn(process.execPath, [program, 'serve', '--state-dir', join(folder, 'state'), ...args]);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  const ended = new Promise<number | null>((done) =>
    child.once('exit', (code) => {
      done(code);
    }),
  );
  return { child, output, ended };
};

const lines = (messages: readonly object[]): string =>
  messages.map((message) => `${JSON.stringify(message)}\n`).join('');

test('writes the protocol alone to stdout, answers what came before the end of stdin, and ends with it', async () => {
  const { child, output, ended } = startRaw([]);
  child.stdin.end(
    lines([...opening, { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'ramble', arguments: {} } }]),
  );
  expect(await ended).toBe(0);
  const ids = output.stdout
    .trim()
    .split('\n')
    .map((line) => z.looseObject({ jsonrpc: z.literal('2.0'), id: z.number() }).parse(JSON.parse(line)).id);
  expect(ids).toEqual([1, 2]);
  expect(output.stderr).toContain('rambling');
});

test.each(['SIGTERM', 'SIGINT'] as const)('ends in order on %s, rolling back what runs', async (signal) => {
  const { child, output, ended } = startRaw([]);
  const log = join(folder, 'log');
  child.stdin.write(
    lines([
      ...opening,
      {
        jsonrpc: '2.0',
        id: 2,
        method: 'tools/call',
        params: { name: 'take_steps', arguments: { steps: 500, log_file: log, background: true } },
      },
    ]),
  );
  // The job itself: the instructions speak of a job_id before anything has begun.
  await until(async () => output.stdout.includes('"job_id":"job_'));
  child.kill(signal);
  expect(await ended).toBe(0);
  expect(await textOf(log)).toBe('rolled back\n');
});
