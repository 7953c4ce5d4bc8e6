// Conversations page by page: pages do not overlap and together are all there is; a cursor goes on only where it was given.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { fromUnknown } from '../../src/model/errors.ts';
import { analyzeThroughput } from '../../src/operations/capture/analyze-throughput.ts';
import { getConversations } from '../../src/operations/capture/get-conversations.ts';
import { answerOf } from './ask.ts';
import { frame, ip, pcap, udp, type Crafted } from './craft.ts';
import { captureFolder, type CaptureFolder } from './read-whole.ts';

const pageSchema = z.looseObject({
  summary: z.string(),
  conversations: z.array(z.looseObject({ src_port: z.number() })),
  truncated: z.boolean(),
  cursor: z.string().nullable(),
});
type Page = z.infer<typeof pageSchema>;
type Tool = typeof getConversations;

const count = 60;
/** Of each conversation two packets, `seconds` apart; many are of the same size. */
const packetsOf = (conversations: number, seconds: (index: number) => number = () => 1): Crafted[] =>
  Array.from({ length: conversations }, (_, index) => {
    const bytes = frame(ip('10.0.0.1', '10.0.0.2', 17, udp(1000 + index, 9, new Uint8Array(100 + 100 * (index % 7)))));
    return [0, seconds(index)].map((after) => ({
      time: 1_700_000_000_000_000_000n + BigInt(Math.round((index / 1000 + after) * 1e9)),
      bytes,
    }));
  })
    .flat()
    .sort((one, other) => Number(one.time - other.time));

let folder: CaptureFolder;
let file_path: string;
beforeAll(async () => {
  folder = await captureFolder();
  file_path = await folder.write('sixty.pcap', pcap(packetsOf(count)));
});
afterAll(() => folder.remove());

const ask = async (tool: Tool, input: Record<string, unknown>): Promise<Page> =>
  pageSchema.parse(await answerOf(tool, { file_path, ...input }));

/** Code, message and hint of the refusal. */
const refusal = (tool: Tool, input: Record<string, unknown>): Promise<string> =>
  ask(tool, input).then(
    () => 'not refused',
    (error: unknown) => {
      const { code, message, hint } = fromUnknown(error);
      return `${code}: ${message} ${hint}`;
    },
  );

const pagesOf = async (tool: Tool, input: Record<string, unknown>): Promise<Page[]> => {
  const pages = [await ask(tool, input)];
  for (let { cursor } = pages[0] ?? { cursor: null }; cursor !== null;) {
    const page = await ask(tool, { ...input, cursor });
    pages.push(page);
    expect(pages.length).toBeLessThan(100);
    ({ cursor } = page);
  }
  return pages;
};
const portsOf = (pages: readonly Page[]): number[] =>
  pages.flatMap(({ conversations }) => conversations.map(({ src_port }) => src_port));
const everyPort = Array.from({ length: count }, (_, index) => 1000 + index);

describe.each([
  ['get_conversations', getConversations, ['bytes', 'packets', 'duration', 'start']],
  ['analyze_throughput', analyzeThroughput, ['mbps_total', 'bytes_total']],
] as const)('%s', (_name, tool, sorts) => {
  test.each(sorts)('by %s: pages are all there is, each once, in one order', async (sort_by) => {
    const pages = await pagesOf(tool, { sort_by, top_n: 7 });
    const ports = portsOf(pages);
    expect(pages.map(({ conversations }) => conversations.length)).toEqual([7, 7, 7, 7, 7, 7, 7, 7, 4]);
    expect(ports.toSorted((one, other) => one - other)).toEqual(everyPort);
    expect(pages.map(({ truncated }) => truncated)).toEqual([...new Array<boolean>(8).fill(true), false]);
    // The same, whatever the size of a page.
    expect(portsOf(await pagesOf(tool, { sort_by, top_n: 25 }))).toEqual(ports);
    expect(portsOf(await pagesOf(tool, { sort_by }))).toEqual(ports);
  });

  test('a file that has changed is not continued', async () => {
    const changing = await folder.write('changing.pcap', pcap(packetsOf(30)));
    const { cursor } = await ask(tool, { file_path: changing, top_n: 7 });
    await folder.write('changing.pcap', pcap(packetsOf(31)));
    await expect(ask(tool, { file_path: changing, top_n: 7, cursor })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: 'Argument cursor: it was given for another file, or the file has changed since.',
      hint: 'Leave cursor out to begin again.',
    });
  });

  test('another file is refused', async () => {
    const { cursor } = await ask(tool, { top_n: 7 });
    const other = await folder.write('other.pcap', pcap(packetsOf(count)));
    await expect(ask(tool, { file_path: other, top_n: 7, cursor })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: 'Argument cursor: it was given for another file, or the file has changed since.',
    });
  });

  test('other arguments are refused, the page length is free', async () => {
    const { cursor } = await ask(tool, { top_n: 7, sort_by: sorts[0] });
    for (const changed of [{ sort_by: sorts[1] }, { sort_by: sorts[0], max_packets: 100 }])
      expect(await refusal(tool, { ...changed, top_n: 7, cursor })).toMatch(
        /^invalid_argument: Argument cursor: it was given for other arguments\. Pass .*sort_by.*max_packets as before, or leave cursor out/,
      );
    expect((await ask(tool, { top_n: 3, sort_by: sorts[0], cursor })).conversations).toHaveLength(3);
  });

  test.each(['7', 'x', '', '7-', '-1-a-b', '9999999-a-b', '7-a-b-c', '7-A-b'])(
    'a cursor that none gave is refused: %s',
    async (cursor) => {
      expect(await refusal(tool, { cursor })).toMatch(/^invalid_argument: Argument cursor: /);
    },
  );

  test('a cursor behind the end has no rows and leads nowhere', async () => {
    const { cursor } = await ask(tool, { top_n: 7 });
    const behind = await ask(tool, { cursor: cursor?.replace(/^7-/, '5000-') });
    expect(behind).toMatchObject({ conversations: [], cursor: null });
  });
});

test('the protocol is one of the arguments', async () => {
  const { cursor } = await ask(getConversations, { top_n: 7, protocol: 'udp' });
  await expect(ask(getConversations, { top_n: 7, cursor })).rejects.toMatchObject({ code: 'invalid_argument' });
  expect((await ask(getConversations, { top_n: 7, protocol: 'udp', cursor })).conversations).toHaveLength(7);
});

test('the least duration is one, and conversations without a rate are on no page by rate', async () => {
  const short = await folder.write('short.pcap', pcap(packetsOf(20, (index) => (index < 10 ? 0.01 : 2))));
  const asked = { file_path: short, top_n: 4 };
  const pages = await pagesOf(analyzeThroughput, asked);
  expect(pages.map(({ conversations }) => conversations.length)).toEqual([4, 4, 2]);
  expect(portsOf(pages).every((port) => port >= 1010)).toBe(true);
  expect(pages[1]?.summary).toContain('4 of them from 5 on');
  const { cursor } = await ask(analyzeThroughput, asked);
  await expect(ask(analyzeThroughput, { ...asked, min_duration_s: 0.001, cursor })).rejects.toMatchObject({
    message: 'Argument cursor: it was given for other arguments.',
  });
});

test('a cursor of one tool is none of the other', async () => {
  const { cursor } = await ask(getConversations, { top_n: 7 });
  await expect(ask(analyzeThroughput, { top_n: 7, cursor })).rejects.toMatchObject({ code: 'invalid_argument' });
});
