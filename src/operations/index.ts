// Every operation of the product, area by area, in the order in which tools are shown.
import type { Operation } from './define.ts';
import { captureOperations } from './capture/index.ts';
import { inspectOperations } from './inspect/index.ts';
import { jobOperations } from './jobs/index.ts';
import { monitorOperations } from './monitor/index.ts';
import { probeOperations } from './probe/index.ts';
import { tuneOperations } from './tune/index.ts';

export const allOperations: readonly Operation[] = [
  ...inspectOperations,
  ...probeOperations,
  ...captureOperations,
  ...monitorOperations,
  ...jobOperations,
  ...tuneOperations,
];
