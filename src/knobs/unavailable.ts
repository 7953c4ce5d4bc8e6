// What is said where the host cannot have a wish: asked for by name it is an error, else it is left out with a warning.
import type { Finding } from '../model/finding.ts';
import { error, warning } from '../model/finding.ts';
import type { KnobContext } from '../model/knob.ts';

/** Why this host cannot have what was wished. */
export type Lack = Pick<Finding, 'code' | 'message' | 'hint'>;

export const leftOut = (path: string, { code, message, hint }: Lack): Finding =>
  warning(path, code, `left out: ${message}`, hint);

export const unavailable = (path: string, context: KnobContext, lack: Lack): Finding =>
  context.origin(path) === 'plan' ? error(path, lack.code, lack.message, lack.hint) : leftOut(path, lack);
