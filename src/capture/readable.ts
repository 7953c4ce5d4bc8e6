// Whether there is anything to tell of a file: not a capture, empty and cut within its header are three different answers.
import { NetError } from '../model/errors.ts';
import { plainText } from '../model/plain-text.ts';
import type { End } from './coverage.ts';
import { NOT_A_CAPTURE } from './engine/faults.ts';
import { faultText } from './fault-texts.ts';

/** First bytes of pcap in both byte orders, micro- and nanoseconds, and of pcapng. */
const magics = ['a1b2c3d4', 'd4c3b2a1', 'a1b23c4d', '4d3cb2a1', '0a0d0d0a'];

const mayBegin = (beginning: Uint8Array): boolean => {
  const hex = Buffer.from(beginning).toString('hex');
  return magics.some((magic) => magic.startsWith(hex));
};

/** Throws not_a_capture, empty_capture, truncated_capture unless at least the header of the capture was read. */
export const checkReadable = (end: End, beginning: Uint8Array, path: string): void => {
  const { packets, taken, rest, fault, compression, failure } = end;
  if (packets > 0 || taken > 0) return;
  const shown = plainText(path);
  const content = compression === undefined ? shown : `What is packed in ${shown}`;
  if (fault === NOT_A_CAPTURE || (rest > 0 && !mayBegin(beginning))) {
    throw new NetError(
      'not_a_capture',
      `${content} is not a capture.`,
      'Pass a pcap or pcapng file; gzip and zstd are unpacked on the way.',
    );
  }
  if (failure !== undefined) {
    throw new NetError(
      failure.kind === 'truncated' ? 'truncated_capture' : 'not_a_capture',
      `Nothing of ${shown} can be unpacked: at byte ${failure.offset} ${failure.reason}.`,
      `Get the file again; ${compression} -t FILE tells whether it is whole.`,
    );
  }
  if (fault !== 0) {
    throw new NetError(
      'not_a_capture',
      `${content} cannot be read: at its first byte stands ${faultText(fault)}.`,
      'Write it anew as pcap or pcapng with a current tool, such as editcap.',
    );
  }
  if (rest === 0) throw new NetError('empty_capture', `${content} holds no byte.`, 'Make the capture again.');
  throw new NetError(
    'truncated_capture',
    `${content} ends within the header of a capture, after ${rest} bytes.`,
    'Get the file again: its beginning alone arrived.',
  );
};
