// The toolsets a caller can switch on or off, and the ones that are on unless somebody says otherwise.

/** `jobs` belongs to the frame and is always on: a long operation without get_job could not be followed. */
export const toolsets = ['inspect', 'probe', 'capture', 'monitor', 'measure', 'jobs', 'tune', 'expert'] as const;
export type Toolset = (typeof toolsets)[number];

/** `expert` hands over raw scripts, so it is on only when asked for by name. */
export const defaultToolsets: readonly Toolset[] = toolsets.filter((toolset) => toolset !== 'expert');

/** Besides the toolsets themselves: `default` and `all`, as in `--toolsets default,expert`. */
export const toolsetWords = [...toolsets, 'default', 'all'] as const;

/** The toolsets a list of words stands for, in the order of `toolsets`; `jobs` always among them. */
export const expandToolsets = (words: readonly string[]): Toolset[] =>
  toolsets.filter(
    (toolset) =>
      toolset === 'jobs' ||
      words.includes(toolset) ||
      words.includes('all') ||
      (words.includes('default') && defaultToolsets.includes(toolset)),
  );
