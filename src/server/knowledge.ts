// What resources, prompts and completion know, read only when asked for, and the protocol's errors for what they do not know.
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { fromUnknown } from '../model/errors.ts';
import type { Policy } from '../model/policy.ts';
import { nearNames } from '../operations/frame/near.ts';
import { plainText } from '../model/plain-text.ts';

export interface Knowledge {
  policy(): Promise<Policy>;
  /** Names of the host's interfaces; empty where they cannot be read. */
  interfaces(): Promise<string[]>;
}

/** Names safe to show: the kernel lets control characters into interface names. */
export const interfaceNames = async (knowledge: Knowledge): Promise<string[]> =>
  (await knowledge.interfaces()).filter((name) => plainText(name) === name);

export const quoted = (text: string): string => `"${plainText(text, 120)}"`;

/** `Did you mean a, b?`, or what to do when nothing is near. */
export const didYouMean = (name: string, known: readonly string[], otherwise: string): string => {
  const near = nearNames(name, known);
  return near.length === 0 ? otherwise : `Did you mean ${near.join(', ')}?`;
};

export const invalidParams = (message: string): ProtocolError =>
  new ProtocolError(ProtocolErrorCode.InvalidParams, message);

/** Whatever was thrown as an error of the protocol that still carries code and hint. */
export const protocolErrorOf = (error: unknown): ProtocolError => {
  if (error instanceof ProtocolError) return error;
  const { code, message, hint } = fromUnknown(error);
  const shown = `${plainText(message, 600)} ${plainText(hint, 300)}`;
  return new ProtocolError(ProtocolErrorCode.InternalError, shown, { code, hint: plainText(hint, 300) });
};
