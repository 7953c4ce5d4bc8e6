// Operation ports that refuse everything but what a test gives: it then shows what an operation touches.
import type { OperationPorts } from '../../src/model/operation-ports.ts';
import type { Settings } from '../../src/model/ports.ts';

const refuse = (): never => {
  throw new Error('not part of this test');
};

export const plainSettings: Settings = {
  stateDir: '',
  runtimeRoot: '',
  policyDir: undefined,
  allowLoosen: false,
  toolsets: ['inspect'],
  readOnly: false,
  security: { allowedTargets: [], blockedTargets: [], blockPrivate: false, blockCloudMetadata: true },
  captures: { maxPackets: 100_000, allowCustomFilters: true, allowedPaths: [] },
  history: { on: false, interfaces: undefined },
  endpoints: {
    publicIp: [],
    rdap: 'http://127.0.0.1:9/',
    asnZones: { ipv4: 'origin.test', ipv6: 'origin6.test', name: 'asn.test' },
    asnNameserver: undefined,
  },
  sources: [],
  warnings: [],
};

export const refusingPorts = (given: Partial<OperationPorts> = {}): OperationPorts => ({
  platform: 'linux',
  exec: { run: refuse, find: refuse },
  kernel: { read: refuse, write: refuse, list: refuse, writable: refuse },
  clock: { now: refuse, bootTimeMs: refuse },
  log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
  settings: plainSettings,
  identity: refuse,
  policy: refuse,
  stateDir: refuse,
  runtimeDir: refuse,
  jobs: { get: refuse, wait: refuse, cancel: refuse },
  processes: { self: refuse, isAlive: refuse, endGroup: refuse, startGuard: refuse },
  look: refuse,
  mayChange: refuse,
  configFiles: refuse,
  captures: { open: refuse },
  liveCaptures: { start: refuse, files: refuse, list: refuse, stop: refuse, wait: refuse },
  targets: { check: refuse, checkAddress: refuse, checkName: refuse },
  probes: { open: refuse },
  traffic: { open: refuse, openProcesses: refuse, statistics: refuse, removeLeftovers: refuse },
  ...given,
});
