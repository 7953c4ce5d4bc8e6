// Boots the full kernel once and gives every check of lab/checks.ts a test of its own.
import { describe, expect, test } from 'vitest';
import { kernelObstacle, runInLab } from '../../lab/boot.ts';
import { checks } from '../../lab/checks.ts';
import { requireFeature, type Feature } from '../helpers/skip.ts';

const lab: Feature = { name: 'the QEMU lab', probe: kernelObstacle, evidence: () => undefined };
let booted: ReturnType<typeof runInLab> | undefined;

describe('in the lab', { timeout: 300_000 }, () => {
  test.for(Object.keys(checks))('%s', async (name, context) => {
    await requireFeature(context, lab);
    // The first test waits for the whole run, the others find it done.
    booted ??= runInLab('lab/suite.ts', 280_000, () => undefined);
    const { reports, exitCode, console } = await booted;
    const report = reports.find((each) => each.name === name);
    expect(report, `no report from the lab (exit code ${exitCode ?? 'none'}); its console:\n${console}`).toBeDefined();
    expect(report?.status, report?.detail).toBe('passed');
  });
});
