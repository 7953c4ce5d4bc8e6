// A row of values as one line of bars, newest at the right, scaled to the largest of them.

const blocks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/** Where a terminal shows ASCII only. */
const plain = ['.', ':', '-', '=', '+', '*', '#', '@'];

export const sparkline = (values: readonly number[], width: number, unicode: boolean): string => {
  const bars = unicode ? blocks : plain;
  const shown = values.slice(-Math.max(0, width));
  const largest = Math.max(0, ...shown);
  return shown
    .map((value) => {
      const step = largest === 0 ? 0 : Math.ceil((value / largest) * bars.length) - 1;
      return bars[Math.max(0, Math.min(bars.length - 1, step))] ?? '';
    })
    .join('')
    .padStart(Math.max(0, width));
};

const units = ['', 'k', 'M', 'G', 'T'] as const;

/** Three digits and a decimal prefix: `1.23 M`. */
export const scaled = (value: number): string => {
  let rest = value;
  let unit = 0;
  while (rest >= 999.5 && unit < units.length - 1) {
    rest /= 1000;
    unit += 1;
  }
  const digits = rest >= 99.5 || (unit === 0 && Number.isInteger(rest)) ? 0 : rest >= 9.95 ? 1 : 2;
  return `${rest.toFixed(digits)} ${units[unit] ?? ''}`;
};
