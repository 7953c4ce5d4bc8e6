// The operations of the toolset `monitor`: traffic as it passes.
import type { Operation } from '../define.ts';
import { networkMonitor } from './network-monitor.ts';

export const monitorOperations: readonly Operation[] = [networkMonitor];
