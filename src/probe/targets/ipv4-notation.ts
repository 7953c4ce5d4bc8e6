// Every IPv4 notation that inet_aton or a resolver somewhere reads: one to four parts, each decimal, octal (0...) or hex (0x...).

/** One part's possible values. Leading zeros are octal to inet_aton and decimal to others, so both are answered. */
const readings = (part: string): readonly number[] => {
  if (/^0x[0-9a-f]{0,16}$/.test(part)) return [part === '0x' ? 0 : Number(part)];
  if (!/^[0-9]{1,16}$/.test(part)) return [];
  const decimal = Number(part);
  if (!/^0[0-9]/.test(part)) return [decimal];
  return /^[0-7]+$/.test(part) ? [parseInt(part, 8), decimal] : [decimal];
};

const assemble = (parts: readonly number[]): number[] | undefined => {
  const last = parts.at(-1) ?? 0;
  const lead = parts.slice(0, -1);
  const tailBytes = 4 - lead.length;
  if (lead.some((part) => part > 255) || last >= 256 ** tailBytes) return undefined;
  const tail = Array.from({ length: tailBytes }, (_, at) => Math.floor(last / 256 ** (tailBytes - 1 - at)) % 256);
  return [...lead, ...tail];
};

/** What a lower-case text may mean as an IPv4 address, inet_aton's reading first; empty when it is none. */
export const ipv4Readings = (text: string): number[][] => {
  const parts = text.split('.').map(readings);
  if (parts.length > 4 || parts.some((values) => values.length === 0)) return [];
  const all = parts.reduce<number[][]>(
    (heads, values) => heads.flatMap((head) => values.map((value) => [...head, value])),
    [[]],
  );
  return all.flatMap((values) => assemble(values) ?? []).length === 0
    ? []
    : all.map(assemble).filter((bytes) => bytes !== undefined);
};

/** Whether a name ends as only an address can: a last label that is a number (WHATWG URL, "ends in a number"). */
export const endsInNumber = (text: string): boolean => /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/.test(text);
