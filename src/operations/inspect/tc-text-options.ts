// A qdisc's options and counters in words, from the names with units that tc-options.ts gives them.
import { plainText } from '../../model/plain-text.ts';
import type { Qdisc } from './tc-text.ts';

const endings: readonly (readonly [ending: RegExp, unit: string])[] = [
  [/_mbps$/, ' Mbit/s'],
  [/_ms$/, ' ms'],
  [/_ns$/, ' ns'],
  [/_s$/, ' s'],
  [/_bytes$/, ' bytes'],
  [/_packets$/, ' packets'],
  [/_percent$/, ' %'],
];

const number = (value: number): string => String(Math.round(value * 1000) / 1000);

const scalarText = (name: string, value: unknown): string => {
  if (value === true) return name;
  if (typeof value === 'string') return value === '0' || value === '' ? '' : `${name} ${plainText(value, 60)}`;
  if (typeof value !== 'number' || value === 0) return '';
  const [ending, unit] = endings.find(([pattern]) => pattern.test(name)) ?? [];
  return ending === undefined ? `${name} ${number(value)}` : `${name.replace(ending, '')} ${number(value)}${unit}`;
};

/** Defaults that nobody set. */
const uninteresting = new Set([
  'direct_queue_packets',
  'multiqueue',
  'split_gso',
  'drop_batch_packets',
  'timer_slack_ns',
  'other',
]);

export const optionsText = ({ options }: Pick<Qdisc, 'options'>): string => {
  const words = Object.entries(options).map(([name, value]) => {
    if (uninteresting.has(name)) return '';
    return name === 'text' && typeof value === 'string' ? plainText(value, 100) : scalarText(name, value);
  });
  return words.filter(Boolean).slice(0, 12).join(' ');
};

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Only what has counted anything. */
export const statisticsLines = ({ statistics = {} }: Pick<Qdisc, 'statistics'>): string[] => {
  const { tins, ...rest } = statistics;
  const words = Object.entries(rest)
    .map(([name, value]) => scalarText(name, value))
    .filter(Boolean);
  const tinLines = (Array.isArray(tins) ? tins.filter(isRecord) : [])
    .filter((tin) => tin['sent_packets'] !== 0 || tin['drops'] !== 0)
    .map(({ tin, ...fields }) => {
      const shown = Object.entries(fields).filter(([, value]) => value !== 0);
      return `tin ${String(tin)}: ${shown.map(([name, value]) => `${name} ${String(value)}`).join(', ')}`;
    });
  return [...(words.length === 0 ? [] : [words.join(', ')]), ...tinLines];
};
