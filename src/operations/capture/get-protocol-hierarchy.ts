// get_protocol_hierarchy: the protocols of a capture as a tree, tunnels inside, in packets and in bytes on the wire.
import * as z from 'zod';
import type { Hierarchy, HierarchyNode } from '../../capture/reports/hierarchy.ts';
import { defineOperation } from '../define.ts';
import { pageInput, pageOf, pageOutput, type Page } from '../frame/page.ts';
import { resultSchema } from '../frame/result.ts';
import { captureInput, coverageSchema, openAnalysis, packetsText, aboutCapture, readText } from './capture-call.ts';

/** Branches shown when nobody says how many: the most frequent ones. Hostile nesting makes a thousand. */
const usualBranches = 24;
/** Protocols in the flat list. */
const maxProtocols = 24;

interface Branch extends Omit<HierarchyNode, 'children' | 'protocol'> {
  path: string;
}

const branchesOf = (nodes: readonly HierarchyNode[], above: string, depth: number): Branch[] =>
  depth === 0
    ? []
    : nodes.flatMap(({ protocol, children, ...amount }) => {
        const path = `${above}${protocol}`;
        return [{ path, ...amount }, ...branchesOf(children, `${path}/`, depth - 1)];
      });

/** The most frequent branches first, page by page, each page in the order of the tree; a branch never comes before the ones above it. */
const frequent = (branches: readonly Branch[], wanted: Parameters<typeof pageOf>[1]): Page<Branch> => {
  const ranked = branches.map((branch, order) => ({ branch, order }));
  ranked.sort((one, other) => other.branch.packets - one.branch.packets || one.order - other.order);
  const { items, ...page } = pageOf(ranked, wanted);
  return { items: items.sort((one, other) => one.order - other.order).map(({ branch }) => branch), ...page };
};

const summaryOf = ({ packets, bytes, protocols }: Hierarchy): string => {
  const shares = [...protocols]
    .filter(([name]) => name !== 'eth')
    .slice(0, 4)
    .map(([name, amount]) => `${name} ${((amount.packets / packets) * 100).toFixed(1)} %`);
  return packets === 0
    ? 'The capture has no packets.'
    : `${packetsText(packets)}, ${bytes} bytes, ${protocols.size} protocols: ${shares.join(', ')}.`;
};

export const getProtocolHierarchy = defineOperation({
  name: 'get_protocol_hierarchy',
  title: 'Get protocol hierarchy',
  description: 'Which protocols a capture file has and what is inside what (VLANs, tunnels), by packets and bytes.',
  ...aboutCapture,
  input: z.strictObject({
    ...captureInput,
    max_depth: z.number().int().min(1).max(40).default(40),
    ...pageInput,
    max_results: pageInput.max_results.default(usualBranches),
  }),
  output: resultSchema({
    file_path: z.string(),
    packets: z.number(),
    bytes: z.number().describe('On the wire'),
    hierarchy: z.array(
      z.strictObject({
        path: z.string().describe('Layers from the outermost; counts include what is inside'),
        packets: z.number(),
        bytes: z.number(),
        percent_packets: z.number(),
        percent_bytes: z.number(),
      }),
    ),
    ...pageOutput,
    protocols: z.record(z.string(), z.strictObject({ packets: z.number(), bytes: z.number() })),
    notes: z.array(z.string()),
    coverage: coverageSchema,
  }),
  run: async (input, ports, call) => {
    const [analysis, { hierarchyOf }, { leftOutOfLayers }] = await Promise.all([
      openAnalysis(input, ports, call),
      import('../../capture/reports/hierarchy.ts'),
      import('../../capture/reports/left-out.ts'),
    ]);
    const report = hierarchyOf(analysis.engine.exports);
    const branches = branchesOf(report.children, '', input.max_depth);
    const { items, ...page } = frequent(branches, input);
    return {
      success: true,
      summary: `${summaryOf(report)}${readText(analysis.coverage)}`,
      file_path: analysis.path,
      packets: report.packets,
      bytes: report.bytes,
      hierarchy: items,
      ...page,
      protocols: Object.fromEntries([...report.protocols].slice(0, maxProtocols)),
      notes: leftOutOfLayers(analysis.engine.exports),
      coverage: analysis.coverage,
    };
  },
});
