// The ports of an operation on the real host; everything that costs time is resolved when first asked for.
import { join } from 'node:path';
import { createCaptures } from './host/captures.ts';
import { createHostPorts } from './host/host-ports.ts';
import { createLiveCaptures } from './host/live-capture.ts';
import { readPrivileges } from './host/privileges.ts';
import { createProbeSockets } from './host/probe-sockets.ts';
import { createProcesses } from './host/processes.ts';
import { createTraffic } from './host/traffic/index.ts';
import type { OperationPorts } from './model/operation-ports.ts';
import type { Jobs, Log, Settings } from './model/ports.ts';
import { createTargetGuard } from './probe/targets/guard.ts';
import { openOwnedDirectory, openRuntimeDirectory } from './store/directory.ts';

/** Remembers a success; a failure is tried again, since its cause may have been removed. */
const lazily = <Value>(make: () => Promise<Value>): (() => Promise<Value>) => {
  let made: Promise<Value> | undefined;
  return () => {
    const current = (made ??= make());
    current.catch(() => {
      if (made === current) made = undefined;
    });
    return current;
  };
};

export const createOperationPorts = (settings: Settings, jobs: Jobs, log: Log): OperationPorts => {
  const identity = lazily(async () => (await import('./host/identity.ts')).readIdentity());
  const host = createHostPorts(log);
  const stateDir = lazily(() => openOwnedDirectory(settings.stateDir));
  const runtimeDir = lazily(async () => openRuntimeDirectory((await identity()).netns, settings.runtimeRoot));
  return {
    ...host,
    processes: createProcesses(),
    traffic: createTraffic(host, runtimeDir),
    look: async (request) => (await import('./host/snapshot.ts')).createLook(host, identity)(request),
    mayChange: async () => (await readPrivileges(host.kernel)).net_admin,
    settings,
    jobs,
    identity,
    platform: process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux',
    configFiles: async () => (await import('./host/config-files.ts')).createConfigFiles('/'),
    captures: createCaptures(settings.captures),
    liveCaptures: createLiveCaptures(host, async () => openOwnedDirectory(join(await stateDir(), 'captures'))),
    targets: createTargetGuard(settings.security),
    probes: createProbeSockets(),
    policy: lazily(async () =>
      (await import('./host/policy-files.ts')).loadPolicy(settings.policyDir, settings.allowLoosen),
    ),
    stateDir,
    runtimeDir,
  };
};
