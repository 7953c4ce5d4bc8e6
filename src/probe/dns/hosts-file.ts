// The hosts file, which the system's resolver reads before it asks DNS: the addresses a name has there (hosts(5)).

/** Compares names in either case; a dot at the end is no difference. */
export const addressesInHosts = (text: string, name: string): string[] => {
  const wanted = name.toLowerCase().replace(/\.$/, '');
  return text.split('\n').flatMap((line) => {
    const [address, ...names] = line.replace(/#.*$/, '').trim().split(/\s+/);
    return address !== undefined && names.some((known) => known.toLowerCase() === wanted) ? [address] : [];
  });
};
