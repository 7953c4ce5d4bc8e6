// The engine's exports. JavaScript puts the bytes of a capture file into the memory and calls `consume`; the tables are read afterwards.
// engine.ts says what each export means to its callers.
import { NOT_A_CAPTURE } from '../faults.ts';
import {
  flowSource,
  flowDestination,
  flowFamily,
  flowProtocol,
  flowSourcePort,
  flowDestinationPort,
  flowNode,
  flowFirstNumber,
  flowFirstTime,
  flowLastTime,
  flowPackets,
  flowBytes,
} from './flow-exports.ts';
import { flowCount } from './flows.ts';
import { take, taken } from './memory.ts';
import { clearIndex, indexed, startIndex } from './packet-index.ts';
import { fail, file, PCAP, UNKNOWN } from './records/file.ts';
import { pcapHeader, pcapRecords } from './records/pcap.ts';
import { nodeBytes, nodeCount, nodePackets, nodeParent, nodeProtocol } from './tree.ts';

export {
  flowSource,
  flowDestination,
  flowFamily,
  flowProtocol,
  flowSourcePort,
  flowDestinationPort,
  flowNode,
  flowFirstNumber,
  flowFirstTime,
  flowLastTime,
  flowPackets,
  flowBytes,
};
export { clearIndex, flowCount, indexed, nodeBytes, nodeCount, nodePackets, nodeParent, nodeProtocol, startIndex };

export function buffer(bytes: u32): usize {
  return take(bytes);
}

export function memoryTaken(): usize {
  return taken();
}

export function begin(maxPackets: u32): void {
  file.maxPackets = maxPackets;
}

export function consume(at: usize, end: usize, offset: f64): usize {
  if (file.fault !== 0) return at;
  let from = at;
  if (file.format === UNKNOWN) {
    if (end - at < 24) return at;
    if (!pcapHeader(at)) {
      fail(NOT_A_CAPTURE, offset);
      return at;
    }
    file.format = PCAP;
    from += 24;
  }
  return pcapRecords(from, end, offset + <f64>(from - at));
}

export function finish(): void {}

export function packetCount(): u32 {
  return file.packets;
}

export function fault(): u32 {
  return file.fault;
}

export function faultOffset(): f64 {
  return file.faultOffset;
}
