// The product's real ports inside a test's namespace, and what the change engine does with a resource, for contract tests.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { ResourceCommand } from '../../src/model/command.ts';
import { NetError, errorCodes } from '../../src/model/errors.ts';
import type { HostPorts } from '../../src/model/ports.ts';
import type { Resource } from '../../src/model/resource.ts';
import { sysctlPath } from '../../src/model/sysctl.ts';
import { type Namespace, openNamespace } from './netns.ts';
import type { PortRequest } from './ports-agent.ts';
import { obstacleOf, tapDevices } from './skip.ts';

const agent = fileURLToPath(new URL('./ports-agent.ts', import.meta.url));

const codeSchema = z.custom<keyof typeof errorCodes>((code) => typeof code === 'string' && code in errorCodes);
const reply = z.object({
  value: z.unknown().optional(),
  error: z.object({ code: codeSchema, message: z.string(), hint: z.string() }).optional(),
});
const resultSchema = z.object({
  code: z.number().nullable(),
  stdout: z.string(),
  stderr: z.string(),
});

export interface Lab {
  readonly namespace: Namespace;
  readonly ports: HostPorts;
  readonly close: () => Promise<void>;
}

/** A namespace with a veth pair (v0, v1), an ifb (ifb9) and, where one can be made, a tap (tap0), and ports that act inside it. */
export const openLab = async (): Promise<Lab> => {
  const namespace = await openNamespace();
  await namespace.connect(namespace, { device: 'v0', addresses: ['192.0.2.1/24'] }, { device: 'v1' });
  await namespace.addIfb('ifb9');
  if ((await obstacleOf(tapDevices)) === undefined) await namespace.addTap('tap0');
  const child = spawn('ip', ['netns', 'exec', namespace.name, process.execPath, agent, 'serve'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let queue: Promise<unknown> = Promise.resolve();
  const ask = (request: PortRequest): Promise<unknown> => {
    const answer = queue.then(async () => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const line = await lines.next();
      if (line.done === true) throw new Error('the agent in the namespace has ended');
      const { value, error } = reply.parse(JSON.parse(line.value));
      if (error !== undefined) throw new NetError(error.code, error.message, error.hint);
      return value;
    });
    queue = answer.catch(() => undefined);
    return answer;
  };
  const ports: HostPorts = {
    exec: {
      async run({ binary, args, stdin }) {
        const request = { call: 'run' as const, binary, args: [...args] };
        return resultSchema.parse(await ask(stdin === undefined ? request : { ...request, stdin }));
      },
      find: async (binary) =>
        z
          .string()
          .optional()
          .parse(await ask({ call: 'find', binary })),
    },
    kernel: {
      read: async (path) =>
        z
          .string()
          .optional()
          .parse(await ask({ call: 'read', path })),
      write: async (path, text) => {
        await ask({ call: 'write', path, text });
      },
      list: async (path) => z.array(z.string()).parse(await ask({ call: 'list', path })),
      writable: async (path) => z.boolean().parse(await ask({ call: 'writable', path })),
    },
    clock: { now: () => Date.now(), bootTimeMs: () => performance.now() },
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
  };
  return {
    namespace,
    ports,
    close: async () => {
      child.stdin.end();
      await namespace.remove();
    },
  };
};

const act = async ({ action, optional }: ResourceCommand, { exec, kernel }: HostPorts): Promise<void> => {
  if (action.kind === 'write_sysctl') return kernel.write(sysctlPath(action.key), action.value);
  if (action.kind === 'write_sysfs') return kernel.write(action.path, `${action.value}\n`);
  const { binary, args, stdin } = action;
  const { code, stderr } = await exec.run({ binary, args, ...(stdin === undefined ? {} : { stdin }) });
  if (code !== 0 && optional !== true) throw new Error(`${binary} ${args.join(' ')}: ${stderr}`);
};

/** From whatever is there to a state; answers with the commands run and the differences that remain. */
export const bringAbout = async (resource: Resource, target: string, state: unknown, ports: HostPorts) => {
  const signal = AbortSignal.timeout(20_000);
  const before = await resource.read(target, ports, signal);
  const commands = resource.commands(target, before, state);
  for (const command of commands) await act(command, ports);
  const after = await resource.read(target, ports, signal);
  const differences = resource.differences(target, state, after);
  return { texts: commands.map((command) => command.text), differences, after };
};
