// HTTP/1: the request or status line and the headers of the message that begins in this segment (RFC 9112); bodies are not looked at.
import { FieldReader, flag, text, textOf, uint } from './field-reader.ts';
import type { FieldSink, Layer } from './layer.ts';

/** Bytes looked at, and headers given. */
const maxHeadBytes = 16_384;
const maxHeaders = 128;
const lineFeed = 10;

const methods: ReadonlySet<string> = new Set(
  'GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK SEARCH REPORT NOTIFY SUBSCRIBE UNSUBSCRIBE M-SEARCH'.split(
    ' ',
  ),
);

/** Headers that have a field of their own, in lower case. */
const headers: ReadonlyMap<string, string> = new Map(
  Object.entries({
    accept: 'http.accept',
    'accept-encoding': 'http.accept_encoding',
    'accept-language': 'http.accept_language',
    authorization: 'http.authorization',
    'cache-control': 'http.cache_control',
    connection: 'http.connection',
    'content-encoding': 'http.content_encoding',
    'content-type': 'http.content_type',
    cookie: 'http.cookie',
    date: 'http.date',
    host: 'http.host',
    'last-modified': 'http.last_modified',
    location: 'http.location',
    'proxy-authorization': 'http.proxy_authorization',
    referer: 'http.referer',
    server: 'http.server',
    'set-cookie': 'http.set_cookie',
    'transfer-encoding': 'http.transfer_encoding',
    upgrade: 'http.upgrade',
    'user-agent': 'http.user_agent',
    'www-authenticate': 'http.www_authenticate',
    'x-forwarded-for': 'http.x_forwarded_for',
  }),
);

const looks = (bytes: Uint8Array, at: number, end: number): 'request' | 'response' | undefined => {
  const start = String.fromCharCode(...bytes.subarray(at, Math.min(end, at + 14)));
  if (start.startsWith('HTTP/1.')) return 'response';
  const blank = start.indexOf(' ');
  return blank > 0 && methods.has(start.slice(0, blank)) ? 'request' : undefined;
};

/** The next line without its line break; undefined when it has no end. */
const nextLine = (reader: FieldReader): string | undefined => {
  const { bytes, at, end } = reader;
  const feed = bytes.subarray(at, end).indexOf(lineFeed);
  if (feed === -1) {
    reader.short = true;
    return undefined;
  }
  reader.at = at + feed + 1;
  return textOf(bytes.subarray(at, at + feed)).replace(/\r$/, '');
};

const requestLine = (line: string, sink: FieldSink): void => {
  const [method = '', ...rest] = line.split(' ');
  sink.field('http.request', true);
  sink.field('http.request.method', method);
  const version = rest.at(-1) ?? '';
  const versioned = rest.length > 1 && version.startsWith('HTTP/');
  const uri = (versioned ? rest.slice(0, -1) : rest).join(' ');
  sink.field('http.request.uri', uri);
  if (versioned) sink.field('http.request.version', version);
};

const statusLine = (line: string, sink: FieldSink): void => {
  const [version = '', code = '', ...phrase] = line.split(' ');
  sink.field('http.response', true);
  sink.field('http.response.version', version);
  if (/^\d{3}$/.test(code)) sink.field('http.response.code', Number(code));
  if (phrase.length > 0) sink.field('http.response.phrase', phrase.join(' '));
};

const header = (line: string, sink: FieldSink): void => {
  const colon = line.indexOf(':');
  if (colon === -1) return;
  const name = line.slice(0, colon).toLowerCase();
  const value = line.slice(colon + 1).trim();
  const field = headers.get(name);
  if (field !== undefined) sink.field(field, value);
  if (name !== 'content-length') return;
  sink.field('http.content_length_header', value);
  if (/^\d{1,15}$/.test(value)) sink.field('http.content_length', Number(value));
};

export const http: Layer = {
  name: 'http',
  title: 'Hypertext Transfer Protocol',
  leaf: true,
  fields: {
    'http.request': flag('Request'),
    'http.response': flag('Response'),
    'http.request.method': text('Method'),
    'http.request.uri': text('URI'),
    'http.request.version': text('Version'),
    'http.response.version': text('Version'),
    'http.response.code': uint('Status code'),
    'http.response.phrase': text('Reason'),
    'http.content_length_header': text('content-length as sent'),
    'http.content_length': uint('Content length'),
    ...Object.fromEntries([...headers].map(([name, field]) => [field, text(name)])),
  },
  claims: (transport, { bytes, at, end }) => transport === 'tcp' && looks(bytes, at, end) !== undefined,
  decode({ bytes, at, end, wire }, sink) {
    const reader = new FieldReader(bytes, at, Math.min(end, at + maxHeadBytes), sink);
    const kind = looks(bytes, at, end);
    if (kind === undefined) return undefined;
    const first = nextLine(reader);
    if (first !== undefined) (kind === 'request' ? requestLine : statusLine)(first, sink);
    for (let count = 0; count < maxHeaders && !reader.short; count += 1) {
      const line = nextLine(reader);
      if (line === '') return undefined;
      if (line !== undefined) header(line, sink);
    }
    if (end - at > maxHeadBytes) sink.note(`Only the first ${maxHeadBytes} bytes are looked at.`);
    else sink.note(wire > end ? 'The capture cut the headers.' : 'The headers continue in another segment.');
    return undefined;
  },
};
