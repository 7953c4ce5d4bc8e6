// The kernel's refusal of a clsact filter as an error of ours: the place is taken, something is lacking, or it may not be done.
import { NetError } from '../../model/errors.ts';
import type { RouteError } from '../netlink/socket.ts';

const EPERM = 1;
const ENODEV = 19;
const EBUSY = 16;
const EEXIST = 17;

const left = 'It is left as it is; another way to count is used unless this one was asked for.';

export const ingressInPlace = (iface: string): NetError =>
  new NetError('rung_taken', `${iface} has an ingress qdisc where clsact would stand.`, left);

/** `taken`: somebody else's filter has our priority. */
export const clsactRefused = (error: RouteError, iface: string, taken: boolean): NetError => {
  const { errno } = error;
  const reason = error.reason === '' ? `errno ${errno}` : error.reason;
  const options = { cause: error, details: { errno } };
  if (errno === EPERM) {
    return new NetError(
      'not_permitted',
      `A tc filter may not be attached to ${iface} by this process.`,
      'Give netmcp CAP_BPF and CAP_NET_ADMIN, or run it as root.',
      options,
    );
  }
  if (errno === ENODEV) {
    return new NetError(
      'not_found',
      `The interface ${iface} is gone.`,
      'Call get_interfaces for what there is.',
      options,
    );
  }
  if (taken || errno === EBUSY || errno === EEXIST) {
    const message = `Somebody else’s tc filter on ${iface} has the first priority (${reason}).`;
    return new NetError('rung_taken', message, left, options);
  }
  return new NetError(
    'missing_kernel_feature',
    `The kernel or the interface ${iface} takes no clsact filter (${reason}).`,
    'It needs the modules sch_ingress and cls_bpf; another way to count is used unless this one was asked for.',
    options,
  );
};
