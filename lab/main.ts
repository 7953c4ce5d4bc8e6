// `npm run lab [-- SUITE]`: boots the lab, prints each result as it arrives and the console when something went wrong.
import { kernelObstacle, runInLab } from './boot.ts';

const obstacle = await kernelObstacle();
if (obstacle !== undefined) {
  process.stderr.write(`${obstacle}\n`);
  process.exit(1);
}
const suite = process.argv[2] ?? 'lab/suite.ts';
const { reports, exitCode, console, seconds } = await runInLab(
  suite,
  1_500_000,
  ({ name, status, detail, duration_ms }) => {
    process.stdout.write(
      `${status.padEnd(7)} ${name} (${duration_ms} ms)\n${detail === '' ? '' : `        ${detail}\n`}`,
    );
  },
);
if (exitCode !== 0) process.stdout.write(`--- the lab's console ---\n${console}\n`);
const count = (status: string): number => reports.filter((report) => report.status === status).length;
process.stdout.write(
  `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped (lab: ${seconds.toFixed(1)} s)\n`,
);
process.exitCode = exitCode === 0 && reports.length > 0 ? 0 : 1;
