// Where the C library looks names up: the line `hosts:` of nsswitch.conf(5), and the names that are always this host.

export interface NameSources {
  /** `files` and `dns`, each once at most, in their order. */
  own: readonly ('files' | 'dns')[];
  /** Sources that only the C library knows: resolve, myhostname, mdns4, ldap, ... */
  others: readonly string[];
}

/** What glibc does without the file or the line, and what musl always does. */
const usual: NameSources = { own: ['files', 'dns'], others: [] };

/** Actions in brackets are passed over: a source that has no answer never keeps the next from being asked. */
export const parseNameSources = (text: string | undefined): NameSources => {
  const line = text?.split('\n').find((each) => /^\s*hosts:/.test(each));
  if (line === undefined) return usual;
  const words = line
    .replace(/#.*$/, '')
    .replace(/^\s*hosts:/, '')
    .replace(/\[[^\]]*\]/g, ' ')
    .split(/\s+/)
    .filter((word) => word !== '');
  const own = words.filter((word) => word === 'files' || word === 'dns');
  return { own: [...new Set(own)], others: words.filter((word) => word !== 'files' && word !== 'dns') };
};

/** RFC 6761, 6.3: such names never leave this host. `name` is lower case, without the dot at its end. */
export const isLocalhost = (name: string): boolean => name === 'localhost' || name.endsWith('.localhost');

/** Names as they are asked of DNS, in this order (resolv.conf(5), search and ndots). */
export const searchedNames = (
  name: string,
  { search, ndots }: { search: readonly string[]; ndots: number },
): string[] => {
  const completed = search
    .map((domain) => domain.replace(/^\.+|\.+$/g, ''))
    .map((domain) => (domain === '' ? name : `${name}.${domain}`));
  const dots = name.split('.').length - 1;
  return [...new Set(dots >= ndots ? [name, ...completed] : [...completed, name])].filter((each) => each.length <= 253);
};
