// Words, sizes and rates as tc prints them, and its output cut into entries.

const scales: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** `40Mbit`, `1500Kbit`, `800bit` -> Mbit/s. */
export const megabits = (text: string | undefined): number | null => {
  const found = /^([0-9.]+)([KMGT]?)bit$/.exec(text ?? '');
  return found === null ? null : (Number(found[1]) * (scales[found[2] ?? ''] ?? 1)) / 1e6;
};

/** `15Kb/1`, `1600b` -> bytes; tc's K and M of sizes are binary. */
export const bytes = (text: string | undefined): number | null => {
  const found = /^([0-9.]+)([KM]?)b(?:\/\d+)?$/.exec(text ?? '');
  return found === null ? null : Math.round(Number(found[1]) * ({ K: 1024, M: 1024 * 1024 }[found[2] ?? ''] ?? 1));
};

/** The word after a word. */
export const after = (line: string, word: string): string | undefined => {
  const words = line.split(/\s+/);
  const index = words.indexOf(word);
  return index === -1 ? undefined : words[index + 1];
};

export const numberAfter = (line: string, word: string): number | null => {
  const value = Number(after(line, word) ?? Number.NaN);
  return Number.isFinite(value) ? value : null;
};

/** `Sent 90 bytes 3 pkt (dropped 2, overlimits 7 requeues 0)`, as classes and actions have it; zeros without it. */
export const countersIn = (text: string) => {
  const [, sentBytes, packets, drops, overlimits, requeues] =
    /Sent (\d+) bytes (\d+) pkts? \(dropped (\d+), overlimits (\d+)(?: requeues (\d+))?/.exec(text) ?? [];
  return {
    sent_bytes: Number(sentBytes ?? 0),
    sent_packets: Number(packets ?? 0),
    drops: Number(drops ?? 0),
    overlimits: Number(overlimits ?? 0),
    requeues: Number(requeues ?? 0),
  };
};

/** Lines from each one that starts at the left margin with the word up to the next such line. */
export const blocks = (text: string, word: string): string[][] => {
  const found: string[][] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith(`${word} `)) found.push([line]);
    else if (line.trim() !== '') found.at(-1)?.push(line);
  }
  return found;
};
