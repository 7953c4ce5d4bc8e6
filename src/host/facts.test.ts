import { describe, expect, it } from 'vitest';
import { createFakeFiles } from './fake/fake-files.ts';
import { readCpus, readKernelRelease, readMemoryBytes } from './facts.ts';
import { readManagementPorts } from './management-ports.ts';
import { readPrivileges } from './privileges.ts';

describe('small facts', () => {
  it.each([
    ['0', 1],
    ['0-1', 2],
    ['0-3,8', 5],
    ['0,2-3', 3],
  ])('CPUs of %s', async (online, count) => {
    expect(await readCpus(createFakeFiles({ '/sys/devices/system/cpu/online': online }))).toBe(count);
  });

  it('memory in bytes, release without the newline', async () => {
    const kernel = createFakeFiles({
      '/proc/meminfo': 'MemTotal:       16384 kB\nMemFree: 1 kB',
      '/proc/sys/kernel/osrelease': '6.1.0-18-amd64',
    });
    expect(await readMemoryBytes(kernel)).toBe(16_777_216);
    expect(await readKernelRelease(kernel)).toBe('6.1.0-18-amd64');
  });

  it('says what to mount when /proc is not there', async () => {
    await expect(readKernelRelease(createFakeFiles())).rejects.toMatchObject({ code: 'missing_kernel_feature' });
  });

  it('capabilities by their bits', async () => {
    const status = (mask: bigint): Promise<unknown> =>
      readPrivileges(
        createFakeFiles({ '/proc/self/status': `Name:\tnode\nCapEff:\t${mask.toString(16).padStart(16, '0')}` }),
      );
    const none = { net_admin: false, net_raw: false, sys_admin: false, perfmon: false, bpf: false };
    expect(await status(0n)).toEqual(none);
    expect(await status(1n << 12n)).toEqual({ ...none, net_admin: true });
    expect(await status(1n << 38n)).toEqual({ ...none, perfmon: true });
    expect(await status(1n << 39n)).toEqual({ ...none, bpf: true });
  });
});

describe('management ports', () => {
  const socket = (address: string, port: string, state: string, inode: string): string =>
    `   0: ${address}:${port} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0 100 0 0 10 0`;
  const tcp = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    socket('00000000', '0016', '0A', '101'),
    socket('00000000', '1F90', '0A', '102'),
    socket('0100007F', '177A', '0A', '103'),
    socket('0200000A', '0016', '01', '104'),
  ].join('\n');
  const tcp6 = `header\n${socket('0'.repeat(32), '08AE', '0A', '105')}\n${socket('00000000000000000000000001000000', '177B', '0A', '106')}`;
  const kernel = createFakeFiles({ '/proc/self/net/tcp': tcp, '/proc/self/net/tcp6': tcp6 });

  it('are those where sshd listens, without its loopback forwards', async () => {
    expect(await readManagementPorts(kernel, () => ['105', '101', '103', '104', '106'])).toEqual([22, 2222]);
  });

  it('are 22 when no sshd is seen or nothing listens', async () => {
    expect(await readManagementPorts(kernel, () => [])).toEqual([22]);
    expect(await readManagementPorts(createFakeFiles(), () => ['101'])).toEqual([22]);
  });

  it('are found without a fake as well', async () => {
    const { createKernelFiles } = await import('./kernel-files.ts');
    expect((await readManagementPorts(createKernelFiles())).length).toBeGreaterThan(0);
  });
});
