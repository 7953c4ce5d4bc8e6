import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NetError } from '../model/errors.ts';
import { createConfigFiles } from './config-files.ts';
import { createFakeHost, type FakeHostOptions } from './fake/fake-host.ts';
import { readKernelClock, type KernelClock } from './time-sync-kernel.ts';
import { parseTracking } from './time-sync-text.ts';
import { readTimeSync } from './time-sync.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'netmcp-time-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

// As `chronyc -n -c tracking` of chrony 4 prints it.
const tracking = (leap: string): string =>
  `C0000201,192.0.2.1,3,1767225600.123456789,0.000012345,-0.000002000,0.000030000,-12.345,0.001,0.020,0.015000000,0.000900000,64.4,${leap}\n`;

const of = (
  { daemon, handlers }: { daemon?: string; handlers?: FakeHostOptions['handlers'] },
  clock: KernelClock | null,
) => {
  const proc = join(root, 'proc');
  rmSync(proc, { recursive: true, force: true });
  mkdirSync(join(proc, '77'), { recursive: true });
  writeFileSync(join(proc, '77', 'comm'), `${daemon ?? 'init'}\n`);
  writeFileSync(join(proc, '77', 'status'), 'Name:\tx\nUid:\t100\t100\t100\t100\n');
  return readTimeSync(createFakeHost(handlers === undefined ? {} : { handlers }).ports, createConfigFiles(root), {
    signal: AbortSignal.timeout(5000),
    readClock: async () => clock,
    proc,
  });
};

const good = { synchronized: true, max_error_ms: 12.5 };

describe('time synchronisation', () => {
  it('is what chronyd tells', async () => {
    const host = { daemon: 'chronyd', handlers: { chronyc: () => ({ stdout: tracking('Normal') }) } };
    expect(await of(host, good)).toEqual({
      synchronized: true,
      service: 'chrony',
      source: '192.0.2.1',
      stratum: 3,
      offset_ms: 0.012345,
      max_error_ms: 12.5,
      method: 'chronyc tracking',
    });
  });

  it('is what the kernel says where no daemon tells more', async () => {
    expect(await of({ daemon: 'systemd-timesyn' }, good)).toMatchObject({
      synchronized: true,
      service: 'systemd-timesyncd',
      offset_ms: null,
      max_error_ms: 12.5,
      method: 'adjtimex',
    });
    const silent = () => {
      throw new NetError('timeout', 'late', 'wait');
    };
    expect(await of({ daemon: 'chronyd', handlers: { chronyc: silent } }, good)).toMatchObject({
      service: 'chrony',
      method: 'adjtimex',
    });
    expect(await of({}, { synchronized: false, max_error_ms: 16000 })).toMatchObject({
      synchronized: false,
      service: null,
      max_error_ms: null,
    });
  });

  it('is asked of timedatectl where the kernel may not be, and unknown else', async () => {
    expect(await of({}, null)).toMatchObject({ synchronized: null, method: 'none' });
    mkdirSync(join(root, 'run/systemd/system'), { recursive: true });
    const timedatectl = () => ({ stdout: 'Timezone=Etc/UTC\nNTP=yes\nNTPSynchronized=yes\n' });
    expect(await of({ handlers: { timedatectl } }, null)).toMatchObject({ synchronized: true, method: 'timedatectl' });
  });

  it('reads chrony’s own text, and nothing else', () => {
    expect(parseTracking(tracking('Not synchronised'))).toMatchObject({ synchronized: false });
    expect(parseTracking(tracking('Insert second').replace('0.000012345', '-0.5'))).toMatchObject({
      synchronized: true,
      offset_ms: -500,
    });
    for (const text of ['', '506 Cannot talk to daemon\n', ','.repeat(20), 'a,b,c'])
      expect(parseTracking(text)).toBeNull();
  });

  it('asks this kernel, which may refuse', async () => {
    const clock = await readKernelClock();
    if (clock !== null) expect(clock.max_error_ms).toBeGreaterThanOrEqual(0);
  });
});
