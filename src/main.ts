// The command line's entry: settings, ports and operations put together, then serve, call, tools or a derived command.
import { tmpdir } from 'node:os';
import { call } from './cli/call.ts';
import { runCommand } from './cli/command.ts';
import { argumentsOf, flagsOf, kebab } from './cli/command-arguments.ts';
import { commandHelp, generalHelp, monitorHelp } from './cli/help.ts';
import { metricsFlags, metricsHelp, printMetrics } from './cli/metrics.ts';
import type { MonitorCommand } from './cli/monitor.ts';
import { globalFlags, parseLine, settingTexts, splitCommand, type Flags, type ParsedLine } from './cli/options.ts';
import { atStart, type StartHooks } from './cli/start.ts';
import { printTools } from './cli/tools.ts';
import { UsageError } from './cli/usage.ts';
import { loadSettings } from './config/load.ts';
import { packageVersion } from './config/version.ts';
import { knowledgeOf } from './knowledge.ts';
import { fromUnknown, NetError } from './model/errors.ts';
import type { OperationPorts } from './model/operation-ports.ts';
import type { Log, Settings } from './model/ports.ts';
import type { Operation } from './operations/define.ts';
import { createInvoker, type Caller, type Invoker } from './operations/frame/invoke.ts';
import { createJobs } from './operations/frame/jobs.ts';
import { nearNames } from './operations/frame/near.ts';
import { createRegistry } from './operations/frame/registry.ts';
import { plainText } from './model/plain-text.ts';
import { allOperations } from './operations/index.ts';
import { createOperationPorts } from './ports.ts';
import { processStreams } from './process-streams.ts';
import { startHooks } from './start-hooks.ts';
import { defaultRuntimeRoot, defaultStateDir } from './store/directory.ts';
import { watchRates } from './watch-rates.ts';

const ownCommands = ['serve', 'call', 'tools', 'help', 'monitor', 'metrics'];

export interface Product {
  operations: readonly Operation[];
  hooks: StartHooks;
}

const log: Log = {
  debug: (message) => {
    if (process.env['NETMCP_LOG'] === 'debug') processStreams.err(`netmcp: ${message}\n`);
  },
  info: (message) => {
    processStreams.err(`netmcp: ${message}\n`);
  },
  warn: (message) => {
    processStreams.err(`netmcp: warning: ${message}\n`);
  },
};

/** `terminal`: for one command of a person's; the server's folder is nobody's choice. */
const settingsOf = async (line: ParsedLine, terminal: boolean): Promise<Settings> => {
  const uid = process.geteuid?.() ?? 0;
  const settings = await loadSettings({
    env: process.env,
    flags: settingTexts(line.values),
    configFile: line.values.get('config')?.[0],
    allowLoosen: line.values.get('allow-loosen')?.[0] === 'true',
    cwd: process.cwd(),
    terminal,
    temporaryFolder: tmpdir(),
    uid,
    defaultStateDir: () => defaultStateDir(process.env, uid),
    runtimeRoot: defaultRuntimeRoot,
  });
  for (const message of settings.warnings) log.warn(message);
  return settings;
};

interface Assembled {
  invoker: Invoker;
  ports: OperationPorts;
}

/** `keeps`: a server, which may have been asked for a history. */
const assemble = async (settings: Settings, product: Product, keeps: boolean): Promise<Assembled> => {
  const jobs = createJobs(() => performance.now());
  const host = createOperationPorts(settings, jobs, log);
  const ports = keeps && settings.history.on ? { ...host, history: await watchRates(host) } : host;
  const mayChange = async (): Promise<boolean> => !settings.readOnly && (await ports.mayChange());
  const ready = atStart(ports, mayChange, product.hooks);
  return { invoker: createInvoker({ operations: product.operations, ports, jobs, ready }), ports };
};

const terminalCaller = (): Caller => {
  const controller = new AbortController();
  const stop = (): void => {
    // Whoever asks twice does not want to wait for the operation to end in order.
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return { client: { kind: 'cli', name: 'netmcp', version: packageVersion() }, signal: controller.signal, waits: true };
};

const unknownCommand = (command: string, operations: readonly Operation[]): UsageError => {
  const near = nearNames(command, [...ownCommands, ...operations.map(({ name }) => kebab(name))]);
  const did = near.length === 0 ? '' : ` Did you mean ${near.join(', ')}?`;
  return new UsageError(`Unknown command "${plainText(command, 60)}".${did}`);
};

const serve = async (settings: Settings, product: Product): Promise<number> => {
  const { invoker, ports } = await assemble(settings, product, true);
  const { serveOverStdio } = await import('./server/stdio.ts');
  await serveOverStdio({ invoker, version: packageVersion(), log, knowledge: knowledgeOf(ports) });
  return 0;
};

/** The live view takes what this tool takes. */
const monitorOperation = (operations: readonly Operation[]): Operation | undefined =>
  operations.find(({ name }) => name === 'network_monitor');

const help = (command: string | undefined, operations: readonly Operation[]): number => {
  if (command === 'metrics') {
    processStreams.out(metricsHelp);
    return 0;
  }
  const live = command === 'monitor' ? monitorOperation(operations) : undefined;
  if (live !== undefined) {
    processStreams.out(monitorHelp(live));
    return 0;
  }
  const operation = operations.find(({ name }) => kebab(name) === kebab(command ?? ''));
  processStreams.out(operation === undefined ? generalHelp(operations) : commandHelp(operation));
  return 0;
};

const noWords = ({ positionals }: ParsedLine, command: string): void => {
  const [word] = positionals;
  if (word !== undefined) throw new UsageError(`${command} takes no argument "${plainText(word, 60)}".`);
};

const dispatch = async (args: readonly string[], product: Product): Promise<number> => {
  const { operations } = product;
  const { command, rest } = splitCommand(args);
  const operation = ownCommands.includes(command ?? 'serve')
    ? undefined
    : operations.find(({ name }) => kebab(name) === command);
  const shown = command === 'monitor' ? monitorOperation(operations) : undefined;
  if (command !== undefined && operation === undefined && !ownCommands.includes(command))
    throw unknownCommand(command, operations);
  const taking = operation ?? shown;
  const own = command === 'metrics' ? { ...globalFlags, ...metricsFlags } : globalFlags;
  const flags: Flags = taking === undefined ? own : { ...globalFlags, ...flagsOf(argumentsOf(taking)) };
  const line = parseLine(rest, flags);
  if (line.values.has('version')) {
    processStreams.out(`${packageVersion()}\n`);
    return 0;
  }
  if (line.values.has('help')) return help(command, operations);
  if (command === 'help') return help(line.positionals[0], operations);
  if (command === undefined || command === 'serve') {
    noWords(line, 'serve');
    return serve(await settingsOf(line, false), product);
  }
  if (command === 'metrics') {
    noWords(line, 'metrics');
    const { metricsOf } = await import('./metrics.ts');
    return printMetrics(line, metricsOf(log), processStreams);
  }
  const settings = await settingsOf(line, true);
  if (command === 'tools') {
    noWords(line, 'tools');
    return printTools(createRegistry(operations, settings).available, line.values.has('json'), processStreams);
  }
  const { invoker, ports } = await assemble(settings, product, false);
  const status =
    shown !== undefined
      ? await monitorLive({ operation: shown, line, invoker, ports })
      : operation === undefined
        ? await call(line.positionals, invoker, terminalCaller(), processStreams)
        : await runCommand(operation, line, invoker, terminalCaller(), processStreams);
  await invoker.close();
  return status;
};

const monitorLive = async (
  command: Pick<MonitorCommand, 'operation' | 'line' | 'invoker' | 'ports'>,
): Promise<number> => {
  const [{ monitor }, { processTerminal }] = await Promise.all([
    import('./cli/monitor.ts'),
    import('./live-terminal.ts'),
  ]);
  return monitor({ ...command, caller: terminalCaller(), streams: processStreams, terminal: processTerminal });
};

const failed = (error: unknown, args: readonly string[]): number => {
  if (error instanceof UsageError) {
    processStreams.err(`netmcp: ${error.message}\n${error.help}\n`);
    return 2;
  }
  const problem = fromUnknown(error);
  // `call` promises JSON on stdout whatever goes wrong.
  if (args.includes('call')) processStreams.out(`${JSON.stringify({ error: problem.toReport() }, null, 2)}\n`);
  else processStreams.err(`netmcp: ${problem.message}\n${problem.hint}\n`);
  if (!(error instanceof NetError) && process.env['NETMCP_LOG'] === 'debug') log.debug(String(problem.stack));
  return 1;
};

/** Runs the command line and gives the exit status. */
export const main = async (
  args: readonly string[],
  product: Product = { operations: allOperations, hooks: startHooks },
): Promise<number> => {
  try {
    return await dispatch(args, product);
  } catch (error) {
    return failed(error, args);
  }
};
