// Ports as people write them: single ones and ranges, in and out.

export const maxPorts = 4096;

/** Each port once, ascending; undefined when they are more than `maxPorts`. A range is `low-high`, both included. */
export const expandPorts = (items: readonly (number | string)[]): number[] | undefined => {
  const ports = new Set<number>();
  for (const item of items) {
    const [low = 0, high = low] = typeof item === 'number' ? [item] : item.split('-').map(Number);
    for (let port = low; port <= high; port += 1) {
      ports.add(port);
      if (ports.size > maxPorts) return undefined;
    }
  }
  return [...ports].sort((left, right) => left - right);
};

/** Ascending, runs as `low-high`. */
export const shortRanges = (ports: readonly number[]): string[] => {
  const runs: [number, number][] = [];
  for (const port of [...ports].sort((left, right) => left - right)) {
    const last = runs.at(-1);
    if (last !== undefined && port === last[1] + 1) last[1] = port;
    else runs.push([port, port]);
  }
  return runs.map(([low, high]) => (low === high ? String(low) : `${low}-${high}`));
};
