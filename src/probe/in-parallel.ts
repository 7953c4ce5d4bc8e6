// Work on many items with a bounded number under way; results stand in the order of the items.

/** The first failure ends it: nothing further is started, and what is under way is waited for. `onDone` gets how many are done. */
export const inParallel = async <Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
  onDone: (done: number) => void,
): Promise<Result[]> => {
  const results = new Map<number, Result>();
  const pending = items.entries();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const [index, item] of pending) {
      try {
        results.set(index, await work(item));
      } catch (error) {
        failed = true;
        throw error;
      }
      onDone(results.size);
      if (failed) return;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, worker));
  const failure = ended.find((end) => end.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return [...results].sort(([left], [right]) => left - right).map(([, result]) => result);
};
