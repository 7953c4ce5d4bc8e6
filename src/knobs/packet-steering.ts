// The knob for packet steering: which CPUs take over received packets (RPS, RFS) and which send queue a CPU uses (XPS).
import * as z from 'zod';
import { type Finding, error, info, warning } from '../model/finding.ts';
import { type KnobContext, defineKnob } from '../model/knob.ts';
import { addressOf } from '../model/snapshot.ts';
import { type SteeringObserved, maskOf, parseCpuList, steeringObservedSchema } from '../model/steering.ts';
import { sysctlObservedSchema } from '../model/sysctl.ts';
import { unavailable } from './unavailable.ts';

const cpuList = (what: string) =>
  z
    .string()
    .max(1024)
    .refine((text) => parseCpuList(text) !== undefined, 'a CPU list is written 0-3,8; the empty text means none')
    .optional()
    .describe(what);

const schema = z
  .strictObject({
    rps_cpus: cpuList('CPUs that take over received packets, such as 0-3,8; empty switches it off'),
    xps_cpus: cpuList('CPUs that may use each send queue, such as 0-3; empty leaves the choice to the kernel'),
    rps_flow_count: z
      .number()
      .int()
      .min(0)
      .max(65536)
      .optional()
      .describe('Flows that each receive queue remembers, so that packets go where their reader runs; 0 is off'),
  })
  .refine((wish) => Object.values(wish).some((value) => value !== undefined), 'name at least one setting');
type Wish = z.infer<typeof schema>;

const path = 'changes.packet_steering';
const entriesKey = 'net.core.rps_sock_flow_entries';

const files = { rps_cpus: 'rps_cpus', xps_cpus: 'xps_cpus', rps_flow_count: 'rps_flow_cnt' } as const;
const settings = ['rps_cpus', 'xps_cpus', 'rps_flow_count'] as const;
type Setting = (typeof settings)[number];

/** The kernel keeps a power of two. */
const roundedUp = (flows: number): number => (flows === 0 ? 0 : 2 ** Math.ceil(Math.log2(flows)));

const readObserved = ({ iface, snapshot }: KnobContext): SteeringObserved => {
  const raw = snapshot.observed[addressOf('steering', iface)];
  return raw === undefined ? null : steeringObservedSchema.parse(raw);
};

const absent = ({ iface, snapshot }: KnobContext) => {
  const said = snapshot.unread?.[addressOf('steering', iface)];
  return (
    said ?? {
      code: 'missing_kernel_feature',
      message: `the queues of ${iface} cannot be read`,
      hint: `See what "ls /sys/class/net/${iface}/queues" shows.`,
    }
  );
};

const valueOf = (setting: Setting, wish: Wish): string | undefined => {
  if (setting === 'rps_flow_count')
    return wish.rps_flow_count === undefined ? undefined : String(roundedUp(wish.rps_flow_count));
  const text = wish[setting];
  return text === undefined ? undefined : maskOf(parseCpuList(text) ?? []);
};

const cpuBounds = (wish: Wish, { snapshot }: KnobContext): Finding[] =>
  (['rps_cpus', 'xps_cpus'] as const).flatMap((setting) => {
    const beyond = parseCpuList(wish[setting] ?? '')?.find((cpu) => cpu >= snapshot.cpus);
    if (beyond === undefined) return [];
    const message = `there is no CPU ${beyond}: this host has ${snapshot.cpus}`;
    return [error(`${path}.${setting}`, 'limit_exceeded', message, `Name CPUs from 0 to ${snapshot.cpus - 1}.`)];
  });

/** Somebody sets the table that all flow counts share, or it is set already. */
const hasFlowTable = ({ snapshot, wishes }: KnobContext): boolean => {
  const wished = z.record(z.string(), z.unknown()).safeParse(wishes['sysctl']).data ?? {};
  if (Object.hasOwn(wished, entriesKey)) return String(wished[entriesKey]) !== '0';
  const raw = snapshot.observed[addressOf('sysctl', entriesKey)];
  return raw !== undefined && (sysctlObservedSchema.parse(raw)?.value ?? '0') !== '0';
};

const remarks = (wish: Wish, context: KnobContext): Finding[] => {
  const { snapshot } = context;
  const found: Finding[] = [];
  if (snapshot.cpus === 1 && (wish.rps_cpus ?? '') !== '') {
    const message = 'with one CPU, packet steering only adds work: there is no other CPU to steer to';
    found.push(warning(`${path}.rps_cpus`, 'no_effect', message, 'Leave rps_cpus out on this host.'));
  }
  const flows = wish.rps_flow_count ?? 0;
  if (flows > 0 && roundedUp(flows) !== flows) {
    const message = `the kernel keeps a power of two: ${flows} becomes ${roundedUp(flows)}`;
    found.push(info(`${path}.rps_flow_count`, 'rounded', message, 'Write the rounded number to say what will stand.'));
  }
  if (flows > 0 && !hasFlowTable(context)) {
    const message = `flow counts have no effect while ${entriesKey} is 0`;
    found.push(
      warning(
        `${path}.rps_flow_count`,
        'no_effect',
        message,
        `Set ${entriesKey} too, to the sum of all queues' counts.`,
      ),
    );
  }
  return found;
};

export const packetSteeringKnob = defineKnob({
  id: 'packet_steering',
  schema,
  cards: ['nic.packet_steering'],
  risk: 'none',
  meets: 'replace',
  fragments(wish, context) {
    const outside = cpuBounds(wish, context);
    if (outside.length > 0) return { fragments: [], findings: outside };
    const observed = readObserved(context);
    if (observed === null) return { fragments: [], findings: [unavailable(path, context, absent(context))] };
    if (Object.keys(observed.queues).length > 0 && !observed.writable) {
      const message = `the queues of ${context.iface} may not be written here: /sys is read-only or belongs to somebody else`;
      const lack = { code: 'not_permitted', message, hint: 'Run netmcp as root on the host itself.' };
      return { fragments: [], findings: [unavailable(path, context, lack)] };
    }
    const queues: Record<string, string> = {};
    const findings: Finding[] = [];
    for (const setting of settings) {
      const value = valueOf(setting, wish);
      if (value === undefined) continue;
      const found = Object.keys(observed.queues).filter((file) => file.endsWith(`/${files[setting]}`));
      for (const file of found) queues[file] = value;
      if (found.length > 0) continue;
      const message = `${context.iface} has no ${files[setting]}: its driver has a single queue, or the kernel was built without it`;
      const lack = { code: 'missing_kernel_feature', message, hint: `Leave ${setting} out for this interface.` };
      findings.push(unavailable(`${path}.${setting}`, context, lack));
    }
    if (findings.some((finding) => finding.severity === 'error') || Object.keys(queues).length === 0)
      return { fragments: [], findings };
    const said = context.origin(path) === 'committed' ? [] : remarks(wish, context);
    return {
      fragments: [{ resource: 'steering', target: context.iface, part: { queues } }],
      findings: [...findings, ...said],
    };
  },
  examples: [
    { title: 'Spread received packets of a single-queue NIC over two CPUs', wish: { rps_cpus: '0-1' } },
    { title: 'Steer packets to the CPU that reads them', wish: { rps_cpus: '0-1', rps_flow_count: 4096 } },
    { title: 'Switch it off', wish: { rps_cpus: '', rps_flow_count: 0 } },
  ],
});
