// IP headers made up by the tests, with whatever addresses they want.
import { encodeAddress } from '../../src/host/probe-sockets/address.ts';
import { internetChecksum } from '../../src/host/probe-sockets/packets.ts';

type Family = 4 | 6;

const addressBytes = (family: Family, address: string): Buffer => {
  const encoded = encodeAddress(family, { address, port: 0, scope: 0 });
  if (encoded === undefined) throw new Error(`${address} is no address`);
  return encoded.subarray(family === 4 ? 4 : 8, family === 4 ? 8 : 24);
};

/** In front of so many bytes of that protocol. */
export const ipHeader = (
  family: Family,
  protocol: number,
  [from, to]: readonly [string, string],
  length: number,
): Buffer => {
  const header = Buffer.alloc(family === 4 ? 20 : 40);
  if (family === 4) {
    header.writeUInt8(0x45, 0);
    header.writeUInt16BE(20 + length, 2);
    header.writeUInt8(63, 8);
    header.writeUInt8(protocol, 9);
    addressBytes(4, from).copy(header, 12);
    addressBytes(4, to).copy(header, 16);
    header.writeUInt16BE(internetChecksum(header), 10);
    return header;
  }
  header.writeUInt8(0x60, 0);
  header.writeUInt16BE(length, 4);
  header.writeUInt8(protocol, 6);
  header.writeUInt8(63, 7);
  addressBytes(6, from).copy(header, 8);
  addressBytes(6, to).copy(header, 24);
  return header;
};

/** An ICMPv6 packet with its checksum, which covers the addresses too (RFC 4443, 2.3). */
export const withChecksum6 = (packet: Buffer, [from, to]: readonly [string, string]): Buffer => {
  const pseudo = Buffer.alloc(40);
  addressBytes(6, from).copy(pseudo, 0);
  addressBytes(6, to).copy(pseudo, 16);
  pseudo.writeUInt32BE(packet.length, 32);
  pseudo.writeUInt8(58, 39);
  const whole = Buffer.from(packet);
  whole.writeUInt16BE(0, 2);
  whole.writeUInt16BE(internetChecksum(Buffer.concat([pseudo, whole])), 2);
  return whole;
};
