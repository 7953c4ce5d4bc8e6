// Where a command reads from and writes to.

export interface Streams {
  /** Standard input, whole. Throws NetError (limit_exceeded) when it is too long. */
  readInput(): Promise<string>;
  /** File named on the command line, whole. */
  readFile(path: string): Promise<string>;
  out(text: string): void;
  err(text: string): void;
  /** stdout is a terminal: readable text instead of JSON. */
  terminal: boolean;
  /** stderr is a terminal: progress can be shown. */
  progress: boolean;
}
