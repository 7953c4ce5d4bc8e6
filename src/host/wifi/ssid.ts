// SSIDs are up to 32 bytes that anybody may choose. iw prints each byte that is not plain ASCII, and the backslash, as `\xNN`.
import { plainText } from '../../model/plain-text.ts';

export interface Ssid {
  /** Null: hidden, or no valid UTF-8. */
  ssid: string | null;
  /** The bytes, where the text does not show them all: control characters in it, or no UTF-8. */
  ssidHex: string | undefined;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const decode = (bytes: Buffer): string | undefined => {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
};

const bytesOf = (escaped: string): Buffer => {
  const parts = escaped.slice(0, 4 * 64).match(/\\x[0-9a-f]{2}|[^]/gi) ?? [];
  return Buffer.concat(
    parts.map((part) =>
      /^\\x[0-9a-f]{2}$/i.test(part) ? Buffer.from(part.slice(2), 'hex') : Buffer.from(part, 'utf8'),
    ),
  );
};

/** An access point that hides its name sends none, or as many zero bytes as the name has. */
export const parseSsid = (escaped: string): Ssid => {
  const bytes = bytesOf(escaped);
  if (bytes.every((byte) => byte === 0)) return { ssid: null, ssidHex: undefined };
  const text = decode(bytes);
  const shown = text === undefined ? null : plainText(text, 64);
  return { ssid: shown, ssidHex: shown === text ? undefined : bytes.toString('hex') };
};
