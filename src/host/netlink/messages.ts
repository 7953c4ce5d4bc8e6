// Netlink messages (struct nlmsghdr, netlink(7)) to and from bytes: requests, what a datagram holds, and the kernel's answer to a request.
import { attributesByType, textOf } from './attributes.ts';

const headerBytes = 16;

export const NLM_F_REQUEST = 1;
export const NLM_F_ACK = 4;
export const NLM_F_DUMP_INTR = 0x10;
export const NLM_F_EXCL = 0x200;
export const NLM_F_DUMP = 0x300;
export const NLM_F_CREATE = 0x400;
/** In an answer of type error or done: the request is not repeated whole, and attributes follow. */
const NLM_F_CAPPED = 0x100;
const NLM_F_ACK_TLVS = 0x200;

export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
const NLMSGERR_ATTR_MSG = 1;

export interface NetlinkMessage {
  type: number;
  flags: number;
  sequence: number;
  /** Behind the header. */
  body: Buffer;
}

export interface Request {
  type: number;
  flags: number;
  /** The family's own header and the attributes. */
  body: readonly Buffer[];
}

export const encodeRequest = ({ type, flags, body }: Request, sequence: number): Buffer => {
  const content = Buffer.concat(body);
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32LE(headerBytes + content.length, 0);
  header.writeUInt16LE(type, 4);
  header.writeUInt16LE(flags, 6);
  header.writeUInt32LE(sequence, 8);
  return Buffer.concat([header, content]);
};

/** The messages of a datagram, in order; what is behind a length that does not fit is left out. */
export const readMessages = (bytes: Buffer): NetlinkMessage[] => {
  const found: NetlinkMessage[] = [];
  let at = 0;
  while (at + headerBytes <= bytes.length) {
    const length = bytes.readUInt32LE(at);
    if (length < headerBytes || at + length > bytes.length) break;
    found.push({
      type: bytes.readUInt16LE(at + 4),
      flags: bytes.readUInt16LE(at + 6),
      sequence: bytes.readUInt32LE(at + 8),
      body: bytes.subarray(at + headerBytes, at + length),
    });
    at += (length + 3) & ~3;
  }
  return found;
};

export interface KernelAnswer {
  /** 0 for success. */
  errno: number;
  /** What the kernel says about it (extended acknowledgement, Linux 4.12); empty where it says nothing. */
  text: string;
}

/** What a message of type error (an acknowledgement too) or done says; one too short to say anything is EPROTO. */
export const readAnswer = ({ type, flags, body }: NetlinkMessage): KernelAnswer => {
  // NLMSG_DONE of old kernels may come without a status.
  if (body.length < 4) return { errno: type === NLMSG_DONE ? 0 : 71, text: '' };
  const errno = Math.abs(body.readInt32LE(0));
  if ((flags & NLM_F_ACK_TLVS) === 0) return { errno, text: '' };
  if (type === NLMSG_DONE)
    return { errno, text: textOf(attributesByType(body.subarray(4)).get(NLMSGERR_ATTR_MSG)) ?? '' };
  const repeated = errno === 0 || (flags & NLM_F_CAPPED) !== 0 || body.length < 8 ? headerBytes : body.readUInt32LE(4);
  const behind = body.subarray(Math.min(4 + ((repeated + 3) & ~3), body.length));
  return { errno, text: textOf(attributesByType(behind).get(NLMSGERR_ATTR_MSG)) ?? '' };
};
