// Puts one input through the operations that read captures: their answers are checked against their schemas, and only a NetError may be thrown.
import { NetError } from '../../../src/model/errors.ts';
import { captureOperations } from '../../../src/operations/capture/index.ts';
import type { Operation } from '../../../src/operations/define.ts';
import { plainSettings, refusingPorts } from '../../helpers/refusing-ports.ts';
import { filterExpressions } from '../filter-expressions.ts';
import { sourceOf } from '../reading-files.ts';
import { ensure } from './ensure.ts';
import type { Chance } from './mutate.ts';

const argumentsOf = ({ name }: Operation, random: Chance): Record<string, unknown> => {
  const file_path = 'fuzzed.pcap';
  if (name === 'get_packet') return { file_path, packet_number: 1 + random.below(20), payload: random.below(2) === 0 };
  if (name === 'filter_packets') return { file_path, filter: random.pick(filterExpressions) };
  if (name === 'analyze_throughput')
    return { file_path, min_duration_s: 0, interval_s: random.pick([0.001, 1, 86_400]) };
  return random.below(4) === 0 && name !== 'get_packet'
    ? { file_path, max_packets: 1 + random.below(30) }
    : { file_path };
};

const readers = captureOperations.filter(({ name }) => name !== 'capture_packets');

/** One of them, or all. */
export const checkOperations = async (bytes: Uint8Array, random: Chance, all: boolean): Promise<void> => {
  const { identity } = sourceOf(bytes);
  const settings = { ...plainSettings, captures: { ...plainSettings.captures, maxPackets: undefined } };
  const ports = refusingPorts({
    settings,
    captures: { open: () => Promise.resolve(sourceOf(bytes, Infinity, identity)) },
  });
  const call = {
    signal: new AbortController().signal,
    progress: () => undefined,
    client: { kind: 'cli', name: 'fuzz', version: '0' },
  } as const;
  for (const operation of all ? readers : [random.pick(readers)]) {
    try {
      await operation.run(argumentsOf(operation, random), ports, call);
    } catch (error) {
      if (!(error instanceof NetError)) throw new Error(`${operation.name} threw`, { cause: error });
      ensure(error.code !== 'internal', `${operation.name}: ${error.message}`);
    }
  }
};
