// One MCP server over an invoker, for any transport and both protocol eras. Listing and calling are ours, so that schemas and errors are too.
import { CLIENT_INFO_META_KEY, McpServer, type CallToolResult, type ServerContext } from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { NetError } from '../model/errors.ts';
import type { Log } from '../model/ports.ts';
import type { ClientInfo, Result } from '../operations/define.ts';
import type { Invoker } from '../operations/frame/invoke.ts';
import { plainText } from '../operations/frame/show.ts';
import { textOf } from '../operations/frame/text.ts';
import { instructions } from './instructions.ts';
import { progressSender } from './progress.ts';
import { toolOf } from './tool-list.ts';

/** The list changes only with a restart, and does not depend on who asks. */
const listTtlMs = 3_600_000;

export interface ServerOptions {
  invoker: Invoker;
  version: string;
  log: Log;
  /** Told when a request begins and ends, so that a transport can wait for the last answers. */
  busy?: (change: 1 | -1) => void;
}

const toResult = (structuredContent: Result): CallToolResult => ({
  content: [{ type: 'text', text: textOf(structuredContent) }],
  structuredContent,
});

const toFailure = (error: NetError): CallToolResult => ({ ...toResult({ error: error.toReport() }), isError: true });

const implementationSchema = z.looseObject({ name: z.string(), version: z.string() });

const clientOf = (server: McpServer, context: ServerContext): ClientInfo => {
  const envelope: object = context.mcpReq.envelope ?? {};
  const modern = implementationSchema.safeParse(Reflect.get(envelope, CLIENT_INFO_META_KEY)).data;
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- a legacy connection names its client only at initialize
  const info = modern ?? server.server.getClientVersion();
  return { kind: 'mcp', name: plainText(info?.name ?? 'unknown', 100), version: plainText(info?.version ?? '', 40) };
};

export const createServer = ({ invoker, version, log, busy }: ServerOptions): McpServer => {
  const mcp = new McpServer(
    { name: 'netmcp', title: 'NetMCP', version },
    {
      capabilities: { tools: { listChanged: false } },
      instructions,
      cacheHints: {
        'tools/list': { ttlMs: listTtlMs, cacheScope: 'public' },
        'server/discover': { ttlMs: listTtlMs, cacheScope: 'public' },
      },
    },
  );
  const tools = invoker.available.map(toolOf);
  mcp.server.setRequestHandler('tools/list', () => ({ tools }));
  mcp.server.setRequestHandler('tools/call', async ({ params }, context) => {
    const progress = progressSender(context, log);
    busy?.(1);
    try {
      const answer = await invoker.invoke(params.name, params.arguments ?? {}, {
        client: clientOf(mcp, context),
        signal: context.mcpReq.signal,
        ...(progress === undefined ? {} : { onProgress: progress.send }),
      });
      return answer.ok ? toResult(answer.result) : toFailure(answer.error);
    } finally {
      progress?.stop();
      // The answer is written after this handler has returned.
      setImmediate(() => busy?.(-1));
    }
  });
  return mcp;
};
