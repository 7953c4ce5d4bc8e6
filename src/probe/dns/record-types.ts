// Names of record types and response codes (IANA DNS parameters), and the types that a caller may ask for.

/** Types a caller may ask for; ANY is often answered with a part only (RFC 8482). */
export const askableTypes = [
  ...['A', 'AAAA', 'CNAME', 'MX', 'TXT', 'NS', 'SOA', 'SRV', 'CAA', 'PTR', 'ANY'],
  ...['HTTPS', 'SVCB', 'DS', 'DNSKEY', 'NAPTR', 'TLSA', 'SSHFP'],
] as const;

const numbers: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  TLSA: 52,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  ANY: 255,
  CAA: 257,
};
const names = new Map(Object.entries(numbers).map(([name, number]) => [number, name]));

/** Throws nothing: an unknown name is 0, which is no type. */
export const typeNumber = (name: string): number => numbers[name] ?? 0;

/** `TYPE65534` for what has no name here (RFC 3597). */
export const typeName = (number: number): string => names.get(number) ?? `TYPE${number}`;

const rcodes = [
  ...['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED', 'YXDOMAIN', 'YXRRSET', 'NXRRSET', 'NOTAUTH'],
  'NOTZONE',
];

export const rcodeName = (number: number): string =>
  rcodes[number] ?? (number === 16 ? 'BADVERS' : number === 23 ? 'BADCOOKIE' : `RCODE${number}`);
