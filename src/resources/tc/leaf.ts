// The queue at the end of every shaped class: what was wished, else the best AQM that the kernel has, and why.
import type { Finding } from '../../model/finding.ts';
import { info, warning } from '../../model/finding.ts';
import type { Params } from './params.ts';

export interface Leaf {
  kind: string;
  params: Params;
}

export interface LeafChoice {
  /** The leaf for a class that may send at `ceil` bits a second. */
  leafFor(ceil: number): Leaf;
  kind: string;
  findings: Finding[];
}

export interface LeafInput {
  /** Path of the wish that makes the leaf needed. */
  path: string;
  /** A leaf that was asked for. */
  wished: Leaf | undefined;
  /** Why the qdisc that was asked for cannot be the leaf, if one was. */
  unfit: string | undefined;
  qdiscs: readonly string[];
  /** Largest frame in bytes. */
  frame: number;
}

/** Queue of the plain fallback, in seconds at the class's ceil, and its least in frames. */
const fifoSeconds = 0.02;
const fifoFrames = 10;

/** Segmentation offload hands the queue up to 64 KiB at once (with the headers it will have); a shorter plain queue would drop it whole. */
const offloadBytes = 70_000;
/** Faster than any class that needs it, so that this bucket cuts packets up and never delays them. */
const splitterMbit = 1000;

const shortQueue = (ceil: number, frame: number, qdiscs: readonly string[]): Leaf => {
  const limit = Math.ceil(Math.max(fifoFrames * frame, (ceil / 8) * fifoSeconds));
  if (limit >= 2 * offloadBytes) return { kind: 'bfifo', params: { limit_bytes: limit } };
  if (!qdiscs.includes('tbf')) return { kind: 'bfifo', params: { limit_bytes: 2 * offloadBytes } };
  // A tbf splits what is longer than its bucket into frames before it queues them.
  return { kind: 'tbf', params: { rate_mbit: splitterMbit, burst_bytes: 5 * frame, limit_bytes: limit } };
};

/** Past this a queue is of no use to anybody. */
const targetMaxMs = 10_000;

/** CoDel must not take one frame's own time on a slow link for a standing queue. */
const codelParams = (ceil: number, frame: number): Params => {
  const frameMs = (frame * 8 * 1000) / ceil;
  if (frameMs * 1.5 <= 5) return {};
  const target = Math.min(targetMaxMs, Math.ceil(frameMs * 1.5));
  return { target_ms: target, interval_ms: 95 + target };
};

export const chooseLeaf = ({ path, wished, unfit, qdiscs, frame }: LeafInput): LeafChoice => {
  if (wished !== undefined) return { kind: wished.kind, leafFor: () => wished, findings: [] };
  const because = unfit === undefined ? '' : ` (${unfit})`;
  if (qdiscs.includes('fq_codel')) {
    return {
      kind: 'fq_codel',
      leafFor: (ceil) => ({ kind: 'fq_codel', params: codelParams(ceil, frame) }),
      findings: [
        info(
          path,
          'leaf_chosen',
          `fq_codel keeps the queue of each shaped class short${because}`,
          'Set qdisc to fq_codel, cake or sfq to choose another.',
        ),
      ],
    };
  }
  if (qdiscs.includes('cake')) {
    return {
      kind: 'cake',
      leafFor: () => ({ kind: 'cake', params: {} }),
      findings: [
        info(
          path,
          'leaf_chosen',
          `cake keeps the queue of each shaped class short: this kernel has no fq_codel${because}`,
          'Nothing needs to be done.',
        ),
      ],
    };
  }
  return {
    kind: 'bfifo',
    leafFor: (ceil) => shortQueue(ceil, frame, qdiscs),
    findings: [
      warning(
        path,
        'leaf_fallback',
        `this kernel has neither fq_codel nor cake: a plain queue of about ${fifoSeconds * 1000} ms bounds the delay, but flows are not kept apart${because}`,
        'Load or build sch_fq_codel for fair queueing.',
      ),
    ],
  };
};
