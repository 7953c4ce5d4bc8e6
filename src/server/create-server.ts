// One MCP server over an invoker, for any transport and both protocol eras. Listing and calling are ours, so that schemas and errors are too.
import { CLIENT_INFO_META_KEY, McpServer, type CallToolResult, type ServerContext } from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { NetError } from '../model/errors.ts';
import type { Log } from '../model/ports.ts';
import type { ClientInfo, Result } from '../operations/define.ts';
import type { Invoker } from '../operations/frame/invoke.ts';
import { plainText } from '../model/plain-text.ts';
import { textOf } from '../operations/frame/text.ts';
import { instructions } from './instructions.ts';
import { addKnowledge, knowledgeCapabilities, type During } from './knowledge-handlers.ts';
import type { Knowledge } from './knowledge.ts';
import { progressSender } from './progress.ts';
import { toolOf } from './tool-list.ts';

/** The list changes only with a restart, and does not depend on who asks. */
const listTtlMs = 3_600_000;
/** What a list of ours may say to a cache. */
const listHint = { ttlMs: listTtlMs, cacheScope: 'public' } as const;
/** A site's own policy may stand in a resource, and a restart may change it. */
const readHint = { ttlMs: 300_000, cacheScope: 'private' } as const;

export interface ServerOptions {
  invoker: Invoker;
  version: string;
  log: Log;
  /** Told when a request begins and ends, so that a transport can wait for the last answers. */
  busy?: (change: 1 | -1) => void;
  /** What resources, prompts and completion are made from; without it the server has none of them. */
  knowledge?: Knowledge;
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

export const createServer = ({ invoker, version, log, busy, knowledge }: ServerOptions): McpServer => {
  const mcp = new McpServer(
    { name: 'netmcp', title: 'NetMCP', version },
    {
      capabilities: { tools: { listChanged: false }, ...(knowledge === undefined ? {} : knowledgeCapabilities) },
      instructions,
      cacheHints: {
        'tools/list': listHint,
        'server/discover': listHint,
        'prompts/list': listHint,
        'resources/list': listHint,
        'resources/templates/list': listHint,
        'resources/read': readHint,
      },
    },
  );
  const during: During = async (work) => {
    busy?.(1);
    try {
      return await work();
    } finally {
      // The answer is written after the handler has returned.
      setImmediate(() => busy?.(-1));
    }
  };
  const tools = invoker.available.map(toolOf);
  mcp.server.setRequestHandler('tools/list', () => ({ tools }));
  mcp.server.setRequestHandler('tools/call', ({ params }, context) =>
    during(async () => {
      const progress = progressSender(context, log);
      try {
        const answer = await invoker.invoke(params.name, params.arguments ?? {}, {
          client: clientOf(mcp, context),
          signal: context.mcpReq.signal,
          ...(progress === undefined ? {} : { onProgress: progress.send }),
        });
        return answer.ok ? toResult(answer.result) : toFailure(answer.error);
      } finally {
        progress?.stop();
      }
    }),
  );
  if (knowledge !== undefined) addKnowledge(mcp, knowledge, during);
  return mcp;
};
