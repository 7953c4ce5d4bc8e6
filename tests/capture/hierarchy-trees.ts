// The protocol tree of a capture as the engine counts it and as tshark does, and how they differ.
import { readCapture } from '../../src/capture/read.ts';
import { hierarchyOf, type HierarchyNode } from '../../src/capture/reports/hierarchy.ts';
import { notToldApart } from './hierarchy-differences.ts';
import { sourceOfFile } from './source.ts';
import { tshark } from './tshark.ts';

/** `eth/ip/tcp` to packets and bytes. */
export type Tree = Map<string, [packets: number, bytes: number]>;

export const engineTree = async (path: string): Promise<Tree> => {
  const { engine } = await readCapture(await sourceOfFile(path), {
    maxPackets: undefined,
    signal: new AbortController().signal,
  });
  const tree: Tree = new Map();
  const add = (node: HierarchyNode, above: string): void => {
    const name = `${above}${node.protocol}`;
    tree.set(name, [node.packets, node.bytes]);
    for (const child of node.children) add(child, `${name}/`);
  };
  for (const node of hierarchyOf(engine.exports).children) add(node, '');
  return tree;
};

/** tshark's table, without the layers that `notToldApart` names: their packets stay with the layer above, segments with what they make. */
export const tsharkTree = async (path: string): Promise<Tree> => {
  const text = await tshark(path, ['-q', '-z', 'io,phs']);
  const tree: Tree = new Map();
  const stack: string[] = [];
  for (const line of text.split('\n')) {
    const match = /^( *)(\S+) +frames:(\d+) bytes:(\d+)$/.exec(line.trimEnd());
    if (match === null) continue;
    stack.length = (match[1] ?? '').length / 2;
    stack.push(match[2] ?? '');
    if (stack.some((name) => notToldApart.has(name)) || stack.at(-1) === 'tcp.segments') continue;
    const names = stack.filter((name) => name !== 'tcp.segments');
    // A TLS record that ends in a segment where another begins: TLS once.
    if (names.at(-1) === names.at(-2) && names.length < stack.length) continue;
    const name = names.join('/');
    const [packets, bytes] = tree.get(name) ?? [0, 0];
    tree.set(name, [packets + Number(match[3]), bytes + Number(match[4])]);
  }
  return tree;
};

export const treeDifferences = (one: Tree, other: Tree): string[] =>
  [...new Set([...one.keys(), ...other.keys()])]
    .map((path) => ({ path, a: one.get(path) ?? [0, 0], b: other.get(path) ?? [0, 0] }))
    .filter(({ a, b }) => a[0] !== b[0] || a[1] !== b[1])
    .map(({ path, a, b }) => `${path}: ${a.join(' packets, ')} bytes here, ${b.join(' packets, ')} bytes in tshark`)
    .sort();
