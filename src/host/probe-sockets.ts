// Sockets that send probes and hear echoes and ICMP errors; the libc calls are loaded on first use.
import { NetError } from '../model/errors.ts';
import type { ProbeSockets } from '../model/probe.ts';

export const createProbeSockets = (): ProbeSockets => ({
  open: async () => {
    throw new NetError('internal', 'Not built yet.', 'Not built yet.');
  },
});
