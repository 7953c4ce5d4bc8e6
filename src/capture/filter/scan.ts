// Runs a filter over a capture: one pass of the engine, in which its index of packets is looked at entry by entry.
import type { CaptureSource } from '../../model/ports.ts';
import { readCapture, type ReadCapture, type ReadOptions } from '../read.ts';
import type { CompiledFilter } from './compile.ts';
import { entryAddress } from './entry-view.ts';
import { PacketView } from './packet-view.ts';

/** Milliseconds after which others get their turn. */
const turn = 20;
/** Packets between two looks at the clock; behind one whose bytes were looked at there is one more. */
const stride = 128;

const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** Calls `onMatch` for every packet that the filter lets pass; what the view gives is valid during the call. */
export const scanCapture = async (
  source: CaptureSource,
  options: ReadOptions,
  filter: CompiledFilter,
  onMatch: (packet: PacketView) => void,
): Promise<ReadCapture> => {
  let view: PacketView | undefined;
  let since = performance.now();
  return readCapture(source, options, async (engine, entries, address) => {
    view ??= new PacketView(engine, filter);
    view.refresh();
    for (let index = 0; index < entries; index += 1) {
      view.moveTo(entryAddress(address, index));
      if (filter.test(view)) onMatch(view);
      if ((view.looked || index % stride === 0) && performance.now() - since > turn) {
        await nextTurn();
        options.signal.throwIfAborted();
        since = performance.now();
      }
    }
    return false;
  });
};
