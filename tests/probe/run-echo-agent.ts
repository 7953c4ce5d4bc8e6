// Starts the agent that runs a ping operation in a namespace, as root or as a user without privileges.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type * as z from 'zod';
import type { Namespace } from '../helpers/netns.ts';
import { type AgentRequest, replySchema } from './echo-agent.ts';

const agent = fileURLToPath(new URL('./echo-agent.ts', import.meta.url));

export const nobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];

export const runEcho = async (
  namespace: Namespace,
  request: AgentRequest,
  user: readonly string[] = [],
): Promise<z.infer<typeof replySchema>> => {
  const [file, ...args] = [...user, process.execPath, agent, JSON.stringify(request)];
  return replySchema.parse(JSON.parse(await namespace.exec(file, ...args)));
};

/** Which groups may open ping sockets there. */
export const setPingGroups = async (namespace: Namespace, which: 'all' | 'none'): Promise<void> => {
  const range = which === 'all' ? '0 2147483647' : '1 0';
  await namespace.exec('sysctl', '-qw', `net.ipv4.ping_group_range=${range}`);
};

/** Process ids, a line each. */
export const processesIn = async (namespace: Namespace): Promise<string> =>
  (await promisify(execFile)('ip', ['netns', 'pids', namespace.name])).stdout;
