// Random identifiers: 128 bits, lower-case base 32, sortable by nothing and guessable by nobody.
import { randomBytes } from 'node:crypto';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

const random = (): string => {
  let bits = 0n;
  for (const byte of randomBytes(16)) bits = (bits << 8n) | BigInt(byte);
  let text = '';
  for (let index = 0; index < 26; index += 1) {
    text += alphabet.charAt(Number(bits & 31n));
    bits >>= 5n;
  }
  return text;
};

export const newChangeId = (): string => `chg_${random()}`;
export const newCheckpointId = (): string => `cp_${random()}`;
export const newPlanId = (): string => `plan_${random()}`;
