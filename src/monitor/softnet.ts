// /proc/net/softnet_stat: a line for each CPU, hexadecimal, of the whole host and not of one interface (Linux: net/core/net-procfs.c).

export interface Softnet {
  /** Packets dropped because a CPU's backlog queue was full. */
  dropped: number;
  /** Times a CPU's receive work ended with packets left to do. */
  timeSqueezed: number;
}

export const parseSoftnet = (text: string): Softnet => {
  const rows = text.split('\n').filter((line) => /^[0-9a-f]{8}( |$)/.test(line));
  const column = (index: number): number =>
    rows.reduce((sum, line) => sum + Number.parseInt(line.split(' ')[index] ?? '0', 16), 0);
  return { dropped: column(1), timeSqueezed: column(2) };
};

/** Each CPU counts in 32 bits, so a sum that ran backwards is one that went round. */
export const softnetBetween = (before: Softnet, after: Softnet): Softnet => ({
  dropped: Math.max(0, after.dropped - before.dropped),
  timeSqueezed: Math.max(0, after.timeSqueezed - before.timeSqueezed),
});
