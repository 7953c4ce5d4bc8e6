// The newest rows of numbers in memory that is taken once and never grows.

export interface Ring {
  push(row: readonly number[]): void;
  /** Oldest first. */
  rows(): number[][];
}

export const createRing = (capacity: number, width: number): Ring => {
  const values = new Float64Array(capacity * width);
  let pushed = 0;
  return {
    push(row) {
      const start = (pushed % capacity) * width;
      for (let column = 0; column < width; column += 1) values[start + column] = row[column] ?? 0;
      pushed += 1;
    },
    rows() {
      const first = Math.max(0, pushed - capacity);
      return Array.from({ length: pushed - first }, (_, offset) => {
        const start = ((first + offset) % capacity) * width;
        return [...values.subarray(start, start + width)];
      });
    },
  };
};
