// The engine's faults in words that go on after "At byte N stands ".
import * as faults from './engine/faults.ts';

const texts: ReadonlyMap<number, string> = new Map([
  [faults.NOT_A_CAPTURE, 'what is no header of a capture'],
  [faults.RECORD_TOO_LONG, 'a record that says it is longer than a packet can be'],
  [faults.UNSUPPORTED_VERSION, 'a header of a version that is not known'],
  [faults.BAD_BLOCK_LENGTH, 'a block whose length cannot be right'],
  [faults.BAD_BYTE_ORDER, 'a section that names no byte order'],
  [faults.UNKNOWN_INTERFACE, 'a packet of an interface that was not described before'],
  [faults.BLOCK_TOO_LONG, 'a block that is longer than those of its kind can be'],
  [faults.PACKET_BEYOND_BLOCK, 'a packet that says it is longer than its block'],
  [faults.TOO_MANY_INTERFACES, 'the description of one interface more than can be kept'],
]);

export const faultText = (fault: number): string => texts.get(fault) ?? `what cannot be read (fault ${fault})`;
