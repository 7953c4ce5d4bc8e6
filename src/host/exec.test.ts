import { readdirSync } from 'node:fs';
import { chmod, mkdtemp, open, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NetError } from '../model/errors.ts';
import type { ChildIdentity } from '../model/ports.ts';
import { createExec } from './exec.ts';
import { identityOf, isAlive } from './process-identity.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'netmcp-exec-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** Puts a shell script in place of a binary. */
const install = async (name: string, script: string): Promise<void> => {
  const path = join(directory, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
};

const show = { binary: 'ip', args: ['link', 'show'] } as const;
const batch = { binary: 'tc', args: ['-batch', '-'] } as const;
const line = 'qdisc add dev lo root fq\n';

const errorOf = async (running: Promise<unknown>): Promise<Partial<NetError>> =>
  running.then(
    () => ({ message: 'it succeeded' }),
    (error: unknown) => (error instanceof Error ? error : { message: String(error) }),
  );

const pidIn = async (file: string): Promise<number> => {
  for (let left = 100; left > 0; left -= 1) {
    const text = await readFile(join(directory, file), 'utf8').catch(() => '');
    if (text.endsWith('\n')) return Number(text);
    await sleep(10);
  }
  throw new Error(`${file} was not written`);
};

/** Dead, though perhaps still a zombie where PID 1 reaps nobody. */
const gone = (pid: number): boolean => {
  const identity = identityOf(pid);
  return identity === undefined || !isAlive(identity);
};

const eventually = async (check: () => boolean): Promise<boolean> => {
  for (let left = 100; left > 0 && !check(); left -= 1) await sleep(10);
  return check();
};

describe('exec', () => {
  it('gives exit code and both outputs; a failure is a result', async () => {
    await install('ip', 'echo out; echo err >&2; exit 3');
    expect(await createExec([directory]).run(show)).toEqual({
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('passes a clean environment and its input', async () => {
    await install('tc', 'env | grep -v "^_=\\|^SHLVL=\\|^PWD=\\|^OLDPWD="; pwd; cat');
    const { stdout } = await createExec([directory]).run({ ...batch, stdin: line });
    expect(stdout.split('\n').sort()).toEqual(
      ['', '/', 'LC_ALL=C', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', line.trim()].sort(),
    );
  });

  it('names the package of a missing binary, and does not look in PATH', async () => {
    const exec = createExec([directory]);
    expect(await exec.find('ip')).toBeUndefined();
    expect(await errorOf(exec.run(show))).toMatchObject({
      code: 'missing_binary',
      hint: 'Install it: apt-get install iproute2',
    });
  });

  it('finds a binary installed later', async () => {
    const exec = createExec([directory]);
    expect(await exec.find('ip')).toBeUndefined();
    await install('ip', 'true');
    expect(await exec.find('ip')).toBe(join(directory, 'ip'));
  });

  it('refuses a sub-command before anything starts', async () => {
    await install('ip', `touch ${directory}/ran`);
    const error = await errorOf(createExec([directory]).run({ binary: 'ip', args: ['netns', 'exec', 'x', 'sh'] }));
    expect(error.code).toBe('not_permitted');
    await expect(readFile(join(directory, 'ran'))).rejects.toThrow('ENOENT');
  });

  it('kills the whole process group at the deadline', async () => {
    await install('ip', `sleep 60 & echo $! > ${directory}/grandchild; wait`);
    const error = await errorOf(createExec([directory]).run({ ...show, timeoutMs: 300 }));
    expect(error).toMatchObject({ code: 'timeout' });
    const pid = await pidIn('grandchild');
    expect(await eventually(() => gone(pid))).toBe(true);
  });

  it('kills the whole process group when cancelled', async () => {
    await install('ip', `sleep 60 & echo $! > ${directory}/grandchild; wait`);
    const controller = new AbortController();
    const running = errorOf(createExec([directory]).run({ ...show, signal: controller.signal }));
    const pid = await pidIn('grandchild');
    controller.abort();
    expect((await running).code).toBe('cancelled');
    expect(await eventually(() => gone(pid))).toBe(true);
  });

  it('does not start anything when cancelled before', async () => {
    await install('ip', `touch ${directory}/ran`);
    const error = await errorOf(createExec([directory]).run({ ...show, signal: AbortSignal.abort() }));
    expect(error.code).toBe('cancelled');
    await expect(readFile(join(directory, 'ran'))).rejects.toThrow('ENOENT');
  });

  it('kills a child that writes too much', async () => {
    await install('ip', 'exec cat /dev/zero');
    const error = await errorOf(createExec([directory]).run({ ...show, maxOutputBytes: 100_000 }));
    expect(error).toMatchObject({ code: 'limit_exceeded' });
    expect(error.message).toContain('100000 bytes');
  });

  it('takes output of exactly the limit', async () => {
    await install('ip', 'head -c 100000 /dev/zero');
    expect((await createExec([directory]).run({ ...show, maxOutputBytes: 100_000 })).stdout).toHaveLength(100_000);
  });

  it('says when stderr was cut', async () => {
    await install('ip', 'head -c 100000 /dev/zero >&2');
    expect((await createExec([directory]).run(show)).stderr).toContain('[cut: 100000 bytes in all]');
  });

  it('ends although a grandchild in the group keeps the pipes open', async () => {
    await install('ip', `sleep 60 & echo $! > ${directory}/grandchild; echo done`);
    const { code, stdout } = await createExec([directory]).run(show);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'done\n' });
    const pid = await pidIn('grandchild');
    expect(await eventually(() => gone(pid))).toBe(true);
  });

  it('gives input as a pipe, not as the socket that old nft cannot open', async () => {
    await install('tc', 'readlink /proc/self/fd/0; cat');
    const { stdout } = await createExec([directory]).run({ ...batch, stdin: line });
    expect(stdout).toMatch(/^pipe:\[\d+\]\n/);
    expect(stdout).toContain(line);
  });

  it('passes a large input through a child that answers as it reads', async () => {
    await install('tc', 'exec cat');
    const stdin = line.repeat((1024 * 1024) / line.length + 1);
    const { stdout } = await createExec([directory]).run({ ...batch, stdin });
    expect(stdout === stdin).toBe(true);
  });

  it('leaves no descriptor open, whatever the end', async () => {
    await install('tc', 'exec cat');
    const exec = createExec([directory]);
    await exec.run({ ...batch, stdin: line });
    const before = await readdir('/proc/self/fd');
    await exec.run({ ...batch, stdin: line });
    await errorOf(exec.run({ ...batch, stdin: line, onSpawn: () => Promise.reject(new Error('disk full')) }));
    await errorOf(exec.run({ ...batch, stdin: line, signal: AbortSignal.timeout(1), onSpawn: () => sleep(50) }));
    await rm(join(directory, 'tc'));
    await errorOf(exec.run({ ...batch, stdin: line }));
    expect(await eventually(() => readdirSync('/proc/self/fd').length <= before.length)).toBe(true);
  });

  it('tells who the child is before it gets its input', async () => {
    await install('tc', `cat > ${directory}/input`);
    const seen: { child: ChildIdentity; alive: boolean; input: string }[] = [];
    await createExec([directory]).run({
      ...batch,
      stdin: line,
      onSpawn: async (child) => {
        await sleep(100);
        seen.push({
          child,
          alive: isAlive(child),
          input: await readFile(join(directory, 'input'), 'utf8').catch(() => ''),
        });
      },
    });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ alive: true, input: '' });
    expect(await readFile(join(directory, 'input'), 'utf8')).toBe(line);
  });

  it('kills the child, which never gets its input, when onSpawn fails', async () => {
    await install('tc', `cat > ${directory}/input; echo $? > ${directory}/ended`);
    const error = await errorOf(
      createExec([directory]).run({ ...batch, stdin: line, onSpawn: () => Promise.reject(new Error('disk full')) }),
    );
    expect(error.message).toBe('disk full');
    await sleep(50);
    await expect(readFile(join(directory, 'ended'))).rejects.toThrow('ENOENT');
  });

  it('passes on the descriptor to keep, once, as descriptor 3', async () => {
    const held = join(directory, 'held');
    await install('ip', 'for fd in /proc/$$/fd/*; do echo "${fd##*/} $(readlink $fd)"; done');
    const handle = await open(held, 'w');
    const { stdout } = await createExec([directory]).run({ ...show, keepFd: handle.fd });
    await handle.close();
    expect(stdout.split('\n').filter((entry) => entry.endsWith(held))).toEqual([`3 ${held}`]);
  });

  it('does not fail when the child ends without reading its input', async () => {
    await install('tc', 'exit 0');
    const { code } = await createExec([directory]).run({ ...batch, stdin: line.repeat(20_000) });
    expect(code).toBe(0);
  });

  it('reports an argument too large for the kernel', async () => {
    await install('ip', 'true');
    const error = await errorOf(
      createExec([directory]).run({ binary: 'ip', args: ['link', 'show', 'x'.repeat(200_000)] }),
    );
    expect(error.code).toBe('limit_exceeded');
  });

  it('reports a binary that vanished after it was found', async () => {
    await install('ip', 'true');
    const exec = createExec([directory]);
    await exec.run(show);
    await rm(join(directory, 'ip'));
    expect((await errorOf(exec.run(show))).code).toBe('missing_binary');
  });

  it('reports a binary that may not be executed', async () => {
    await writeFile(join(directory, 'ip'), '#!/nowhere/sh\n');
    await chmod(join(directory, 'ip'), 0o755);
    // An interpreter that does not exist is ENOENT for the kernel.
    expect((await errorOf(createExec([directory]).run(show))).code).toBe('missing_binary');
  });

  it('runs the real ip', async () => {
    const { code, stdout } = await createExec().run({ binary: 'ip', args: ['-j', 'link', 'show', 'lo'] });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([{ ifname: 'lo' }]);
  });
});
