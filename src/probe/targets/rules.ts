// The operator's rules as questions about one name or one address. What is blocked stays blocked, whatever allows it.
import { parseAddress, type Address } from '../../model/address.ts';
import { NetError } from '../../model/errors.ts';
import type { Security } from '../../model/ports.ts';
import { parseTargetPattern, type TargetPattern } from '../../model/target-pattern.ts';
import { manyHostsKindOf, privateKindOf } from './address-kinds.ts';
import { isMetadataName, metadataServiceAt } from './cloud-metadata.ts';
import { embeddedIpv4 } from './embedded.ts';

export interface TargetRules {
  /** Throws target_refused for a blocked name. `shown` names it in the message. */
  refuseName: (name: string, shown: string) => void;
  /** Throws target_refused for a blocked address. */
  refuseAddress: (address: Address, shown: string) => void;
  /** Throws target_refused for an address that many hosts answer: it may be asked about, and is never connected to. */
  refuseManyHosts: (address: Address, shown: string) => void;
  allowsName: (name: string) => boolean;
  allowsAddress: (address: Address) => boolean;
  /** Whether a name that is not allowed may still be by its addresses. */
  mayAllowByAddress: boolean;
  notAllowed: (shown: string) => NetError;
}

const refusal = (rule: string, message: string, hint: string): NetError =>
  new NetError('target_refused', message, hint, { details: { rule } });

const operatorHint = (setting: string): string =>
  `Only an operator can change this: security.${setting} in the configuration, or the variable NETMCP_${setting.toUpperCase()}.`;

const blockedBy = (pattern: TargetPattern, shown: string): NetError =>
  refusal(
    'blocked_targets',
    `${shown} is refused: it matches ${JSON.stringify(pattern.text.slice(0, 100))} in blocked_targets.`,
    operatorHint('blocked_targets'),
  );

const metadata = (shown: string, owner: string): NetError =>
  refusal(
    'block_cloud_metadata',
    `${shown} is refused by block_cloud_metadata: it is a cloud metadata service (${owner}), which hands out credentials.`,
    operatorHint('block_cloud_metadata'),
  );

/** Connecting to the unspecified address reaches this host itself. */
const unspecified: Readonly<Record<string, Address | undefined>> = {
  '0.0.0.0': parseAddress('127.0.0.1'),
  '::': parseAddress('::1'),
};

const withLoopback = (address: Address): Address[] => {
  const loopback = unspecified[address.text];
  return loopback === undefined ? [address] : [address, loopback];
};

const refuseAddress = (
  security: Security,
  blocked: readonly TargetPattern[],
  address: Address,
  shown: string,
): void => {
  const owner = security.blockCloudMetadata ? metadataServiceAt(address) : undefined;
  if (owner !== undefined) throw metadata(shown, owner);
  // What is embedded may be where a packet ends up.
  const all = [address, ...embeddedIpv4(address)].flatMap(withLoopback);
  const pattern = blocked.find((one) => all.some((each) => one.matchesAddress(each)));
  if (pattern !== undefined) throw blockedBy(pattern, shown);
  const kind = security.blockPrivate ? privateKindOf(address) : undefined;
  if (kind !== undefined) {
    throw refusal(
      'block_private',
      `${shown} is refused by block_private: it is ${kind}.`,
      operatorHint('block_private'),
    );
  }
};

const refuseManyHosts = (address: Address, shown: string): void => {
  const many = manyHostsKindOf(address);
  if (many !== undefined) {
    throw refusal(
      'one_host',
      `${shown} is refused: it is a ${many} address, which many hosts answer.`,
      'Pass the address of one host.',
    );
  }
};

/** Throws invalid_argument for a pattern that is none. */
export const createTargetRules = (security: Security): TargetRules => {
  const allowed = security.allowedTargets.map(parseTargetPattern);
  const blocked = security.blockedTargets.map(parseTargetPattern);
  return {
    refuseName: (name, shown) => {
      if (security.blockCloudMetadata && isMetadataName(name)) throw metadata(shown, 'by its name');
      const pattern = blocked.find((one) => one.matchesName(name));
      if (pattern !== undefined) throw blockedBy(pattern, shown);
    },
    refuseAddress: (address, shown) => {
      refuseAddress(security, blocked, address, shown);
    },
    refuseManyHosts,
    allowsName: (name) => allowed.length === 0 || allowed.some((pattern) => pattern.matchesName(name)),
    allowsAddress: (address) => allowed.length === 0 || allowed.some((pattern) => pattern.matchesAddress(address)),
    mayAllowByAddress: allowed.some((pattern) => pattern.speaksOfAddresses),
    notAllowed: (shown) =>
      refusal(
        'allowed_targets',
        `${shown} is refused: nothing in allowed_targets permits it.`,
        `Allowed: ${allowed
          .slice(0, 10)
          .map(({ text }) => text.slice(0, 100))
          .join(', ')}${allowed.length > 10 ? ', ...' : ''}. ${operatorHint('allowed_targets')}`,
      ),
  };
};
