// The operations of the toolset `probe`: what answers out there. Every target passes the guard first.
import type { Operation } from '../define.ts';

export const probeOperations: readonly Operation[] = [];
