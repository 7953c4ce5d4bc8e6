// What is said where ethtool, or the driver, has nothing of the kind that was wished.
import type { Finding } from '../model/finding.ts';
import type { KnobContext } from '../model/knob.ts';
import { unavailable } from './unavailable.ts';

/** Nothing could be read: because ethtool is missing, or because the driver has no such settings. */
export const nothingToSet = (path: string, what: string, option: string, context: KnobContext): Finding => {
  const { iface, snapshot } = context;
  if (snapshot.features.binaries['ethtool'] === null) {
    const hint = 'Install the package ethtool.';
    return unavailable(path, context, { code: 'missing_binary', message: 'ethtool is not installed', hint });
  }
  return missingSetting(path, `the driver of ${iface} has no ${what} to set`, option, context);
};

export const missingSetting = (path: string, message: string, option: string, context: KnobContext): Finding => {
  const hint = `See what "ethtool ${option} ${context.iface}" says.`;
  return unavailable(path, context, { code: 'missing_kernel_feature', message, hint });
};
