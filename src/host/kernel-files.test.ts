import { spawnSync } from 'node:child_process';
import { beforeEach, describe, expect, it } from 'vitest';
import { ownNamespaces, requireFeature } from '../../tests/helpers/skip.ts';
import { NetError } from '../model/errors.ts';
import { createKernelFiles } from './kernel-files.ts';

const kernel = createKernelFiles();

describe('kernel files', () => {
  it('reads, lists, and gives undefined for what is not there', async () => {
    expect(await kernel.read('/proc/sys/kernel/ostype')).toBe('Linux\n');
    expect(await kernel.read('/proc/sys/net/no_such_key')).toBeUndefined();
    expect(await kernel.list('/proc/sys/net')).toContain('ipv4');
    expect(await kernel.list('/proc/sys/no_such_folder')).toEqual([]);
  });

  it.each(['/etc/passwd', '/proc/../etc/passwd', '/proc/sys/./kernel', 'proc/sys', '/proc/a\0b', '/process', '/'])(
    'refuses %j',
    async (path) => {
      for (const call of [kernel.read(path), kernel.write(path, 'x'), kernel.list(path), kernel.writable(path)]) {
        await expect(call).rejects.toMatchObject({ code: 'path_refused' });
      }
    },
  );

  it.each(['1\n2', '1\0', '\n\n'])('refuses to write %j, which the kernel would cut', async (text) => {
    await expect(kernel.write('/proc/sys/net/ipv4/no_such_key', text)).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });

  it('names the key that does not exist', async () => {
    await expect(kernel.write('/proc/sys/net/ipv4/no_such_key', '1')).rejects.toMatchObject({
      code: 'missing_kernel_feature',
      message: 'net.ipv4.no_such_key does not exist on this host.',
    });
  });

  it('names a key that nobody may write', async () => {
    await expect(kernel.write('/proc/sys/kernel/ostype', 'x')).rejects.toMatchObject({
      code: 'not_permitted',
      message: 'kernel.ostype may not be written by this process (EACCES).',
    });
    expect(await kernel.writable('/proc/sys/kernel/ostype')).toBe(false);
  });
});

/** Runs code with `kernel` in a network namespace of its own, whose settings end with it. */
const inNamespace = (code: string): unknown => {
  const program = `
    const { createKernelFiles } = await import('${new URL('./kernel-files.ts', import.meta.url).href}');
    const kernel = createKernelFiles();
    const failure = (call) => call.then(() => 'done', (error) => ({ code: error.code, message: error.message, errno: error.details?.errno }));
    console.log(JSON.stringify(await (async () => { ${code} })()));`;
  const { stdout, stderr } = spawnSync('unshare', ['-n', process.execPath, '--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
};

describe('kernel files in a namespace', () => {
  beforeEach((context) => requireFeature(context, ownNamespaces));

  it('writes all numbers of a vector in one write', () => {
    expect(
      inNamespace(`
        await kernel.write('/proc/sys/net/ipv4/tcp_rmem', '8192 262144 67108864');
        return kernel.read('/proc/sys/net/ipv4/tcp_rmem');`),
    ).toBe('8192\t262144\t67108864\n');
  });

  it('tells a value the kernel refuses from a key it lacks', () => {
    expect(inNamespace(`return failure(kernel.write('/proc/sys/net/ipv4/ip_local_port_range', 'x'));`)).toMatchObject({
      code: 'step_failed',
      errno: 'EINVAL',
      message: "The kernel refuses 'x' for net.ipv4.ip_local_port_range (EINVAL).",
    });
    expect(
      inNamespace(`return failure(kernel.write('/proc/sys/net/ipv4/tcp_congestion_control', 'no_such'));`),
    ).toMatchObject({
      code: 'missing_kernel_feature',
      message: "The kernel does not know 'no_such' for net.ipv4.tcp_congestion_control (ENOENT).",
    });
  });

  it('writes an interface’s key and shows a dot in its name as a slash', () => {
    expect(
      inNamespace(`return failure(kernel.write('/proc/sys/net/ipv4/conf/eth0.100/forwarding', '1'));`),
    ).toMatchObject({ message: 'net.ipv4.conf.eth0/100.forwarding does not exist on this host.' });
  });
});

it('keeps the errno of a value a driver does not tell', async () => {
  const error: unknown = await kernel.read('/sys/class/net/lo/speed').catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(NetError);
  expect(error).toMatchObject({ details: { errno: 'EINVAL' } });
});
