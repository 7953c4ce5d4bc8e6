// Passes an abort on to many listeners a slice at a time, so that ending a thousand connections is not one long turn.

/** A thousand connections end in this many turns. */
const slices = 16;

/** Gives the signals in turn; each aborts with the reason of `signal`, the first at once. */
export const abortInSlices = (signal: AbortSignal): (() => AbortSignal) => {
  const controllers = Array.from({ length: slices }, () => new AbortController());
  const abortFrom = (index: number): void => {
    const controller = controllers[index];
    if (controller === undefined) return;
    controller.abort(signal.reason);
    setImmediate(abortFrom, index + 1);
  };
  if (signal.aborted) abortFrom(0);
  else
    signal.addEventListener(
      'abort',
      () => {
        abortFrom(0);
      },
      { once: true },
    );
  let next = 0;
  return () => {
    next = (next + 1) % slices;
    return controllers[next]?.signal ?? signal;
  };
};
