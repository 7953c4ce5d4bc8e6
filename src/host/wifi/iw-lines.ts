// What all of iw's texts share: indented lines `key: value`. The first of a key counts, since strings that others choose come later.

export type Fields = ReadonlyMap<string, string>;

/** Text after the first colon; keys of iw hold letters, blanks and digits. */
const fieldLine = /^\s*([A-Za-z][A-Za-z0-9 ]{0,40}):\s?(.*)$/;

export const fieldsOf = (lines: readonly string[]): Fields => {
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, key, value = ''] = fieldLine.exec(line) ?? [];
    if (key !== undefined && !fields.has(key)) fields.set(key, value);
  }
  return fields;
};

/** Whole text as lines, cut where no real answer is as long. */
export const linesOf = (text: string): string[] => text.slice(0, 8 * 1024 * 1024).split('\n');

/** The lines of each block that starts with a line the pattern matches, with what the pattern captured. */
export const blocksOf = (lines: readonly string[], start: RegExp): { head: RegExpExecArray; lines: string[] }[] => {
  const blocks: { head: RegExpExecArray; lines: string[] }[] = [];
  for (const line of lines) {
    const head = start.exec(line);
    if (head === null) blocks.at(-1)?.lines.push(line);
    else blocks.push({ head, lines: [] });
  }
  return blocks;
};

/** `-47 [-49, -52] dBm` -> -47. */
export const numberIn = (text: string | undefined): number | null => {
  const found = /^\s*(-?\d{1,15}(?:\.\d{1,6})?)(?![\d.])/.exec(text ?? '')?.[1];
  return found === undefined ? null : Number(found);
};

/** Channel numbers by IEEE 802.11 Annex E: 2.4, 5, 6 and 60 GHz. */
export const channelOf = (mhz: number): number | null => {
  if (mhz === 2484) return 14;
  if (mhz >= 2412 && mhz < 2484) return (mhz - 2407) / 5;
  if (mhz >= 5955 && mhz <= 7115) return (mhz - 5950) / 5;
  if (mhz >= 5000 && mhz < 5950) return (mhz - 5000) / 5;
  if (mhz >= 4900 && mhz < 5000) return (mhz - 4000) / 5;
  return mhz >= 58320 && mhz <= 70200 ? (mhz - 56160) / 2160 : null;
};
