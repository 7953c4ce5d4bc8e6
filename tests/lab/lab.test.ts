// Boots the full kernel once and gives every check of the lab a test of its own.
import { describe, expect, test } from 'vitest';
import { kernelObstacle, runInLab } from '../../lab/boot.ts';
import { checks } from '../../lab/checks.ts';
import { monitorChecks } from '../../lab/monitor-checks.ts';
import { pathChecks } from '../../lab/path-checks.ts';
import { productChecks } from '../../lab/product.ts';
import { rangeChecks } from '../../lab/range-checks.ts';
import { tcChecks } from '../../lab/tc-checks.ts';
import { requireFeature, type Feature } from '../helpers/skip.ts';

const lab: Feature = { name: 'the QEMU lab', probe: kernelObstacle, evidence: () => undefined };
let booted: ReturnType<typeof runInLab> | undefined;

/** Alone on two cores the whole suite takes about four minutes; a busy machine needs several times that. */
const limitMs = 1_500_000;

const names = Object.keys({
  ...checks,
  ...tcChecks,
  ...rangeChecks,
  ...pathChecks,
  ...monitorChecks,
  ...productChecks,
});

describe('in the lab', { timeout: limitMs }, () => {
  test.for(names)('%s', async (name, context) => {
    await requireFeature(context, lab);
    // The first test waits for the whole run, the others find it done.
    booted ??= runInLab('lab/suite.ts', limitMs - 20_000, () => undefined);
    const { reports, exitCode, console } = await booted;
    const report = reports.find((each) => each.name === name);
    expect(report, `no report from the lab (exit code ${exitCode ?? 'none'}); its console:\n${console}`).toBeDefined();
    expect(report?.status, report?.detail).toBe('passed');
  });
});
