// get_connections: TCP and UDP sockets in every state with their processes, counted before they are paged, and what TCP measured.
import * as z from 'zod';
import { NetError } from '../../model/errors.ts';
import { portSchema } from '../../model/names.ts';
import type { SocketOwners } from '../../host/socket-owners.ts';
import { defineOperation } from '../define.ts';
import { pageInput, pageOf, pageOutput } from '../frame/page.ts';
import { resultSchema, untrustedSchema } from '../frame/result.ts';
import { connectionSchema, countBy, inOrder, show, type OwnedSocket } from './get-connections-shape.ts';

const inputSchema = z.strictObject({
  protocol: z.enum(['tcp', 'udp', 'all']).default('all'),
  state: z.string().max(20).default('all'),
  port: portSchema.optional().describe('Local or remote'),
  address: z.string().max(64).optional().describe('Or prefix; local or remote'),
  process: z
    .union([z.number().int().min(1), z.string().min(1).max(64)])
    .optional()
    .describe('Pid, or part of a name'),
  tcp_info: z.boolean().default(false),
  ...pageInput,
});
type Input = z.output<typeof inputSchema>;

const hiddenSchema = z.strictObject({ sockets: z.number(), why: z.string(), fix: z.string() });
type Hidden = z.infer<typeof hiddenSchema>;

const hiddenOf = (owned: readonly OwnedSocket[], { denied, complete }: SocketOwners): Hidden | null => {
  const sockets = owned.filter(({ socket, pids }) => socket.inode !== null && pids.length === 0).length;
  if (sockets === 0) return null;
  if (denied > 0) {
    return {
      sockets,
      why: `The descriptors of ${denied} processes are closed to this user.`,
      fix: 'Run netmcp as root to see the processes of others.',
    };
  }
  if (!complete) {
    return {
      sockets,
      why: 'This host has more open descriptors than are looked at.',
      fix: 'Ask for one pid with process.',
    };
  }
  return {
    sockets,
    why: 'No process that is visible here holds them: the kernel does (NFS, WireGuard), a process of another PID namespace, or one that has just ended.',
    fix: 'Run netmcp in the PID namespace of the host.',
  };
};

const wantedStates = async (text: string): Promise<ReadonlySet<string>> => {
  const { socketStates, statesMeant } = await import('../../host/sockets-states.ts');
  const meant = statesMeant(text);
  if (meant !== undefined) return new Set(meant);
  throw new NetError(
    'invalid_argument',
    'Argument state: there is no such socket state.',
    `Give one of ${socketStates.join(', ')} (ESTAB, time-wait and the like are understood), or all.`,
  );
};

const processFilter = (
  wanted: NonNullable<Input['process']>,
  nameOf: (pid: number) => string | null,
  nameMatches: (name: string, wanted: string) => boolean,
): ((entry: OwnedSocket) => boolean) => {
  const pid = typeof wanted === 'number' || /^\d+$/.test(wanted) ? Number(wanted) : undefined;
  if (pid !== undefined) return ({ pids }) => pids.includes(pid);
  return ({ pids }) => pids.some((one) => nameMatches(nameOf(one) ?? '', String(wanted)));
};

const remembered = <Value>(look: (pid: number) => Value): ((pid: number) => Value) => {
  const known = new Map<number, Value>();
  return (pid) => {
    const value = known.get(pid) ?? look(pid);
    known.set(pid, value);
    return value;
  };
};

const summaryOf = (total: number, byState: Readonly<Record<string, number>>, hidden: Hidden | null): string => {
  const parts = Object.entries(byState).map(([state, count]) => `${count} ${state}`);
  return [
    total === 0 ? 'No socket matches.' : `${total} socket${total === 1 ? '' : 's'}: ${parts.join(', ')}.`,
    ...(hidden === null ? [] : [`The owners of ${hidden.sockets} are not visible.`]),
  ].join(' ');
};

export const getConnections = defineOperation({
  name: 'get_connections',
  title: 'Get connections',
  description:
    'TCP and UDP sockets, connected and listening: state, addresses, queues, process. tcp_info tells why a connection is slow.',
  toolset: 'inspect',
  needs: 'none',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: inputSchema,
  output: resultSchema({
    connections: z.array(connectionSchema),
    ...pageOutput,
    counts: z.strictObject({
      by_state: z.record(z.string(), z.number()),
      by_protocol: z.record(z.string(), z.number()),
    }),
    hidden_processes: hiddenSchema.nullable().describe('Sockets whose owner could not be seen'),
    untrusted: untrustedSchema,
  }),
  run: async (input, ports, { signal }) => {
    const [{ readSockets }, { processName, socketOwners }, { addressFilter, nameMatches, portFilter }, states] =
      await Promise.all([
        import('../../host/sockets.ts'),
        import('../../host/socket-owners.ts'),
        import('../../host/sockets-filter.ts'),
        wantedStates(input.state),
      ]);
    const atAddress = input.address === undefined ? undefined : addressFilter(input.address);
    const atPort = input.port === undefined ? undefined : portFilter(input.port);
    // Owners are looked for while ss runs.
    let looking: ReturnType<typeof socketOwners.prepare>;
    const sockets = await readSockets(ports.exec, {
      tcpInfo: input.tcp_info,
      signal,
      onStarted: () => {
        looking = socketOwners.prepare(signal);
      },
    });
    const inodes = new Set(sockets.flatMap(({ inode }) => inode ?? []));
    const owners = await socketOwners.find(inodes, signal, looking);
    const nameOf = remembered((pid) => processName(pid));
    const matching = sockets
      .filter(
        (socket) =>
          (input.protocol === 'all' || socket.protocol === input.protocol) &&
          states.has(socket.state) &&
          (atPort?.(socket) ?? true) &&
          (atAddress?.(socket) ?? true),
      )
      .map((socket) => ({ socket, pids: owners.byInode.get(socket.inode ?? -1) ?? [] }));
    const hidden = hiddenOf(matching, owners);
    const chosen =
      input.process === undefined ? matching : matching.filter(processFilter(input.process, nameOf, nameMatches));
    const shown = inOrder(chosen).map((entry) => show(entry, nameOf, input.tcp_info));
    const { items, ...page } = pageOf(shown, input);
    const by_state = countBy(chosen, ({ state }) => state);
    return {
      success: true,
      summary: summaryOf(page.total, by_state, hidden),
      connections: items,
      ...page,
      counts: { by_state, by_protocol: countBy(chosen, ({ protocol }) => protocol) },
      hidden_processes: hidden,
      untrusted: ['connections[].process'],
    };
  },
});
