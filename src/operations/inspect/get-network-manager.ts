// get_network_manager: which of the programs that configure networks is installed and runs, and which of them runs which interface.
import * as z from 'zod';
import type { ManagersFound } from '../../host/managers.ts';
import { defineOperation } from '../define.ts';
import { pageInput, pageOf, pageOutput } from '../frame/page.ts';
import { resultSchema, untrustedSchema } from '../frame/result.ts';

const managerSchema = z.strictObject({
  name: z.string(),
  installed: z.boolean(),
  active: z.boolean().describe('Runs; without a daemon: what it set up is in force'),
  evidence: z.array(z.string()),
  renderers: z.array(z.string()).optional().describe('Whom netplan hands interfaces to'),
});

const interfaceSchema = z.strictObject({
  name: z.string(),
  managed_by: z.string().nullable(),
  state: z.string().nullable(),
  connection: z.string().nullable().describe('Profile, stanza or file'),
  configured_by: z.string().nullable().describe('Who holds its configuration, also of one that does not run'),
  also_claimed_by: z.array(z.string()).describe('Not empty: two managers undo each other’s work'),
  evidence: z.string(),
});

const summaryOf = ({ managers, interfaces }: ManagersFound): string => {
  const active = managers.filter((manager) => manager.active).map(({ name }) => name);
  const managed = interfaces.filter(({ managed_by }) => managed_by !== null);
  const disputed = interfaces.filter(({ also_claimed_by }) => also_claimed_by.length > 0);
  return [
    active.length === 0 ? 'No network manager runs.' : `Running: ${active.join(', ')}.`,
    ...(managed.length === 0
      ? ['No interface is managed.']
      : [
          `Managed: ${managed
            .slice(0, 6)
            .map(({ name, managed_by }) => `${name} by ${managed_by ?? ''}`)
            .join(', ')}${managed.length > 6 ? ', ...' : ''}.`,
        ]),
    ...(disputed.length === 0
      ? []
      : [
          `Claimed by more than one: ${disputed
            .map(({ name }) => name)
            .slice(0, 6)
            .join(', ')}.`,
        ]),
  ].join(' ');
};

export const getNetworkManager = defineOperation({
  name: 'get_network_manager',
  title: 'Get network manager',
  description:
    'Which network managers (NetworkManager, systemd-networkd, netplan, ...) are active and which runs which interface. Ask before a change that should last.',
  toolset: 'inspect',
  needs: 'none',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({ ...pageInput }),
  output: resultSchema({
    managers: z.array(managerSchema),
    interfaces: z.array(interfaceSchema),
    ...pageOutput,
    notes: z.array(z.string()).describe('What could not be read, and so may hide a manager'),
    untrusted: untrustedSchema,
  }),
  run: async (input, ports, { signal }) => {
    const [{ readManagers }, { readInterfaces }, files] = await Promise.all([
      import('../../host/managers.ts'),
      import('../../host/interfaces.ts'),
      ports.configFiles(),
    ]);
    const facts = Object.values(await readInterfaces(ports, signal)).sort((one, other) => one.ifindex - other.ifindex);
    const found = await readManagers(ports, files, { interfaces: facts, signal });
    const { items, ...page } = pageOf(found.interfaces, input);
    return {
      success: true,
      summary: summaryOf(found),
      managers: found.managers,
      interfaces: items,
      ...page,
      notes: [...files.warnings],
      untrusted: ['interfaces[].connection', 'interfaces[].evidence'],
    };
  },
});
