// Many filters over one capture in one pass: for each the numbers of the packets that pass, ours and tshark's, as text.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileFilter } from '../../src/capture/filter/compile.ts';
import { entryAddress } from '../../src/capture/filter/entry-view.ts';
import { PacketView } from '../../src/capture/filter/packet-view.ts';
import { readCapture } from '../../src/capture/read.ts';
import { sourceOfFile } from './source.ts';
import { tshark } from './tshark.ts';

export const passing = async (path: string, expressions: readonly string[]): Promise<string[]> => {
  const filters = expressions.map((expression) => compileFilter(expression));
  const numbers = filters.map((): number[] => []);
  let views: PacketView[] | undefined;
  const source = await sourceOfFile(path);
  const options = { maxPackets: undefined, signal: new AbortController().signal };
  await readCapture(source, options, (engine, entries, address) => {
    views ??= filters.map((filter) => new PacketView(engine, filter));
    for (const [at, view] of views.entries()) {
      view.refresh();
      for (let index = 0; index < entries; index += 1) {
        view.moveTo(entryAddress(address, index));
        if (filters[at]?.test(view) === true) numbers[at]?.push(view.number);
      }
    }
    return false;
  }).finally(() => source.close());
  return numbers.map((list) => list.join(','));
};

/** By expression; undefined when tshark refuses the file. Throws when it refuses an expression. */
export const referencePassing = async (
  path: string,
  expressions: readonly string[],
): Promise<ReadonlyMap<string, string> | undefined> => {
  const folder = await mkdtemp(join(tmpdir(), 'netmcp-filters-'));
  try {
    const list = join(folder, 'filters');
    await writeFile(list, `${expressions.join('\n')}\n`);
    const script = join(import.meta.dirname, 'filter-reference.lua');
    const text = await tshark(path, ['-q', '-X', `lua_script:${script}`, '-X', `lua_script1:${list}`]).catch(
      () => undefined,
    );
    if (text === undefined) return undefined;
    const refused = /^!(\d+)$/m.exec(text)?.[1];
    if (refused !== undefined) throw new Error(`tshark refuses ${expressions[Number(refused) - 1] ?? ''}`);
    const lines = [...text.matchAll(/^#(\d+) ([\d,]*)$/gm)];
    return new Map(lines.map(([, line, numbers = '']) => [expressions[Number(line) - 1] ?? '', numbers]));
  } finally {
    await rm(folder, { recursive: true });
  }
};
