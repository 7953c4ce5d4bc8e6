// The bench never touches the host's own network: it starts itself again in private network and mount namespaces, and refuses to run elsewhere.
import { execFile } from 'node:child_process';
import { readlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { readIdentity } from '../src/host/identity.ts';

const run = promisify(execFile);

const currentNamespace = (): Promise<string> => readlink('/proc/self/ns/net');

/** Non-root callers come here inside namespaces of their own already (scripts/run.mjs), where they are root. */
export const enterPrivateNamespaces = async (program: string): Promise<[string, ...string[]]> => [
  'unshare',
  ...['--net', '--mount', process.execPath, program, '--not-in', await currentNamespace()],
];

/** A veth pair named bench0 and bench1, and a /run of our own: `netmcp` keeps its lock and open change there. */
export const preparePrivateNamespace = async (origin: string): Promise<void> => {
  const { initial_netns: initial } = await readIdentity();
  if (initial || (await currentNamespace()) === origin)
    throw new Error('the bench runs in a private network namespace only: start it with `npm run bench`');
  await run('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run']);
  await run('mount', ['-t', 'sysfs', '-o', 'ro', 'sysfs', '/sys']).catch((error: unknown) => {
    process.stderr.write(`/sys stays that of the host, so link speeds are unknown: ${String(error)}\n`);
  });
  await run('ip', ['link', 'set', 'lo', 'up']);
  await run('ip', ['link', 'add', 'bench0', 'type', 'veth', 'peer', 'name', 'bench1']);
  for (const name of ['bench0', 'bench1']) await run('ip', ['link', 'set', name, 'up']);
  await run('ip', ['address', 'add', '10.66.0.1/24', 'dev', 'bench0']);
};
