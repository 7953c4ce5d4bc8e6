// What ping and batch_ping share: the ways to ping on this host, and figures as fields.
import type { OperationPorts } from '../../model/operation-ports.ts';
import { fromUnknown, NetError } from '../../model/errors.ts';
import type { IpVersion, ProbeSocket } from '../../model/probe.ts';

/** A probe socket, or why there is none and the ping program has to do it. */
export type PingMeans = { socket: ProbeSocket } | { why: NetError };

/** Throws what the ping program would not mend. */
export const openPingMeans = async (ports: OperationPorts, family: IpVersion): Promise<PingMeans> => {
  if (ports.platform !== 'linux') {
    return { why: new NetError('unsupported_platform', 'Ping sockets are made on Linux only.', 'Use Linux.') };
  }
  try {
    return { socket: await ports.probes.open(family, ['icmp']) };
  } catch (error) {
    const why = fromUnknown(error);
    if (why.code === 'not_permitted' || why.code === 'unsupported_platform') return { why };
    throw why;
  }
};

/** Without the program either, the socket's own refusal is the better fix to name. */
export const binaryInstead = async (ports: OperationPorts, why: NetError): Promise<void> => {
  if (why.code !== 'not_permitted' || (await ports.exec.find('ping')) !== undefined) return;
  throw new NetError(why.code, why.message, `${why.hint} Or install the ping program: apt-get install iputils-ping`);
};
