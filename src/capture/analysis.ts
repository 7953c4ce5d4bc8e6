// The analysis of a capture: one pass over the file fills the engine's tables, from which every report is made. Kept for the next question.
import type { CaptureSource } from '../model/ports.ts';
import { createAnalysisCache } from './cache.ts';
import { readCapture, type ReadCapture, type ReadOptions } from './read.ts';

export interface Analysis extends ReadCapture {
  /** The file as resolved. */
  path: string;
}

const cache = createAnalysisCache((source, options) => readCapture(source, options));

/** Reads a capture, or takes what was read of the same file before. The source is taken over: it is closed in any case. */
export const analyseCapture = async (source: CaptureSource, options: ReadOptions): Promise<Analysis> => {
  const { path } = source;
  return { ...(await cache.get(source, options)), path };
};
