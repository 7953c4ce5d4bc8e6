// Foreign text made safe to show: no control, invisible or blank characters, no odd spaces, and no more of it than a reader needs.

// Controls, formats, private use, lone halves of pairs, separators of lines; whatever Unicode lets a display leave out (variation
// selectors, tags, fillers, joiners); code points that are none; and signs that are drawn as nothing. All of it can hide or forge text.
const hidden =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u{2800}\u{1d159}\u{13441}\u{13442}\u{16fe4}]/gu;

/** Spaces of other widths: a row of them could carry a message too. */
const spaces = /\p{Zs}/gu;

const printableAscii = /^[ -~]*$/;

const clean = (text: string): string =>
  printableAscii.test(text) ? text : text.replace(hidden, '').replace(spaces, ' ');

/** Removes every hidden character and caps the length; what was cut is marked by `…`. A pair of code units is not cut in two. */
export const plainText = (text: string, maxCharacters = 200): string => {
  const plain = clean(text);
  return plain.length <= maxCharacters ? plain : `${plain.slice(0, maxCharacters).replace(/[\ud800-\udbff]$/, '')}…`;
};
