// Pings by the system's own program: where this process may open no ping socket, and on macOS and Windows.
import type { Binary } from '../model/command.ts';
import { NetError } from '../model/errors.ts';
import type { Platform } from '../model/operation-ports.ts';
import { plainText } from '../model/plain-text.ts';
import type { Exec, ExecResult } from '../model/ports.ts';
import type { EchoReport, EchoRequest } from './echo/report.ts';
import { parseUnixPing, parseWindowsPing, type PingText } from './ping-text.ts';

interface Invocation {
  binary: Binary;
  args: string[];
  notes: string[];
}

const seconds = (ms: number): string => String(Math.round(ms) / 1000);

/** ping refuses ordinary users less; newer ones would take 2 ms. */
const smallestIntervalMs = 200;

const onLinux = (request: EchoRequest): Invocation => {
  const { address, family, count, payloadBytes, hopLimit, dontFragment } = request;
  const intervalMs = Math.max(request.intervalMs, smallestIntervalMs);
  return {
    binary: 'ping',
    args: [
      ...['-n', `-${family}`, '-c', String(count), '-i', seconds(intervalMs)],
      // Whole seconds: older ones take no others.
      ...['-W', String(Math.ceil(request.timeoutMs / 1000)), '-s', String(payloadBytes)],
      ...(hopLimit === undefined ? [] : ['-t', String(hopLimit)]),
      ...(dontFragment ? ['-M', 'do'] : []),
      address,
    ],
    notes: intervalMs > request.intervalMs ? ['The interval was raised to 0.2 s, the least that ping allows.'] : [],
  };
};

const onMac = (request: EchoRequest): Invocation => {
  const { address, family, count, timeoutMs, payloadBytes, hopLimit, dontFragment } = request;
  const intervalMs = Math.max(request.intervalMs, smallestIntervalMs);
  const common = ['-c', String(count), '-i', seconds(intervalMs)];
  const hops = (option: string): string[] => (hopLimit === undefined ? [] : [option, String(hopLimit)]);
  if (family === 6) {
    const notes = [
      'ping6 takes no time to wait for a reply, so timeout_s does not apply.',
      ...(dontFragment ? ['ping6 cannot forbid fragments; dont_fragment was left out.'] : []),
    ];
    return { binary: 'ping6', args: ['-n', ...common, '-s', String(payloadBytes), ...hops('-h'), address], notes };
  }
  const size = ['-W', String(Math.ceil(timeoutMs)), '-s', String(payloadBytes)];
  return {
    binary: 'ping',
    args: ['-n', ...(dontFragment ? ['-D'] : []), ...common, ...size, ...hops('-m'), address],
    notes: [],
  };
};

const onWindows = (request: EchoRequest): Invocation => {
  const { address, family, count, timeoutMs, payloadBytes, hopLimit, dontFragment } = request;
  return {
    binary: 'ping',
    args: [
      ...[`-${family}`, ...(dontFragment && family === 4 ? ['-f'] : [])],
      ...['-w', String(Math.ceil(timeoutMs)), '-l', String(payloadBytes)],
      ...(hopLimit === undefined ? [] : ['-i', String(hopLimit)]),
      ...['-n', String(count), address],
    ],
    notes: ['Windows pings once a second and tells whole milliseconds; less than 1 counts as 1.'],
  };
};

const invocations: Readonly<Record<Platform, (request: EchoRequest) => Invocation>> = {
  linux: onLinux,
  darwin: onMac,
  win32: onWindows,
};

/** The program said nothing that could be read as an answer: it failed itself. */
const failed = ({ code, stdout, stderr }: ExecResult): NetError => {
  const lines = `${stdout.trim()}\n${stderr.trim()}`.split('\n', 100);
  const refused = lines.find((line) => /not permitted|permission denied|lacking privilege/i.test(line));
  const said = plainText(refused ?? lines.at(-1) ?? '', 200);
  if (refused !== undefined) {
    return new NetError(
      'not_permitted',
      `The ping program may not open its socket either: ${said}`,
      "As root: sysctl -w net.ipv4.ping_group_range='0 2147483647' (for both families), or run netmcp as root, or setcap cap_net_raw+ep on the ping program.",
    );
  }
  return new NetError(
    'step_failed',
    `The ping program failed (exit code ${code ?? 'none'}): ${said}`,
    'Run it by hand to see what it lacks; its package on Debian is iputils-ping.',
  );
};

const asReport = (parsed: PingText, { count }: EchoRequest, notes: readonly string[]): EchoReport => ({
  method: 'ping_binary',
  sent: Math.min(parsed.sent ?? count, count),
  replies: parsed.replies.slice(0, count),
  duplicates: parsed.duplicates,
  errors: parsed.errors,
  notes: [...notes],
});

export const pingByBinary = async (
  request: EchoRequest,
  { exec, platform, signal }: { exec: Exec; platform: Platform; signal: AbortSignal },
): Promise<EchoReport> => {
  const { binary, args, notes } = invocations[platform](request);
  const { count, intervalMs, timeoutMs, address } = request;
  const longest = count * Math.max(intervalMs, platform === 'win32' ? 1000 + timeoutMs : smallestIntervalMs);
  const result = await exec.run({
    binary,
    args,
    signal,
    timeoutMs: longest + Math.max(timeoutMs, 10_000) + 5000,
    maxOutputBytes: 1024 * 1024,
  });
  const parsed =
    platform === 'win32'
      ? parseWindowsPing(result.stdout, address)
      : parseUnixPing(`${result.stdout}\n${result.stderr}`);
  const heard = parsed.sent !== null || parsed.replies.length + parsed.errors.length > 0;
  if (!heard) throw failed(result);
  return asReport(parsed, request, notes);
};
