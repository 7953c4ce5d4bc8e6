// Errors of filter expressions: what is wrong, at which character, and how to write it.
import { NetError } from '../../model/errors.ts';
import { plainText } from '../../model/plain-text.ts';

/** `at` counts from 0; people are told from 1. */
export const filterFault = (message: string, at: number, hint: string): NetError =>
  new NetError('invalid_argument', `Filter, character ${at + 1}: ${message}`, hint, { details: { character: at + 1 } });

/** A piece of the expression as an error quotes it. */
export const quoted = (text: string): string => `"${plainText(text, 60)}"`;
