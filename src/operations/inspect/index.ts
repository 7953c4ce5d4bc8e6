// The operations of the toolset `inspect`: what is there, read without changing anything.
import type { Operation } from '../define.ts';
import { capabilities } from './capabilities.ts';
import { getInterfaces } from './get-interfaces.ts';
import { getQdiscs } from './get-qdiscs.ts';
import { getSysctls } from './get-sysctls.ts';

export const inspectOperations: readonly Operation[] = [capabilities, getInterfaces, getQdiscs, getSysctls];
