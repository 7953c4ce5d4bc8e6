// Text that whatever a pattern matches must contain: looked for first, since that is some hundred times faster than the pattern.

/** A character that stands for itself, with its quantifier. */
const plain = /^(?:([A-Za-z0-9 _:/=,;<>@#%&!~"'`-])|\\([^A-Za-z0-9\s]))(\+|\?|\*|\{)?/;
/** Anything else that is one character wide or less: it ends a piece of text. */
const gap = /^(?:\\[dwsDWSbB]|[.^$])[?*+]*/;

/** The longest piece, in lower case; undefined when the pattern has another shape than text with gaps, or the text other letters than ASCII. */
export const requiredText = (pattern: string): string | undefined => {
  let best = '';
  let piece = '';
  for (let rest = pattern; rest !== '';) {
    const [all, letter, escaped, quantifier] = plain.exec(rest) ?? [];
    if (quantifier === '{') return undefined;
    if (all === undefined) {
      const [skipped] = gap.exec(rest) ?? [];
      if (skipped === undefined) return undefined;
      piece = '';
      rest = rest.slice(skipped.length);
    } else {
      rest = rest.slice(all.length);
      // `+` may be followed by `?`, which changes nothing.
      if (quantifier !== undefined) rest = rest.replace(/^[?+]/, '');
      const character = letter ?? escaped ?? '';
      if (quantifier === undefined || quantifier === '+') piece += character;
      if (piece.length > best.length) best = piece;
      if (quantifier !== undefined) piece = '';
    }
  }
  return best.length > 1 && /^[\x20-\x7e]+$/.test(best) ? best.toLowerCase() : undefined;
};
