// What a person typed wrong: one sentence on stderr and exit status 2.

export class UsageError extends Error {
  readonly help: string;

  constructor(message: string, help = 'See: netmcp --help') {
    super(message);
    this.name = 'UsageError';
    this.help = help;
  }
}
