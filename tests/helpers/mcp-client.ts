// A real MCP client that starts the product over stdio, inside a network namespace when one is given, and speaks either protocol era.
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { resolve } from 'node:path';
import { type Namespace } from './netns.ts';

const entry = resolve(import.meta.dirname, '..', '..', 'bin', 'netmcp.js');

/** `legacy` is the initialize handshake (2025-11-25 and before), `modern` the stateless protocol of 2026-07-28. */
export type Era = 'legacy' | 'modern';
export const eras: readonly Era[] = ['legacy', 'modern'];

interface ServerOptions {
  readonly era?: Era;
  readonly namespace?: Namespace;
  /** Arguments after `netmcp serve`. */
  readonly args?: readonly string[];
  /** Added to the few variables that a server inherits from its client. */
  readonly env?: Readonly<Record<string, string>>;
  /** The program to run with Node instead of bin/netmcp.js. */
  readonly program?: string;
  /** Becomes the server in its turn, as setpriv does. */
  readonly wrapper?: readonly string[];
}

export interface ConnectedClient {
  readonly client: Client;
  /** Pid of the server itself. */
  readonly pid: number;
  /** The structured result of a tool; rejects with the answer's text when the tool answered isError. */
  readonly call: (tool: string, input?: Record<string, unknown>) => Promise<Record<string, unknown>>;
  /** What the server wrote to stderr so far. */
  readonly stderr: () => string;
  readonly close: () => Promise<void>;
}

/** Starts a server and connects to it. Whoever asked closes it. */
export async function connectServer(options: ServerOptions = {}): Promise<ConnectedClient> {
  const { era = 'modern', namespace, args = [], env = {}, program = entry, wrapper = [] } = options;
  const server = [...wrapper, process.execPath, program, 'serve', ...args];
  // `ip netns exec` becomes the server, so that its pid is the server's.
  const [command = '', ...rest] = namespace === undefined ? server : ['ip', 'netns', 'exec', namespace.name, ...server];
  const transport = new StdioClientTransport({
    command,
    args: rest,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/', ...env },
    stderr: 'pipe',
  });
  const complaints: string[] = [];
  transport.stderr?.on('data', (chunk: Buffer) => complaints.push(chunk.toString('utf8')));
  const client = new Client(
    { name: 'netmcp-tests', version: '0' },
    { versionNegotiation: { mode: era === 'legacy' ? 'legacy' : { pin: '2026-07-28' } } },
  );
  await client.connect(transport).catch((error: unknown) => {
    throw new Error(`the server did not connect; its stderr: ${complaints.join('')}`, { cause: error });
  });
  const { pid } = transport;
  if (pid === null || client.getProtocolEra() !== era) throw new Error(`connected, but not as ${era}`);
  return {
    client,
    pid,
    call: async (tool, input = {}) => {
      const { content, structuredContent, isError } = await client.callTool({ name: tool, arguments: input });
      const text = content.map((part) => (part.type === 'text' ? part.text : `(${part.type})`)).join('\n');
      if (isError === true) throw new Error(text);
      if (!isRecord(structuredContent)) throw new Error(`${tool} answered without a structured result: ${text}`);
      return structuredContent;
    },
    stderr: () => complaints.join(''),
    close: () => client.close(),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
