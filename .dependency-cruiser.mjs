// The import arrows of ARCHITECTURE.md. A room may import itself and what its line names; files directly in src/ and
// programs of their own (main.ts, NAME-main.ts) wire rooms together.

/** Room -> rooms it may import. */
const arrows = {
  model: [],
  config: ['model', 'host'],
  policy: ['model'],
  resources: ['model'],
  knobs: ['model', 'resources'],
  plan: ['model', 'policy', 'knobs', 'resources'],
  host: ['model', 'policy', 'resources', 'monitor'],
  store: ['model', 'host'],
  change: ['model', 'resources', 'plan', 'store'],
  probe: ['model'],
  capture: ['model'],
  monitor: ['model'],
  measure: ['model', 'probe'],
  operations: [
    ...['model', 'config', 'policy', 'resources', 'knobs', 'plan', 'host', 'store', 'change'],
    ...['probe', 'capture', 'monitor', 'measure'],
  ],
  server: ['model', 'config', 'operations'],
  cli: ['model', 'config', 'operations', 'monitor'],
};

const tests = '\\.test\\.ts$';
const programs = '(/|-)main\\.ts$';

const rooms = Object.entries(arrows).map(([room, allowed]) => ({
  name: `${room}-imports`,
  comment: `src/${room} may import ${[room, ...allowed].join(', ')} and no other room.`,
  severity: 'error',
  from: { path: `^src/${room}/`, pathNot: [tests, programs] },
  to: { path: '^src/', pathNot: `^src/(${[room, ...allowed].join('|')})/` },
}));

export default {
  forbidden: [
    ...rooms,
    {
      name: 'known-rooms',
      comment: 'A new folder in src/ needs its line in the table of arrows.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/(${Object.keys(arrows).join('|')})/` },
      to: {},
    },
    {
      name: 'knobs-see-only-types-of-resources',
      comment: 'A knob describes fragments; turning them into steps is the resource’s work.',
      severity: 'error',
      from: { path: '^src/knobs/', pathNot: tests },
      to: { path: '^src/resources/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'pure-rooms-touch-no-world',
      comment: 'These rooms work on values alone; files, processes and sockets come through ports.',
      severity: 'error',
      from: { path: '^src/(model|policy|knobs|resources|plan)/', pathNot: tests },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'operations-see-the-world-through-ports',
      comment: 'So that a daemon can run them for an unprivileged gateway.',
      severity: 'error',
      from: { path: '^src/operations/', pathNot: tests },
      to: {
        dependencyTypes: ['core'],
        path: '^(node:)?(child_process|dgram|dns|fs|http|http2|https|net|os|process|tls|worker_threads)(/|$)',
      },
    },
    {
      name: 'only-host-starts-processes',
      comment: 'One place knows the binaries that may run and how they end.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/host/', tests] },
      to: { dependencyTypes: ['core'], path: '^(node:)?child_process$' },
    },
    {
      name: 'fakes-are-for-tests',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/host/fake/', tests] },
      to: { path: '^src/host/fake/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'declared-dependencies-only',
      comment: 'What is shipped may import only what package.json lists as a dependency.',
      severity: 'error',
      from: { path: '^src/', pathNot: tests },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
