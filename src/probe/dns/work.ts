// How much reading one message may cost: every number, string, label and pointer is a step, whatever the message says of itself.

export class MalformedMessage extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'MalformedMessage';
  }
}

/** The message as a whole is refused for it, while other faults may spoil one record alone. */
export class TooMuchWork extends MalformedMessage {
  constructor() {
    super('it takes more work to read than any real answer');
    this.name = 'TooMuchWork';
  }
}

/** 500 records take 4,000 to 10,000, a TXT record of 64 KB 520. */
export const maxSteps = 20_000;

export class Work {
  private done = 0;

  get steps(): number {
    return this.done;
  }

  /** Throws TooMuchWork. */
  step(count = 1): void {
    this.done += count;
    if (this.done > maxSteps) throw new TooMuchWork();
  }
}
