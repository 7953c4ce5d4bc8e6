// Values and paths as they may stand in a message.
import { plainText } from '../../model/plain-text.ts';

const control = /[\u0000-\u001f\u007f-\u009f]/;
const controlButLines = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/** The first control character in it as `U+000A`; line breaks and tabs pass when `multiline`. */
export const controlCharacterIn = (text: string, multiline: boolean): string | undefined => {
  const found = (multiline ? controlButLines : control).exec(text)?.[0];
  return found === undefined ? undefined : `U+${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
};

/** A value as it may stand in an error message: its kind, and a short safe piece of it. */
export const showValue = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return `string ${JSON.stringify(plainText(value, 60))}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'number' || typeof value === 'boolean') return `${typeof value} ${String(value)}`;
  return typeof value;
};

/** `changes.sysctl.net.core.rmem_max`, `ports[2]`; keys shown safely. */
export const showPath = (path: readonly PropertyKey[]): string =>
  path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${plainText(String(step), 80)}`,
    )
    .join('');
