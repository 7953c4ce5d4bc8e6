// Before any test: the capture engine as its sources are now.
import { ensureEngine } from '../../scripts/lib/engine.mjs';

export const setup = ensureEngine;
