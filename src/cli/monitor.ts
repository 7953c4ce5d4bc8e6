// `netmcp monitor [IFACE]`: network_monitor's own measurement, shown while it runs: a picture on a terminal, a JSON line an interval in a pipe.
import { fromUnknown } from '../model/errors.ts';
import type { OperationPorts } from '../model/operation-ports.ts';
import { plainText } from '../model/plain-text.ts';
import type { DirectionCounts, TrafficDirection } from '../model/traffic.ts';
import type { Tick } from '../monitor/watch.ts';
import type { Operation } from '../operations/define.ts';
import type { LiveDirection } from '../operations/monitor/live.ts';
import type { Running } from '../operations/monitor/session.ts';
import type { Caller, Invoker } from '../operations/frame/invoke.ts';
import { argumentsOf, inputFrom } from './command-arguments.ts';
import { runCommand } from './command.ts';
import type { LiveTerminal } from './live-terminal.ts';
import { pictureOf, refusalNotes, type ViewDirection } from './monitor-view.ts';
import type { ParsedLine } from './options.ts';
import type { Streams } from './streams.ts';
import { UsageError } from './usage.ts';

export interface MonitorCommand {
  operation: Operation;
  line: ParsedLine;
  invoker: Invoker;
  ports: OperationPorts;
  caller: Caller;
  streams: Streams;
  terminal: LiveTerminal;
}

/** Intervals that the widest line of bars can show. */
const maxBars = 120;

const enter = '\u001b[?1049h\u001b[?25l';
const leave = '\u001b[?25h\u001b[?1049l';

const draw = (lines: readonly string[], terminal: LiveTerminal): void => {
  terminal.write(`\u001b[H${lines.map((line) => `${line}\u001b[K`).join('\r\n')}\u001b[J`);
};

type Show = (tick: Tick, running: Running) => Promise<void> | void;

type ViewOf = (direction: TrafficDirection, total: DirectionCounts, running: Running) => Promise<LiveDirection>;

const picture = (viewOf: ViewOf, terminal: LiveTerminal): Show => {
  const bits = new Map<string, number[]>();
  let seconds = 0;
  return async (tick, running) => {
    seconds += tick.directions[0]?.interval.seconds ?? 0;
    const directions: ViewDirection[] = [];
    for (const { direction, interval, total } of tick.directions) {
      const row = [...(bits.get(direction) ?? []), (interval.bytes * 8) / interval.seconds].slice(-maxBars);
      bits.set(direction, row);
      directions.push({
        direction,
        bits: row,
        packetsPerSecond: interval.packets / interval.seconds,
        totalBytes: Number(total.bytes),
        ...(await viewOf(direction, total, running)),
      });
    }
    const { colour, unicode } = terminal;
    const notes = refusalNotes(running.opened.flatMap((each) => each.refused));
    const screen = { columns: terminal.columns(), rows: terminal.rows(), colour, unicode };
    draw(pictureOf({ iface: running.link.iface, seconds, directions, notes }, screen), terminal);
  };
};

const failed = (error: unknown, streams: Streams): number => {
  const { code, message, hint } = fromUnknown(error);
  streams.err(`${code}: ${plainText(message, 1000)}\nhint: ${plainText(hint, 1000)}\n`);
  return 1;
};

/** Until it is quit, its --duration-s is over, or the interface goes. */
const live = async (command: MonitorCommand): Promise<number> => {
  const { operation, line, invoker, ports, caller, streams, terminal } = command;
  const quit = new AbortController();
  const stop = (): void => {
    quit.abort();
  };
  const ends = [terminal.onClosed(stop)];
  const restore = (): void => {
    terminal.write(leave);
  };
  try {
    invoker.find(operation.name);
    const [{ measureLive, viewOf }, { createLines }] = await Promise.all([
      import('../operations/monitor/live.ts'),
      import('../operations/monitor/live-line.ts'),
    ]);
    const input = await inputFrom(argumentsOf(operation), line.positionals, line.values, streams);
    const signal = AbortSignal.any([caller.signal, quit.signal]);
    const begun = (): Show => {
      if (!streams.terminal) {
        const line = createLines();
        return async (tick, running) => {
          terminal.write(`${await line(tick, running)}\n`);
        };
      }
      ends.push(
        terminal.onKey((key) => {
          if (key === 'q' || key === 'Q' || key === '\u0003') quit.abort();
        }),
      );
      terminal.write(enter);
      process.once('exit', restore);
      ends.push(() => {
        process.off('exit', restore);
        restore();
      });
      return picture(viewOf, terminal);
    };
    let show: Show | undefined;
    const { early } = await measureLive(input, ports, signal, (tick, running) => {
      show ??= begun();
      return show(tick, running);
    });
    while (ends.length > 0) ends.pop()?.();
    if (early === undefined) return 0;
    streams.err(`${early}\n`);
    return 1;
  } catch (error) {
    while (ends.length > 0) ends.pop()?.();
    if (error instanceof UsageError) throw error;
    // Whoever quits has seen what was wanted.
    return quit.signal.aborted || caller.signal.aborted ? 0 : failed(error, streams);
  }
};

/** What was has no live view either. */
export const monitor = async (command: MonitorCommand): Promise<number> => {
  const { operation, line, invoker, caller, streams } = command;
  const once = line.values.has('json') || line.values.has('history-s');
  return once ? runCommand(operation, line, invoker, caller, streams) : live(command);
};
