import { expect, it } from 'vitest';
import { createFakeHost } from './fake-host.ts';

const rmem = '/proc/sys/net/ipv4/tcp_rmem';

it('keeps what is written as the kernel would print it, and says it as sorted text', async () => {
  const host = createFakeHost({
    files: { [rmem]: '4096\t131072\t6291456', '/proc/sys/net/ipv4/tcp_sack': '1' },
    state: () => ['link eth0 mtu 1500'],
  });
  const { ports, files } = host;
  await ports.kernel.write(rmem, '8192 262144 67108864\n');
  expect(await ports.kernel.read(rmem)).toBe('8192\t262144\t67108864\n');
  expect(host.dump()).toBe(
    [`${rmem} = 8192\t262144\t67108864`, '/proc/sys/net/ipv4/tcp_sack = 1', 'link eth0 mtu 1500'].join('\n'),
  );
  expect(files.writes).toEqual([{ path: rmem, text: '8192 262144 67108864\n' }]);
  expect(await ports.kernel.list('/proc/sys/net/ipv4')).toEqual(['tcp_rmem', 'tcp_sack']);
});

it('refuses what the kernel refuses', async () => {
  const { ports, files } = createFakeHost({ files: { [rmem]: '1' } });
  await expect(ports.kernel.write('/proc/sys/net/none', '1')).rejects.toMatchObject({ code: 'missing_kernel_feature' });
  files.readOnly.add(rmem);
  await expect(ports.kernel.write(rmem, '2')).rejects.toMatchObject({ code: 'not_permitted' });
  expect(await ports.kernel.writable(rmem)).toBe(false);
  expect(await ports.kernel.read('/proc/sys/net/none')).toBeUndefined();
});

it('fails the nth write once and changes nothing by it', async () => {
  const { ports, files } = createFakeHost({ files: { [rmem]: '1' } });
  files.failWrite(2);
  await ports.kernel.write(rmem, '2');
  await expect(ports.kernel.write(rmem, '3')).rejects.toThrow('as the test wished');
  expect(await ports.kernel.read(rmem)).toBe('2\n');
  await ports.kernel.write(rmem, '4');
  expect(await ports.kernel.read(rmem)).toBe('4\n');
});

it('answers commands by handlers, records them, and fails the nth', async () => {
  const { ports, exec } = createFakeHost({ handlers: { tc: ({ stdin }) => ({ stdout: stdin ?? 'nothing' }) } });
  const batch = { binary: 'tc', args: ['-batch', '-'], stdin: 'qdisc del dev lo root\n' } as const;
  const spawned: number[] = [];
  exec.failCall(2);
  const first = await ports.exec.run({
    ...batch,
    onSpawn: async ({ pid }) => {
      spawned.push(pid);
    },
  });
  expect(first).toEqual({ code: 0, stdout: batch.stdin, stderr: '' });
  expect(spawned).toHaveLength(1);
  expect((await ports.exec.run(batch)).code).toBe(2);
  expect((await ports.exec.run(batch)).code).toBe(0);
  expect(exec.calls).toHaveLength(3);
});

it('refuses the commands that the real one refuses', async () => {
  const { ports, exec } = createFakeHost({ handlers: { tc: () => ({}) } });
  await expect(ports.exec.run({ binary: 'tc', args: ['exec', 'bpf'] })).rejects.toMatchObject({
    code: 'not_permitted',
  });
  await expect(ports.exec.run({ binary: 'nft', args: ['list', 'ruleset'] })).rejects.toMatchObject({
    code: 'missing_binary',
  });
  expect(exec.calls).toEqual([]);
});

it('has clocks that move when told, and remembers what was logged', () => {
  const { ports, clock, logged } = createFakeHost();
  const before = [ports.clock.now(), ports.clock.bootTimeMs()] as const;
  clock.advance(1500);
  expect([ports.clock.now() - before[0], ports.clock.bootTimeMs() - before[1]]).toEqual([1500, 1500]);
  ports.log.warn('careful');
  expect(logged).toEqual(['warn careful']);
});
