// NTP and SNTP: the header of versions 1 to 4 (RFC 5905); times in seconds since 1970.
import { FieldReader, noteShort, raw, time, uint, usesPort } from './field-reader.ts';
import type { Layer } from './layer.ts';

/** Seconds from NTP's first era (1900) to 1970. */
const eraOffset = 2_208_988_800;
const eraSeconds = 4_294_967_296;
/** Modes 6 and 7 have another header. */
const lastMode = 5;

/** A 64-bit NTP time; the era is chosen so that it lies between 1968 and 2104 (RFC 4330 section 3). */
const timestamp = (reader: FieldReader, name: string): void => {
  const seconds = reader.number(4);
  const fraction = reader.number(4) / eraSeconds;
  const era = seconds < 0x80000000 ? eraSeconds : 0;
  // All zero: not known. Shown as time 0 rather than as the start of an era.
  reader.field(name, seconds === 0 && fraction === 0 ? 0 : seconds + era - eraOffset + fraction);
};

export const ntp: Layer = {
  name: 'ntp',
  title: 'Network Time Protocol',
  leaf: true,
  fields: {
    'ntp.flags': uint('Flags'),
    'ntp.flags.li': uint('Leap indicator'),
    'ntp.flags.vn': uint('Version'),
    'ntp.flags.mode': uint('Mode'),
    'ntp.stratum': uint('Peer clock stratum'),
    'ntp.ppoll': uint('Peer polling interval (log2 s)'),
    'ntp.precision': uint('Peer clock precision (log2 s, as a byte)'),
    'ntp.rootdelay': uint('Root delay (1/65536 s)'),
    'ntp.rootdispersion': uint('Root dispersion (1/65536 s)'),
    'ntp.refid': raw('Reference ID'),
    'ntp.reftime': time('Reference time'),
    'ntp.org': time('Origin time'),
    'ntp.rec': time('Receive time'),
    'ntp.xmt': time('Transmit time'),
    'ntp.keyid': raw('Key ID'),
    'ntp.mac': raw('Message authentication code'),
  },
  claims: (transport, { context }) => transport === 'udp' && usesPort(context, 123),
  decode(input, sink) {
    const { bytes, at, end, wire } = input;
    const reader = new FieldReader(bytes, at, end, sink);
    const flags = reader.uint('ntp.flags', 1);
    reader.field('ntp.flags.li', flags >> 6);
    reader.field('ntp.flags.vn', (flags >> 3) & 7);
    reader.field('ntp.flags.mode', flags & 7);
    if ((flags & 7) > lastMode) return undefined;
    reader.uint('ntp.stratum', 1);
    reader.uint('ntp.ppoll', 1);
    reader.uint('ntp.precision', 1);
    reader.uint('ntp.rootdelay', 4);
    reader.uint('ntp.rootdispersion', 4);
    reader.raw('ntp.refid', 4);
    for (const name of ['reftime', 'org', 'rec', 'xmt']) timestamp(reader, `ntp.${name}`);
    // A key identifier and a digest of 16 or 20 bytes; extension fields of version 4 are longer.
    if (wire === end && (reader.left === 20 || reader.left === 24)) {
      reader.raw('ntp.keyid', 4);
      reader.raw('ntp.mac', reader.left);
    }
    noteShort(reader, input, sink);
    return undefined;
  },
};
