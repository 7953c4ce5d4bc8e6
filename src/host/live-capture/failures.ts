// Why tcpdump did not start, from what it said.
import { plainText } from '../../model/plain-text.ts';
import { NetError } from '../../model/errors.ts';
import type { LiveCaptureRequest } from '../../model/live-capture.ts';

/** The line that says what is wrong, without `tcpdump: `. */
export const complaintIn = (stderr: string): string => {
  const lines = stderr
    .split('\n')
    .filter((line) => line !== '' && !/^tcpdump: (listening on|verbose output|WARNING)/i.test(line));
  return plainText((lines[0] ?? '').replace(/^\S*tcpdump: /, ''), 300);
};

export const startFailure = (stderr: string, { iface, filter }: LiveCaptureRequest): NetError => {
  const said = complaintIn(stderr);
  if (/couldn't (change to|find user)/i.test(said)) {
    return new NetError(
      'not_permitted',
      `tcpdump cannot drop to a user of its own here: ${said}.`,
      'Run netmcp outside of this user namespace, or in one that maps the user tcpdump.',
    );
  }
  if (/permission|not permitted/i.test(said)) {
    return new NetError(
      'not_permitted',
      `This process may not capture on ${iface}: ${said}.`,
      'Run netmcp as root or with CAP_NET_RAW.',
    );
  }
  if (/not up|network is down/i.test(said)) {
    return new NetError('invalid_argument', `The interface ${iface} is down.`, `Bring it up: ip link set ${iface} up`);
  }
  if (/no such device/i.test(said)) {
    return new NetError(
      'not_found',
      `There is no interface ${iface} to capture on.`,
      'get_interfaces lists those there are.',
    );
  }
  // What is wrong with a filter takes many words; with one given and nothing else recognised, it is the likely cause.
  if (
    filter !== undefined &&
    /filter|syntax|expression|unknown|illegal|expected|keyword|host|port|expand|parse/i.test(said)
  ) {
    return new NetError(
      'invalid_argument',
      `tcpdump refuses the filter ${JSON.stringify(plainText(filter, 200))}: ${said}.`,
      'Write it as in pcap-filter(7), such as "tcp port 443 and host 192.0.2.1".',
    );
  }
  return new NetError(
    'internal',
    `tcpdump did not start capturing on ${iface}: ${said === '' ? 'it said nothing' : said}.`,
    `Try it by hand: tcpdump -i ${iface} -c 1`,
  );
};
