// One picture of the live monitor as lines of at most the terminal's width. Pure; every text of others is made safe to show.
import { plainText } from '../model/plain-text.ts';
import { scaled, sparkline } from './sparkline.ts';

export interface ViewDirection {
  direction: 'incoming' | 'outgoing';
  rung: string;
  /** Bits per second of each interval, oldest first. */
  bits: readonly number[];
  packetsPerSecond: number;
  totalBytes: number;
  protocols: readonly { protocol: string; percent: number }[] | null;
  talkers: readonly { label: string; bytes: number; packets: number | null }[] | null;
}

export interface ViewState {
  iface: string;
  seconds: number;
  directions: readonly ViewDirection[];
  notes: readonly string[];
}

export interface Screen {
  columns: number;
  rows: number;
  colour: boolean;
  unicode: boolean;
}

const maxTalkers = 10;

interface Refused {
  rung: string;
  message: string;
  hint: string;
}

/** Which better methods were refused, and why the best of them was; both directions may have asked for one. */
export const refusalNotes = (refused: readonly Refused[]): string[] => {
  const [best] = refused;
  if (best === undefined) return [];
  const rungs = [...new Set(refused.map(({ rung }) => rung))];
  return [`refused: ${rungs.join(', ')}`, `${best.rung}: ${best.message} ${best.hint}`];
};

/** Cut to the width before it is coloured, so that a line never wraps and no escape is cut in two. */
const cut = (text: string, { columns }: Screen): string => plainText(text, columns * 2).slice(0, columns);

const bold = (text: string, { colour }: Screen): string => (colour ? `\u001b[1m${text}\u001b[0m` : text);
const faint = (text: string, { colour }: Screen): string => (colour ? `\u001b[2m${text}\u001b[0m` : text);

const short = { incoming: 'in', outgoing: 'out' } as const;

const rateLine = (view: ViewDirection, screen: Screen): string => {
  const { direction, bits, packetsPerSecond, totalBytes } = view;
  const now = `${scaled(bits.at(-1) ?? 0)}bit/s`.padStart(12);
  const packets = `${scaled(packetsPerSecond)}p/s`.padStart(11);
  const head = `${short[direction].padEnd(4)}${now}${packets}`;
  const tail = `  ${scaled(totalBytes)}B`.padEnd(11);
  const room = screen.columns - head.length - tail.length - 2;
  // A narrow terminal has the numbers and no bars.
  const whole = room < 5 ? `${head}${tail}` : `${head}  ${sparkline(bits, Math.min(room, 120), screen.unicode)}${tail}`;
  return bold(cut(whole.trimEnd(), screen), screen);
};

const protocolLine = ({ direction, protocols, rung }: ViewDirection, screen: Screen): string => {
  const shares =
    protocols === null
      ? `protocols are not known to ${rung}`
      : protocols
          .slice(0, 6)
          .map(({ protocol, percent }) => `${protocol} ${percent} %`)
          .join('  ');
  return cut(`${short[direction].padEnd(4)}${shares === '' ? 'nothing yet' : shares}`, screen);
};

const talkerLines = ({ direction, talkers }: ViewDirection, screen: Screen, room: number): string[] => {
  if (talkers === null || talkers.length === 0 || room < 2) return [];
  const rows = talkers.slice(0, Math.min(maxTalkers, room - 1)).map(({ label, bytes, packets }) => {
    const numbers = `${scaled(bytes)}B`.padStart(10) + (packets === null ? '' : `${scaled(packets)}p`.padStart(10));
    return cut(`  ${numbers}  ${label}`, screen);
  });
  return [faint(cut(`talkers ${short[direction]}`, screen), screen), ...rows];
};

/** At most `rows - 1` lines, so that the last one never scrolls. */
export const pictureOf = (state: ViewState, screen: Screen): string[] => {
  const { iface, seconds, directions, notes } = state;
  const methods = directions.map(({ direction, rung }) => `${short[direction]} by ${rung}`).join(', ');
  const top = [
    cut(`${plainText(iface, 20)}  ${Math.floor(seconds)} s  ${methods}  q: quit`, screen),
    ...directions.map((view) => rateLine(view, screen)),
    '',
    ...directions.map((view) => protocolLine(view, screen)),
    ...notes.map((note) => faint(cut(note, screen), screen)),
  ];
  const room = screen.rows - 1 - top.length;
  const withTalkers = directions.filter(({ talkers }) => talkers !== null && talkers.length > 0);
  const each = Math.floor(room / Math.max(1, withTalkers.length));
  return [...top, ...withTalkers.flatMap((view) => talkerLines(view, screen, each))].slice(
    0,
    Math.max(1, screen.rows - 1),
  );
};
