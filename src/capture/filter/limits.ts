// What an expression may cost before anything is read. All are said in docs/capture-filters.md.

/** Characters of an expression. */
export const maxCharacters = 2000;
/** Parentheses and calls within each other. */
export const maxDepth = 50;
/** Tests of an expression, joined by and, or, not. */
export const maxTerms = 200;
/** Members of one `in {...}`. */
export const maxMembers = 500;
/** Characters of a pattern. */
export const maxPattern = 500;
/** Instructions all patterns of an expression may compile to. */
export const maxProgram = 2000;
/** Patterns of an expression that look into bytes. */
export const maxBytePatterns = 4;
/** Ranges of one slice, slices of slices, and the product of their ranges. */
export const maxRanges = 16;
export const maxSlices = 4;
export const maxParts = 64;
/** Bytes or characters that the ranges of a slice are joined to. */
export const maxJoined = 65_536;
/** Of one packet: comparisons of fields with fields, and bytes that slices and functions make. */
export const maxComparisons = 65_536;
export const maxMade = 4_194_304;
/** Bytes of a packet a pattern looks at. */
export const maxMatched = 65_536;
