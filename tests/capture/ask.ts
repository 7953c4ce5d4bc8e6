// The operations on captures as a caller has them: every folder may be read, everything that is no capture refuses.
import { createCaptures } from '../../src/host/captures.ts';
import type { OperationPorts } from '../../src/model/operation-ports.ts';
import type { CaptureSettings } from '../../src/model/ports.ts';
import type { Operation } from '../../src/operations/define.ts';
import { plainSettings, refusingPorts } from '../helpers/refusing-ports.ts';

export const captureCall = {
  signal: new AbortController().signal,
  progress: () => undefined,
  client: { kind: 'mcp', name: 'test', version: '1' },
} as const;

/** As an operator set them; without `some`, nothing is restricted. */
export const capturePorts = (some: Partial<CaptureSettings> = {}): OperationPorts => {
  const captures = { maxPackets: undefined, allowCustomFilters: true, allowedPaths: ['/'], ...some };
  return refusingPorts({ captures: createCaptures(captures), settings: { ...plainSettings, captures } });
};

export const answerOf = (
  operation: Operation,
  input: Record<string, unknown>,
  settings: Partial<CaptureSettings> = {},
) => operation.run(input, capturePorts(settings), captureCall);
