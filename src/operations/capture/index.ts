// The operations of the toolset `capture`: what is in a capture file.
import type { Operation } from '../define.ts';

export const captureOperations: readonly Operation[] = [];
