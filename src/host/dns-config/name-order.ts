// What is asked before DNS: /etc/hosts, and the order of nsswitch.conf (nsswitch.conf(5)).
import { plainText } from '../../model/plain-text.ts';

/** Lines that name a host, and names in them. */
export const countHosts = (text: string): { entries: number; names: number } => {
  const lines = text.split('\n').flatMap((line) => {
    const [address = '', ...names] = (line.split('#')[0] ?? '').trim().split(/\s+/);
    return /^[0-9A-Fa-f:.]+(?:%\S+)?$/.test(address) && names.length > 0 ? [names.length] : [];
  });
  return { entries: lines.length, names: lines.reduce((sum, count) => sum + count, 0) };
};

/** The services of `hosts:` in order, with their actions: `files`, `mdns4_minimal`, `[NOTFOUND=return]`, `dns`. */
export const hostsOrder = (text: string): string[] | null => {
  const line = /^[ \t]*hosts:(.*)$/m.exec(text)?.[1];
  if (line === undefined) return null;
  const words = (line.split('#')[0] ?? '').match(/\[[^\]]{0,200}\]|[^\s[\]]+/g) ?? [];
  return words.slice(0, 20).map((word) => plainText(word, 60));
};

/** What the order means for who asks resolv.conf's servers. */
export const orderNotes = (order: readonly string[] | null): string[] => {
  if (order === null) return ['/etc/nsswitch.conf sets no order for hosts: glibc asks files, then DNS.'];
  if (order.includes('resolve')) {
    return [
      'nsswitch.conf lists resolve: most programs ask systemd-resolved itself and not the servers of resolv.conf.',
    ];
  }
  return order.includes('dns')
    ? []
    : ['nsswitch.conf lists neither dns nor resolve: most programs resolve no names by DNS.'];
};
