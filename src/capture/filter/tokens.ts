// The words of a filter expression.

export type Token =
  /** A name, number, address or text without quotes. */
  | { kind: 'word'; text: string; at: number }
  /** In quotes, its escapes resolved (strings.ts). */
  | { kind: 'string'; text: string; at: number }
  /** One character in single quotes. */
  | { kind: 'character'; text: string; at: number }
  /** What stood between brackets. */
  | { kind: 'slice'; text: string; at: number }
  | { kind: 'sign'; text: string; at: number }
  | { kind: 'end'; text: ''; at: number };

/** How an error names a token. */
export const nameOf = (token: Token): string => {
  switch (token.kind) {
    case 'end':
      return 'the end';
    case 'slice':
      return `[${token.text}]`;
    case 'string':
      return `the string "${token.text}"`;
    case 'character':
      return `'${token.text}'`;
    case 'word':
    case 'sign':
      return `"${token.text}"`;
  }
};
