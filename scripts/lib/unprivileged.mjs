// Without root's rights, everything runs as root of a private user, network and mount namespace, where it can change nothing of the host.
import { readFileSync } from 'node:fs';
import { which } from './paths.mjs';
import { run } from './processes.mjs';

const unshare = ['unshare', '--user', '--map-root-user', '--net', '--mount'];

/** `ip netns add` keeps its names in /run, and /sys shows the devices of the namespace that mounted it. */
const prepare = [
  'mount -t tmpfs -o mode=755 tmpfs /run',
  'mount -t sysfs -o ro sysfs /sys 2>/dev/null || echo "  - /sys of the private namespace (this system does not allow the mount)" >&2',
  'ip link set lo up',
  'exec "$@"',
].join('\n');

const leftOut = `: running as root of private user, network and mount namespaces. That leaves out
  - settings of the initial namespace (net.core.default_qdisc, net.core.rmem_max, netdev_budget, ...): the lab shows them
  - eBPF (the kernel answers EPERM in a user namespace)
  - kernel modules that are not loaded yet and load on demand for real root only
  - tap devices, where /dev/net/tun is open to root alone
  - files and processes of other users: there is a single uid
`;

function setting(name) {
  try {
    return readFileSync(`/proc/sys/${name}`, 'utf8').trim();
  } catch {
    return undefined; // Not every kernel has the setting.
  }
}

const isRoot = () => process.getuid() === 0;
const who = () => (isRoot() ? 'Root, but not allowed to make namespaces' : 'Not root');

/** Root of a container may lack the right to make namespaces. */
export async function mayMakeNamespaces() {
  return isRoot() && (await run(['unshare', '--net', '--mount', 'true'], { capture: true })).code === 0;
}

function explain(output) {
  const causes = [
    setting('kernel/apparmor_restrict_unprivileged_userns') === '1' &&
      'AppArmor restricts user namespaces (Ubuntu 23.10 and newer). Allow them until the next boot with\n' +
        '  sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
    setting('kernel/unprivileged_userns_clone') === '0' &&
      'The kernel setting is off. Allow them until the next boot with\n  sudo sysctl -w kernel.unprivileged_userns_clone=1',
    setting('user/max_user_namespaces') === '0' &&
      'The limit is 0. Allow them until the next boot with\n  sudo sysctl -w user.max_user_namespaces=1000',
  ].filter((cause) => cause !== false);
  const why = causes.length > 0 ? causes.join('\n') : 'This may be a container that forbids them.';
  const instead = isRoot()
    ? 'start the container with more rights (docker run --privileged)'
    : 'run the same command as root';
  return `${who()}, and this system forbids private user namespaces: ${output.trim()}\n${why}\nOr ${instead}.\n`;
}

/** Wraps argv so that it runs in private namespaces; undefined, and the cause printed, where that is forbidden. */
export async function inPrivateNamespaces(argv) {
  const attempt = await run([...unshare, 'sh', '-c', 'mount -t tmpfs tmpfs /run'], { capture: true });
  if (attempt.code !== 0) {
    process.stderr.write(explain(attempt.output));
    return undefined;
  }
  process.stderr.write(`${who()}${leftOut}`);
  return [...unshare, which('sh') ?? '/bin/sh', '-c', `set -e\n${prepare}`, 'sh', ...argv];
}
