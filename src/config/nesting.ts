// A look at YAML before a parser sees it: whether its parts stand in each other more deeply than a parser should be asked to follow.

/** Levels; a configuration has five. */
const maxDepth = 64;

/** `- - - a`: each mark is a level of its own. */
const marks = new RegExp(`^\\s*(?:[-?:]\\s+){${maxDepth}}`);

/** The first line, from 1, that goes too deep; undefined when none does. In quotes and comments brackets count too. */
export const tooDeepAt = (text: string): number | undefined => {
  let depth = 0;
  for (const [index, line] of text.split('\n').entries()) {
    if (marks.test(line)) return index + 1;
    for (const bracket of line.match(/[[\]{}]/g) ?? []) {
      depth = bracket === '[' || bracket === '{' ? depth + 1 : Math.max(0, depth - 1);
      if (depth > maxDepth) return index + 1;
    }
  }
  return undefined;
};
