// Everything that can be known before step one: privilege, binaries, and nft's own check of the script.
import { debianPackages, type ResourceCommand } from '../model/command.ts';
import { NetError } from '../model/errors.ts';
import type { ChangeEngine } from './engine.ts';

/** Before anything else of a change, and before a recovery on its behalf. */
export const requirePrivilege = async (engine: ChangeEngine): Promise<void> => {
  if (!(await engine.mayChange())) {
    throw new NetError(
      'not_permitted',
      'changing the network needs root or CAP_NET_ADMIN',
      'Run netmcp as root (sudo netmcp ...).',
    );
  }
};

export const preflight = async (
  engine: ChangeEngine,
  commands: readonly ResourceCommand[],
  signal: AbortSignal,
): Promise<void> => {
  const { exec } = engine.ports;
  for (const { action, optional } of commands) {
    if (action.kind !== 'exec' || optional === true) continue;
    if ((await exec.find(action.binary)) === undefined) {
      throw new NetError(
        'missing_binary',
        `this plan needs ${action.binary}, which is not installed`,
        `apt-get install ${debianPackages[action.binary]}`,
      );
    }
    if (action.binary !== 'nft' || action.stdin === undefined) continue;
    const checked = await exec.run({ binary: 'nft', args: ['-c', '-f', '-'], stdin: action.stdin, signal });
    if (checked.code === 0) continue;
    throw new NetError(
      'plan_refused',
      `nft refuses the rules: ${checked.stderr.trim().slice(0, 500)}`,
      'Adjust the firewall part of the plan.',
    );
  }
};
