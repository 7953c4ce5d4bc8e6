// Foreign text made safe to show: no control or invisible characters, and no more of it than a reader needs.

// C0, DEL, C1, soft hyphen, zero-width and direction marks, line/paragraph separators, BOM, tags: what hides or forges text.
const hidden =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/** Removes every hidden character and caps the length; what was cut is marked by `…`. */
export const plainText = (text: string, maxCharacters = 200): string => {
  const clean = text.replace(hidden, '');
  return clean.length <= maxCharacters ? clean : `${clean.slice(0, maxCharacters)}…`;
};
