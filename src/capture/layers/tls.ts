// TLS records in a TCP segment: handshake messages in the clear, alerts, and lengths of the rest (RFC 8446 section 5).
import { FieldReader, raw, uint } from './field-reader.ts';
import type { Layer } from './layer.ts';
import { handshakeFields, handshakeMessages } from './tls-handshake.ts';

const changeCipherSpec = 20;
const alert = 21;
const handshake = 22;
const applicationData = 23;
const heartbeat = 24;
/** RFC 5246 6.2.3: 2^14 and 2048 bytes of overhead. */
const maxRecord = 18_432;
/** Records looked at in one segment. */
const maxRecords = 256;

const isRecord = (bytes: Uint8Array, at: number, end: number): boolean => {
  if (end - at < 5) return false;
  const [type = 0, major = 0, minor = 0, high = 0, low = 0] = bytes.subarray(at, at + 5);
  const length = high * 256 + low;
  return (
    type >= changeCipherSpec && type <= heartbeat && major === 3 && minor <= 4 && length > 0 && length <= maxRecord
  );
};

const alertMessage = (body: FieldReader): void => {
  // Longer ones are encrypted.
  if (body.left !== 2) return;
  body.uint('tls.alert_message.level', 1);
  body.uint('tls.alert_message.desc', 1);
};

export const tls: Layer = {
  name: 'tls',
  title: 'Transport Layer Security',
  leaf: true,
  fields: {
    'tls.record.content_type': uint('Content type: 20 change cipher spec, 21 alert, 22 handshake, 23 application data'),
    'tls.record.version': uint('Version of the record'),
    'tls.record.length': uint('Length of the record'),
    'tls.alert_message.level': uint('Alert level: 1 warning, 2 fatal'),
    'tls.alert_message.desc': uint('Alert description'),
    'tls.app_data': raw('Encrypted application data'),
    ...handshakeFields,
  },
  claims: (transport, { bytes, at, end }) => transport === 'tcp' && isRecord(bytes, at, end),
  decode({ bytes, at, end, wire }, sink) {
    const reader = new FieldReader(bytes, at, end, sink);
    let encrypted = false;
    for (let count = 0; count < maxRecords && reader.left > 0; count += 1) {
      if (!isRecord(bytes, reader.at, reader.end)) {
        sink.note(reader.left < 5 ? 'The next record continues elsewhere.' : 'What follows is no record.');
        return undefined;
      }
      const type = reader.uint('tls.record.content_type', 1);
      reader.uint('tls.record.version', 2);
      const body = reader.part(reader.uint('tls.record.length', 2));
      if (type === changeCipherSpec) encrypted = true;
      else if (type === alert && !encrypted) alertMessage(body);
      else if (type === handshake && !encrypted) handshakeMessages(body);
      else if (type === applicationData && reader.has(0)) body.raw('tls.app_data', body.left);
    }
    if (reader.short)
      sink.note(wire > end ? 'The capture cut this record.' : 'This record continues in the next segment.');
    return undefined;
  },
};
