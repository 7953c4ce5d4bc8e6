// The address that a reverse DNS name (RFC 1035 3.5, RFC 3596 2.5) asks about.
import { addressOf, type Address } from '../../model/address.ts';

/** Undefined for any other name, a zone above single addresses included. `name` is lower case, without the dot at its end. */
export const reverseNameAddress = (name: string): Address | undefined => {
  const four = /^((?:(?:0|[1-9][0-9]{0,2})\.){4})in-addr\.arpa$/.exec(name)?.[1];
  if (four !== undefined) {
    const bytes = four.split('.').slice(0, 4).reverse().map(Number);
    return bytes.every((byte) => byte <= 255) ? addressOf(bytes) : undefined;
  }
  const six = /^((?:[0-9a-f]\.){32})ip6\.arpa$/.exec(name)?.[1];
  if (six === undefined) return undefined;
  const digits = six.split('.').slice(0, 32).reverse();
  return addressOf(
    Array.from({ length: 16 }, (_, at) => parseInt(`${digits[at * 2] ?? ''}${digits[at * 2 + 1] ?? ''}`, 16)),
  );
};
