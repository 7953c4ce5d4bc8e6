// What a live view needs of the place it writes to, beyond printing.

export interface LiveTerminal {
  columns(): number;
  rows(): number;
  write(text: string): void;
  colour: boolean;
  /** Whether block characters can be shown. */
  unicode: boolean;
  /** Single keys from now on; what it gives ends it. */
  onKey(listener: (key: string) => void): () => void;
  /** Nobody reads any more (a pipe to head). */
  onClosed(listener: () => void): () => void;
}
