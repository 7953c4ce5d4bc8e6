// Messages are decoded one after another with pauses in which the process does its other work, however many arrive at the same time.

/** Milliseconds of decoding after which others have their turn. */
const sliceMs = 5;

const waiting = new Set<() => void>();
let scheduled = false;

const schedule = (): void => {
  if (scheduled || waiting.size === 0) return;
  scheduled = true;
  setImmediate(run);
};

const run = (): void => {
  scheduled = false;
  const end = performance.now() + sliceMs;
  try {
    for (const work of waiting) {
      waiting.delete(work);
      work();
      if (performance.now() >= end) break;
    }
  } finally {
    schedule();
  }
};

/** Runs `work` in a later turn of the event loop; the answer takes it back as long as it has not run. */
export const inDecodeTurn = (work: () => void): (() => void) => {
  waiting.add(work);
  schedule();
  return () => {
    waiting.delete(work);
  };
};
