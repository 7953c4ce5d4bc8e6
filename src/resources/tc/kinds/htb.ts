// htb itself: what the root of the class tree takes (man tc-htb). Classes are nodes of their own.
import type { Kind } from '../kind.ts';
import { count } from '../params.ts';

/** The minor number of the default class: hexadecimal as people and tc write it, with or without `1:`. */
const minor = /^(?:1:)?([0-9a-fA-F]{1,4})$/;

export const htb: Kind = {
  kind: 'htb',
  leaf: false,
  params: [
    {
      name: 'default',
      accepts: 'the minor number of a class in hexadecimal, such as "30" for 1:30',
      accept: (raw) => {
        const found = minor.exec(String(raw))?.[1];
        const number = found === undefined ? 0 : Number.parseInt(found, 16);
        return number < 2 ? { problem: 'must name a class, such as "30" for 1:30' } : { value: number.toString(16) };
      },
      words: (value) => ['default', `0x${String(value)}`],
      read: (options) => {
        const text = options.get('default')?.[0];
        return text === undefined ? undefined : Number(text).toString(16);
      },
      same: (wished, shown) => wished === shown,
      shownAs: ['default'],
    },
    count('r2q', { min: 1, max: 100_000 }),
    count('direct_qlen', { min: 0, max: 1_000_000 }),
  ],
  aliases: { default_class: 'default' },
  fixedWords: ['direct_packets_stat', 'ver'],
  unrestorable: 'it has classes and filters',
};
