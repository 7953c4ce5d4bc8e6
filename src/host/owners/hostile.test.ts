import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownerSchema } from '../../model/owner.ts';
import { readOwners } from './read-owners.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'netmcp-owners-'));
  write('/etc/sysctl.d/50-good.conf', 'net.core.somaxconn = 4096\n');
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const place = (path: string): string => {
  const real = join(root, path);
  mkdirSync(dirname(real), { recursive: true });
  return real;
};
const write = (path: string, content: string | Buffer): void => {
  writeFileSync(place(path), content);
};

const good = { claim: { kind: 'sysctl', key: 'net.core.somaxconn' }, value: '4096', active: true };

/** Whatever lies beside it, the good file is still read, every owner fits the schema, and it takes no time to speak of. */
const readBeside = async (): Promise<string> => {
  const start = performance.now();
  const { owners, warnings } = await readOwners({ root, iface: 'eth0' });
  expect(performance.now() - start).toBeLessThan(5000);
  for (const owner of owners) ownerSchema.parse(owner);
  expect(owners).toContainEqual(expect.objectContaining(good));
  for (const text of [...warnings, ...owners.flatMap(({ value, source }) => [value ?? '', source])]) {
    expect(text).not.toMatch(/\p{Cc}/u);
    expect(text.length).toBeLessThan(600);
  }
  return warnings.join('\n');
};

/** One path each reader opens. */
const opened = [
  '/etc/sysctl.d/10-bad.conf',
  '/etc/sysctl.conf',
  '/etc/tuned/active_profile',
  '/etc/NetworkManager/system-connections/a.nmconnection',
  '/etc/systemd/network/a.network',
  '/etc/systemd/network/a.link',
  '/etc/netplan/a.yaml',
  '/etc/network/interfaces',
  '/etc/docker/daemon.json',
];

describe('what a hostile root cannot do', () => {
  it.each(opened)('%s: a FIFO does not hang it', async (path) => {
    expect(spawnSync('mkfifo', [place(path)]).status).toBe(0);
    expect(await readBeside()).toContain(`${path} was skipped: it is not a regular file.`);
  });

  it.each(opened)('%s: 10 MB are not read', async (path) => {
    write(path, Buffer.alloc(10 * 1024 * 1024, 'net.core.x=1\n'));
    expect(await readBeside()).toContain(`${path} was skipped: it is larger than 256 KiB.`);
  });

  it.each(opened)('%s: binary junk is skipped', async (path) => {
    write(path, Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 167) % 256)));
    expect(await readBeside()).toContain(`${path} was skipped: it is not a text file.`);
  });

  it.each(opened)('%s: a folder, a dangling link and a link to itself are no file', async (path) => {
    symlinkSync('nowhere', place(path));
    expect(await readBeside()).toBe('');
    rmSync(join(root, path));
    symlinkSync(join(root, path), place(path));
    expect(await readBeside()).toContain(`${path} could not be read (ELOOP).`);
    rmSync(join(root, path));
    mkdirSync(place(path));
    expect(await readBeside()).toContain(`${path} was skipped: it is not a regular file.`);
  });

  it.each(['network: [', 'a: 1\na: 2\n', '['.repeat(60_000), 'network: {ethernets: {eth0: *none}}', '\tx: y: z'])(
    'YAML that is wrong is a warning',
    async (content) => {
      write('/etc/netplan/a.yaml', content);
      write('/etc/netplan/b.yaml', 'network: {ethernets: {eth0: {mtu: 9000}}}');
      const warnings = await readBeside();
      if (!content.includes('*none'))
        expect(warnings).toMatch(/\/etc\/netplan\/a\.yaml:\d+ was skipped: it is not valid/);
      const { owners } = await readOwners({ root, iface: 'eth0' });
      expect(owners).toContainEqual(expect.objectContaining({ manager: 'netplan', value: '9000' }));
    },
  );

  it('aliases in YAML are not expanded', async () => {
    const bomb = Array.from({ length: 30 }, (_, i) => `a${i}: &a${i} [${i === 0 ? 'x' : `*a${i - 1},`.repeat(9)}]`);
    write('/etc/netplan/a.yaml', `${bomb.join('\n')}\nnetwork: {ethernets: {eth0: {mtu: *a29}}}\n`);
    expect(await readBeside()).toBe('');
  });

  it.each(['{', '[]', '{"iptables": "no"}', 'null'])('daemon.json %j falls back to the defaults', async (content) => {
    write('/etc/docker/daemon.json', content);
    expect(await readBeside()).toContain('daemon.json is not a valid configuration');
  });

  it('5000 files: a thousand are read, and it says so', async () => {
    for (let index = 1; index <= 5000; index += 1) write(`/etc/sysctl.d/60-${index}.conf`, `net.core.k${index} = 1\n`);
    expect(await readBeside()).toContain('/etc/sysctl.d holds 5001 files: only the first 1000 were read.');
  });

  it('a hundred thousand lines keep those that are in force', async () => {
    const lines = 'net.core.x = 1\n'.repeat(17_000);
    for (let index = 0; index < 6; index += 1) write(`/etc/sysctl.d/60-${index}.conf`, lines);
    expect(await readBeside()).toMatch(/There are 102001 claims: only 5000 are listed/);
    expect((await readOwners({ root, iface: 'eth0' })).owners).toHaveLength(5000);
  });

  it('profiles that include each other without end are followed once, and only so deep', async () => {
    write('/etc/tuned/active_profile', 'p0');
    for (let index = 0; index < 100; index += 1) {
      write(`/etc/tuned/p${index}/tuned.conf`, `[main]\ninclude=p${index} p0 p${index + 1} ../../x\n`);
    }
    expect(await readBeside()).toContain("The tuned profile '../../x' was not followed");
    expect(await readBeside()).toContain("The tuned profile 'p17' was not followed");
  });

  it('values with control and invisible characters are shown without them, long ones cut', async () => {
    write(
      '/etc/sysctl.d/60-x.conf',
      `net.core.a = 1\u001b[2J\u202e2\nnet.core.b = ${'9'.repeat(9000)}\nnet.${'c'.repeat(999)} = 1\n`,
    );
    expect(await readBeside()).toBe('');
    const { owners } = await readOwners({ root, iface: 'eth0' });
    expect(owners.map(({ value }) => value)).toEqual(['1 [2J 2', `${'9'.repeat(300)}...`, '4096']);
  });

  it('commands made to stall a pattern do not', async () => {
    const command = `  up ${'sysctl ip link set a '.repeat(45)}\n`;
    write('/etc/network/interfaces', `iface eth0 inet dhcp\n${command.repeat(250)}`);
    await readBeside();
  });

  it('what it may not read is a warning', async () => {
    write('/etc/docker/daemon.json', '{}');
    write('/etc/tuned/mine/tuned.conf', '');
    chmodSync(root, 0o755);
    chmodSync(join(root, '/etc/docker/daemon.json'), 0);
    chmodSync(join(root, '/etc/tuned'), 0);
    // Root may read everything, so it becomes nobody for this one call.
    const isRoot = process.getuid?.() === 0;
    if (isRoot) process.seteuid?.(65534);
    const warnings = await readBeside().finally(() => {
      if (isRoot) process.seteuid?.(0);
      chmodSync(join(root, '/etc/tuned'), 0o700);
    });
    expect(warnings).toContain('/etc/docker/daemon.json could not be read (EACCES).');
    expect(warnings).toContain('/etc/tuned/active_profile could not be read (EACCES).');
  });
});
