// 802.11 (IEEE 802.11): frame control and addresses; data that is not encrypted goes on with LLC.
import type { FieldSink, FieldSpecs, Layer, LayerInput, Next } from './layer.ts';
import { after, bytesAt, flag, has, left, spec, u8, uint } from './read.ts';
import { PADDED } from './radiotap.ts';

const control = {
  'wlan.fc.tods': 0x01,
  'wlan.fc.fromds': 0x02,
  'wlan.fc.frag': 0x04,
  'wlan.fc.retry': 0x08,
  'wlan.fc.pwrmgt': 0x10,
  'wlan.fc.moredata': 0x20,
  'wlan.fc.protected': 0x40,
  'wlan.fc.order': 0x80,
} as const;

const names: FieldSpecs = {
  'wlan.fc.version': uint('Version'),
  'wlan.fc.type': uint('Type: 0 management, 1 control, 2 data'),
  'wlan.fc.subtype': uint('Subtype'),
  'wlan.fc.type_subtype': uint('Type and subtype'),
  ...Object.fromEntries(Object.keys(control).map((name) => [name, flag(name.slice('wlan.fc.'.length))])),
  'wlan.duration': uint('Duration, microseconds'),
  'wlan.ra': spec('ether', 'Receiver'),
  'wlan.ta': spec('ether', 'Transmitter'),
  'wlan.da': spec('ether', 'Destination'),
  'wlan.sa': spec('ether', 'Source'),
  'wlan.bssid': spec('ether', 'Access point'),
  'wlan.addr': spec('ether', 'Any address'),
  'wlan.frag': uint('Fragment number'),
  'wlan.seq': uint('Sequence number'),
};

const address = (input: LayerInput, offset: number, meanings: readonly string[], sink: FieldSink): void => {
  if (left(input) < offset + 6) return;
  const bytes = bytesAt(input, offset, 6);
  for (const meaning of meanings) sink.field(`wlan.${meaning}`, bytes);
  sink.field('wlan.addr', bytes);
};

/** Meanings of the first three addresses by the bits to and from the distribution system. */
const meanings = [
  [['ra', 'da'], ['ta', 'sa'], ['bssid']],
  [['ra', 'bssid'], ['ta', 'sa'], ['da']],
  [['ra', 'da'], ['ta', 'bssid'], ['sa']],
  [['ra'], ['ta'], ['da']],
] as const;

const addresses = (input: LayerInput, sink: FieldSink): void => {
  const direction = u8(input, 1) & 3;
  for (const [index, meaning] of (meanings[direction] ?? []).entries()) address(input, 4 + 6 * index, meaning, sink);
  if (direction === 3) address(input, 24, ['sa'], sink);
  const sequence = input.view.getUint16(input.at + 22, true);
  sink.field('wlan.frag', sequence & 15);
  sink.field('wlan.seq', sequence >> 4);
};

const controlFields = (input: LayerInput, sink: FieldSink): void => {
  const type = (u8(input, 0) >> 2) & 3;
  const subtype = u8(input, 0) >> 4;
  sink.field('wlan.fc.version', u8(input, 0) & 3);
  sink.field('wlan.fc.type', type);
  sink.field('wlan.fc.subtype', subtype);
  sink.field('wlan.fc.type_subtype', type * 16 + subtype);
  for (const [name, bit] of Object.entries(control)) sink.field(name, (u8(input, 1) & bit) !== 0);
  sink.field('wlan.duration', input.view.getUint16(input.at + 2, true));
};

/** What a data frame carries, where it carries something that can be read. */
const payload = (input: LayerInput, sink: FieldSink): Next | undefined => {
  const subtype = u8(input, 0) >> 4;
  const flags = u8(input, 1);
  const quality = (subtype & 8) !== 0;
  const plain = (flags & 3) === 3 ? 30 : 24;
  const header = plain + (quality ? 2 + ((flags & 0x80) === 0 ? 0 : 4) : 0);
  if ((subtype & 4) !== 0 || !has(input, header, sink)) return undefined;
  if ((flags & 0x40) !== 0) {
    sink.note('The payload is encrypted.');
    return after(input, header, 'data');
  }
  if (quality && (u8(input, plain) & 0x80) !== 0) {
    sink.note('An aggregate of several frames (A-MSDU): not taken apart.');
    return after(input, header, 'data');
  }
  if ((input.view.getUint16(input.at + 22, true) & 15) !== 0) return after(input, header, 'data');
  const padded = input.context.announced === PADDED ? Math.ceil(header / 4) * 4 : header;
  return after(input, padded, 'llc');
};

export const wlan: Layer = {
  name: 'wlan',
  title: 'IEEE 802.11',
  fields: names,
  decode: (input, sink) => {
    if (!has(input, 10, sink)) return undefined;
    if (!input.brief) controlFields(input, sink);
    const type = (u8(input, 0) >> 2) & 3;
    if (type === 1) {
      address(input, 4, ['ra'], sink);
      // Acknowledgments and CTS have a receiver only.
      if (![12, 13].includes(u8(input, 0) >> 4)) address(input, 10, ['ta'], sink);
      return undefined;
    }
    if (!has(input, 24, sink)) return undefined;
    if (!input.brief) addresses(input, sink);
    return type === 2 ? payload(input, sink) : undefined;
  },
};
