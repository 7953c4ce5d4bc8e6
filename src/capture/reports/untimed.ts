// Packets without a time (pcapng's simple packet blocks): between them nothing can be timed, and no RTT or response time is made of them.
import type { EngineExports } from '../engine/engine.ts';

/**
 * Whether some of these flows have packets without a time, so that times measured over all of them would mean nothing. Of flows that were put
 * out it is not known any more: then they count as having some.
 */
export const someUntimed = (exports: EngineExports, concerns: (flow: number) => boolean): boolean => {
  if (exports.untimedPackets() === 0) return false;
  if (exports.otherFlows() !== 0) return true;
  for (let flow = 1; flow <= exports.flowCount(); flow++) {
    if (exports.flowUsed(flow) !== 0 && exports.flowUntimed(flow) !== 0 && concerns(flow)) return true;
  }
  return false;
};
