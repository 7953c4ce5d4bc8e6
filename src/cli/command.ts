// `netmcp ping HOST --count 4` and its like: a command derived from an operation, text for people or JSON.
import { NetError } from '../model/errors.ts';
import type { Operation } from '../operations/define.ts';
import type { Answer, Caller, Invoker } from '../operations/frame/invoke.ts';
import { plainText } from '../model/plain-text.ts';
import { printJson } from './call.ts';
import { argumentsOf, inputFrom } from './command-arguments.ts';
import type { ParsedLine } from './options.ts';
import { readable } from './readable.ts';
import type { Streams } from './streams.ts';

const progressLine = (streams: Streams): Caller['onProgress'] =>
  streams.progress
    ? ({ done, total, message }) => {
        // A message that counts itself says it better.
        const count = message.includes(String(done)) ? '' : `${done}${total === null ? '' : ` of ${total}`} `;
        streams.err(`\r\u001b[K${count}${plainText(message, 100)}`);
      }
    : undefined;

const answerOf = async (
  operation: Operation,
  line: ParsedLine,
  invoker: Invoker,
  caller: Caller,
  streams: Streams,
): Promise<Answer> => {
  try {
    // Refuses a disabled tool before anything is read.
    invoker.find(operation.name);
    const input = await inputFrom(argumentsOf(operation), line.positionals, line.values, streams);
    const onProgress = progressLine(streams);
    const answer = await invoker.invoke(operation.name, input, {
      ...caller,
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    if (streams.progress) streams.err('\r\u001b[K');
    return answer;
  } catch (error) {
    if (error instanceof NetError) return { ok: false, error };
    throw error;
  }
};

/** Exit status: 0 when the answer is a success, 1 when it is not (an unreachable host, a rolled-back change) or an error. */
export const runCommand = async (
  operation: Operation,
  line: ParsedLine,
  invoker: Invoker,
  caller: Caller,
  streams: Streams,
): Promise<number> => {
  const answer = await answerOf(operation, line, invoker, caller, streams);
  if (line.values.has('json') || !streams.terminal) printJson(answer, streams);
  else if (answer.ok) streams.out(readable(answer));
  else streams.err(readable(answer));
  return answer.ok && answer.result['success'] !== false ? 0 : 1;
};
