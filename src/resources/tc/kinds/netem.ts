// netem: a link made worse on purpose (man tc-netem).
import type { Kind } from '../kind.ts';
import type { Params } from '../params.ts';
import { choice, count, percent, rate, time, unseen } from '../params.ts';
import { formatPercent } from '../units.ts';

const params = [
  count('limit', { min: 1, max: 10_000_000 }),
  time('delay_ms', 'ms', { word: 'delay', min: 0, max: 60_000 }),
  time('delay_jitter_ms', 'ms', { word: 'delay', at: 1, min: 0, max: 60_000 }),
  percent('delay_correlation_pct', { word: 'delay', at: 2, min: 0, max: 100 }),
  // tc sends a table of numbers; the kernel's dump does not have it.
  unseen(choice('distribution', ['uniform', 'normal', 'pareto', 'paretonormal'])),
  percent('loss_pct', { word: 'loss', min: 0, max: 100 }),
  percent('duplicate_pct', { word: 'duplicate', min: 0, max: 100 }),
  percent('reorder_pct', { word: 'reorder', min: 0, max: 100 }),
  percent('corrupt_pct', { word: 'corrupt', min: 0, max: 100 }),
  rate('rate_mbit', 'mbit', { word: 'rate', min: 0.008, max: 100_000 }),
  count('reorder_gap', { word: 'gap', min: 1, max: 1_000_000 }),
];

const wordsOf = (name: string, wished: Params): string[] => {
  const value = wished[name];
  const param = params.find((entry) => entry.name === name);
  return value === undefined || param === undefined ? [] : param.words(value);
};

/** Jitter and correlation follow the delay; a zero says nothing and is left out, as the kernel does in its dump. */
const delayWords = (wished: Params): string[] => {
  const words = wordsOf('delay_ms', wished);
  const jitter = wordsOf('delay_jitter_ms', wished)[1];
  const correlation = wished['delay_correlation_pct'];
  if (words.length === 0 || jitter === undefined) return words;
  return [
    ...words,
    jitter,
    ...(typeof correlation === 'number' ? [formatPercent(correlation)] : []),
    ...(wished['distribution'] === undefined ? [] : ['distribution', String(wished['distribution'])]),
  ];
};

export const netem: Kind = {
  kind: 'netem',
  leaf: false,
  // A zero is the kernel's "none": it is not said, and not looked for in the dump.
  complete: (wished) => Object.fromEntries(Object.entries(wished).filter(([, value]) => value !== 0)),
  params,
  aliases: {
    delay: 'delay_ms',
    jitter_ms: 'delay_jitter_ms',
    jitter: 'delay_jitter_ms',
    loss: 'loss_pct',
    duplicate: 'duplicate_pct',
    corrupt: 'corrupt_pct',
    reorder: 'reorder_pct',
    gap: 'reorder_gap',
    correlation_pct: 'delay_correlation_pct',
  },
  words: (wished) => [
    ...wordsOf('limit', wished),
    ...delayWords(wished),
    ...['loss_pct', 'duplicate_pct', 'corrupt_pct', 'reorder_pct', 'reorder_gap', 'rate_mbit'].flatMap((name) =>
      wordsOf(name, wished),
    ),
  ],
  check: (wished) => {
    const needs = (param: string, other: string, message: string) =>
      wished[param] !== undefined && wished[other] === undefined
        ? [{ param, message, hint: `Give ${other} too, or leave ${param} out.` }]
        : [];
    return [
      ...(Object.keys(wished).filter((name) => name !== 'limit').length === 0
        ? [
            {
              param: '',
              message: 'netem with nothing to emulate',
              hint: 'Give delay_ms, loss_pct or another parameter above 0.',
            },
          ]
        : []),
      ...(Number(wished['loss_pct'] ?? 0) >= 100
        ? [{ param: 'loss_pct', message: 'a loss of 100 % cuts the host off', hint: 'Give a loss below 100.' }]
        : []),
      ...(Number(wished['corrupt_pct'] ?? 0) >= 100
        ? [
            {
              param: 'corrupt_pct',
              message: 'corrupting 100 % of the packets cuts the host off',
              hint: 'Give a share below 100.',
            },
          ]
        : []),
      ...needs('delay_jitter_ms', 'delay_ms', 'jitter varies a delay, and there is none'),
      ...needs('delay_correlation_pct', 'delay_jitter_ms', 'correlation is of the jitter, and there is none'),
      ...needs('distribution', 'delay_jitter_ms', 'the distribution is of the jitter, and there is none'),
      ...needs('reorder_pct', 'delay_ms', 'reordering sends some packets without the delay, and there is none'),
      ...needs('reorder_gap', 'reorder_pct', 'a gap is of the reordering, and there is none'),
    ];
  },
  unrestorable: 'the kernel does not tell the distribution of a netem',
};
