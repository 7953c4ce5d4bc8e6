// The program that the lab runs: every check in turn, one result line each.
import { checks, prepare } from './checks.ts';
import { monitorChecks } from './monitor-checks.ts';
import { pathChecks } from './path-checks.ts';
import { productChecks } from './product.ts';
import { rangeChecks } from './range-checks.ts';
import { runChecks } from './report.ts';
import { prepareTc, removeTc, tcChecks } from './tc-checks.ts';

prepare();
await runChecks(checks);
prepareTc();
await runChecks(tcChecks);
removeTc();
await runChecks(rangeChecks);
await runChecks(pathChecks);
await runChecks(monitorChecks);
await runChecks(productChecks);
