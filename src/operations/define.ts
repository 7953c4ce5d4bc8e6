// defineOperation: one thing a caller can ask for. It becomes an MCP tool and a command; everything around `run` is the frame's work.
import type * as z from 'zod';
import type { Toolset } from '../config/toolsets.ts';
import type { OperationPorts } from '../model/operation-ports.ts';
import { checkInput } from './frame/check-input.ts';
import { withOurNames } from './frame/argument-names.ts';
import { checkOutput } from './frame/check-output.ts';
import { inputJsonSchema, outputJsonSchema, type JsonSchema } from './frame/json-schema.ts';
import { listedInput, listedOutput } from './frame/listed-schema.ts';

/** What a later root daemon must do for it; `none` stays unprivileged. */
export const needs = ['none', 'net_admin', 'net_raw', 'bpf'] as const;
export type Needs = (typeof needs)[number];

/** MCP's four hints, every one decided. `readOnly: false` is refused in read-only mode. */
export interface Annotations {
  readOnly: boolean;
  destructive: boolean;
  idempotent: boolean;
  openWorld: boolean;
}

export interface ClientInfo {
  kind: 'mcp' | 'cli';
  name: string;
  version: string;
}

export interface Call {
  /** Aborts when the caller cancels, the time is up, the job is cancelled or the process ends. */
  signal: AbortSignal;
  /** `total` is null while it is not known. May be called as often as wanted; the frame thins it out. */
  progress: (done: number, total: number | null, message: string) => void;
  client: ClientInfo;
}

export interface Described {
  /** verb_noun */
  name: string;
  title: string;
  /** What it does and when to use it, for a reader who chooses among tools. */
  description: string;
  toolset: Toolset;
  needs: Needs;
  annotations: Annotations;
  /** May take longer than 45 s: it takes `background: true` and becomes a job by itself after 45 s. */
  long?: boolean;
  /** Seconds until it is aborted as `timeout`; 40 unless told, 3600 for a long one. */
  timeoutSeconds?: number;
  /** Runs in read-only mode although not `readOnly`: it touches nothing but this process (cancel_job). */
  inReadOnlyMode?: boolean;
  /** Works on macOS and Windows too; elsewhere the frame answers unsupported_platform. */
  everywhere?: boolean;
  /** Input paths below which line breaks and tabs are allowed in strings, such as `rendered_plan`. */
  multiline?: readonly string[];
  /** Names that arguments had in the systems before, with ours; taken, but in no schema. */
  otherNames?: Readonly<Record<string, string>>;
}

/** Every result has these two; `resultSchema` adds them. */
export interface ResultShape {
  success: z.ZodBoolean;
  summary: z.ZodString;
}

export interface OperationSpec<
  Input extends z.ZodObject,
  Output extends z.ZodObject<ResultShape & z.ZodRawShape>,
> extends Described {
  input: Input;
  output: Output;
  /** Loads heavy rooms by dynamic import, so that a server starts fast. Throws NetError. */
  run: (input: z.output<Input>, ports: OperationPorts, call: Call) => Promise<z.input<Output>>;
}

export type Result = Record<string, unknown>;

/** An operation with its types erased: it checks what comes in and what goes out against its own schemas. */
export interface Operation extends Described {
  inputSchema: () => JsonSchema;
  outputSchema: () => JsonSchema;
  /** The short forms of both that callers are shown in lists. */
  listed: () => { input: JsonSchema; output: JsonSchema };
  /** Throws NetError (unknown_argument, invalid_argument, limit_exceeded) before anything has happened. */
  run: (input: unknown, ports: OperationPorts, call: Call) => Promise<Result>;
}

export const defineOperation = <Input extends z.ZodObject, Output extends z.ZodObject<ResultShape & z.ZodRawShape>>(
  spec: OperationSpec<Input, Output>,
): Operation => {
  const { input, output, run, ...described } = spec;
  const inputSchema = inputJsonSchema(input, spec.long === true);
  const outputSchema = outputJsonSchema(output, spec.long === true);
  return {
    ...described,
    inputSchema,
    outputSchema,
    listed: () => ({ input: listedInput(inputSchema()), output: listedOutput(outputSchema()) }),
    run: async (raw, ports, call) => {
      const renamed = withOurNames(raw, spec.otherNames ?? {});
      const checked = checkInput(input, renamed, { schema: inputSchema, multiline: spec.multiline ?? [] });
      return checkOutput(output, await run(checked, ports, call), spec.name);
    },
  };
};
