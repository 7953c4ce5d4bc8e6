// Names of hops by reverse lookup: all at once, none waited for longer than a second, and shown as the foreign text they are.
import { Resolver } from 'node:dns/promises';
import { plainText } from '../../model/plain-text.ts';

/** A name has 253 characters at most (RFC 1035 2.3.4). */
const maxNameCharacters = 253;

export interface ReverseLookup {
  reverse(address: string): Promise<readonly string[]>;
  cancel(): void;
}

const systemLookup = (timeoutMs: number): ReverseLookup => new Resolver({ timeout: timeoutMs, tries: 1 });

/**
 * Address to name, for those that have one in time. A name that does not exist and a server that does not answer are both
 * nothing to report: a path is read by its addresses.
 */
export const reverseNames = async (
  addresses: Iterable<string>,
  signal: AbortSignal,
  timeoutMs = 1000,
  lookup: ReverseLookup = systemLookup(timeoutMs),
): Promise<ReadonlyMap<string, string>> => {
  const names = new Map<string, string>();
  // A link-local address has no name in the DNS.
  const asked = [...new Set(addresses)].filter((address) => !address.includes('%'));
  if (asked.length === 0) return names;
  signal.throwIfAborted();
  let open = true;
  const answers = asked.map(async (address) => {
    const [name] = await lookup.reverse(address).catch((): readonly string[] => []);
    const shown = name === undefined ? '' : plainText(name, maxNameCharacters);
    if (open && shown !== '') names.set(address, shown);
  });
  let finish: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const timer = setTimeout(finish, timeoutMs);
  signal.addEventListener('abort', finish);
  try {
    await Promise.race([Promise.all(answers), over]);
  } finally {
    open = false;
    clearTimeout(timer);
    signal.removeEventListener('abort', finish);
    lookup.cancel();
  }
  signal.throwIfAborted();
  return names;
};
