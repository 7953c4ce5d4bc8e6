// Teredo (RFC 4380): IPv6 in UDP, behind optional authentication and origin indications.
import type { Layer, LayerInput } from './layer.ts';
import { after, bytesAt, has, left, spec, u16, u8, uint } from './read.ts';

const port = 3544;

/** Length of the authentication before the rest, 0 without one. */
const authentication = (input: LayerInput): number =>
  left(input) >= 4 && u16(input, 0) === 1 ? 13 + u8(input, 2) + u8(input, 3) : 0;

const origin = (input: LayerInput, at: number): boolean => left(input) >= at + 8 && u16(input, at) === 0;

export const teredo: Layer = {
  name: 'teredo',
  title: 'Teredo IPv6 over UDP tunneling',
  fields: {
    'teredo.auth': spec('protocol', 'Authentication'),
    'teredo.auth.id': spec('bytes', 'Client'),
    'teredo.auth.nonce': spec('bytes', 'Nonce'),
    'teredo.orig': spec('protocol', 'Origin indication'),
    'teredo.orig.port': uint("Client's port"),
    'teredo.orig.addr': spec('ipv4', "Client's address"),
  },
  claims: (transport, { context }) =>
    transport === 'udp' && (context.destinationPort === port || context.sourcePort === port),
  decode: (input, sink) => {
    let header = authentication(input);
    if (header > 0) {
      if (!has(input, header, sink)) return undefined;
      sink.field('teredo.auth', true);
      sink.field('teredo.auth.id', bytesAt(input, 4, u8(input, 2)));
      sink.field('teredo.auth.nonce', bytesAt(input, header - 9, 8));
    }
    if (origin(input, header)) {
      sink.field('teredo.orig', true);
      // Both are sent inverted, so that address translation on the way leaves them alone.
      sink.field('teredo.orig.port', u16(input, header + 2) ^ 0xffff);
      sink.field(
        'teredo.orig.addr',
        bytesAt(input, header + 4, 4).map((byte) => byte ^ 0xff),
      );
      header += 8;
    }
    return left(input) > header && u8(input, header) >> 4 === 6 ? after(input, header, 'ipv6') : undefined;
  },
};
