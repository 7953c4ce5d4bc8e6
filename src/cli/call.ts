// `netmcp call TOOL ['JSON' | -]`: one operation, its structured result as JSON on stdout, errors too.
import { NetError } from '../model/errors.ts';
import type { Answer, Caller, Invoker } from '../operations/frame/invoke.ts';
import { plainText } from '../model/plain-text.ts';
import type { Streams } from './streams.ts';
import { UsageError } from './usage.ts';

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? plainText(error.message, 160) : '';
    throw new NetError(
      'invalid_argument',
      `The arguments are not JSON: ${why}`,
      `Pass one JSON object, such as '{"interface":"eth0"}'.`,
      {
        cause: error,
      },
    );
  }
};

const readArguments = async (word: string | undefined, streams: Streams): Promise<unknown> => {
  const text = word === '-' ? await streams.readInput() : (word ?? '{}');
  const input = parseJson(text);
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input;
  throw new NetError(
    'invalid_argument',
    'The arguments are not a JSON object.',
    `Pass one JSON object, such as '{"interface":"eth0"}'.`,
  );
};

/** The exit status with which an answer ends the process, after printing it. */
export const printJson = (answer: Answer, streams: Streams): number => {
  streams.out(`${JSON.stringify(answer.ok ? answer.result : { error: answer.error.toReport() }, null, 2)}\n`);
  return answer.ok ? 0 : 1;
};

export const call = async (
  words: readonly string[],
  invoker: Invoker,
  caller: Caller,
  streams: Streams,
): Promise<number> => {
  const [tool, json, ...more] = words;
  if (tool === undefined)
    throw new UsageError('call needs the name of a tool.', "Usage: netmcp call TOOL ['JSON' | -]; see: netmcp tools");
  if (more.length > 0)
    throw new UsageError(
      'call takes a tool and one JSON text.',
      'Put the JSON in single quotes, or pass - and pipe it in.',
    );
  // A name nobody knows is told before stdin is waited for.
  const known = await lookUp(tool, invoker);
  if (!known.ok) return printJson(known, streams);
  try {
    return printJson(await invoker.invoke(tool, await readArguments(json, streams), caller), streams);
  } catch (error) {
    if (error instanceof NetError) return printJson({ ok: false, error }, streams);
    throw error;
  }
};

const lookUp = async (tool: string, invoker: Invoker): Promise<Answer> => {
  try {
    invoker.find(tool);
    return { ok: true, result: {} };
  } catch (error) {
    if (error instanceof NetError) return { ok: false, error };
    throw error;
  }
};
