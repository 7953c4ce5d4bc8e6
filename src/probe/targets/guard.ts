// The target guard: resolves a target once, checks the name and every address, and gives the address to connect to.
import { NetError } from '../../model/errors.ts';
import type { Security } from '../../model/ports.ts';
import type { TargetGuard } from '../../model/probe.ts';

const notBuilt = (): never => {
  throw new NetError('internal', 'Not built yet.', 'Not built yet.');
};

export const createTargetGuard = (_security: Security): TargetGuard => ({
  check: async () => notBuilt(),
  checkAddress: notBuilt,
  checkName: notBuilt,
});
