// Runs the checks of a lab suite one after the other and writes one result line each to the console, where lab/boot.ts reads it.

/** A check throws when its statement does not hold. */
export type Check = () => Promise<void> | void;

/** Reports every check and sets the exit code to 1 when one failed. */
export async function runChecks(checks: Readonly<Record<string, Check>>): Promise<void> {
  for (const [name, check] of Object.entries(checks)) {
    const started = performance.now();
    const failure = await Promise.resolve()
      .then(check)
      .then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error)),
      );
    const line = {
      name,
      status: failure === undefined ? 'passed' : 'failed',
      detail: failure?.slice(0, 2_000) ?? '',
      duration_ms: Math.round(performance.now() - started),
    };
    // The new line first ends whatever firmware or kernel left on the console's line.
    process.stdout.write(`\nLAB ${JSON.stringify(line)}\n`);
    if (failure !== undefined) process.exitCode = 1;
  }
}
