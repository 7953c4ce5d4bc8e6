// get_host_info: what hostname, uname, hostnamectl and timedatectl tell, as data and without their daemons; what cannot be told is null.
import * as z from 'zod';
import type { InterfaceFacts } from '../../model/snapshot.ts';
import { defineOperation } from '../define.ts';
import { resultSchema, untrustedSchema } from '../frame/result.ts';

/** A router may have thousands; get_interfaces lists all of them. */
const maxAddresses = 200;

const text = z.string().nullable();

const addressSchema = z.strictObject({
  address: z.string(),
  prefix_length: z.number(),
  family: z.enum(['ipv4', 'ipv6']),
  interface: z.string(),
});
type Address = z.infer<typeof addressSchema>;

/** As `hostname -I` has them: of interfaces that are up, without loopback and IPv6 link-local. */
const addressesOf = (all: readonly InterfaceFacts[]): Address[] =>
  all
    .filter(({ name, up }) => up && name !== 'lo')
    .sort((one, other) => one.ifindex - other.ifindex)
    .flatMap((facts) =>
      (['ipv4', 'ipv6'] as const).flatMap((family) =>
        facts[family]
          .filter((network) => !/^fe[89ab]/i.test(network))
          .map((network) => {
            const [address = '', length = ''] = network.split('/');
            return { address, prefix_length: Number(length), family, interface: facts.name };
          }),
      ),
    );

const duration = (seconds: number): string => {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  return days > 0 ? `${days} d ${hours} h` : `${hours} h ${Math.floor((seconds % 3600) / 60)} min`;
};

const kindOf = (hypervisor: string | null, container: string | null): string =>
  [
    ...(container === null ? [] : [`in a ${container} container`]),
    ...(hypervisor === null ? [] : [`on a ${hypervisor} virtual machine`]),
  ].join(' ') || 'on a physical machine as far as can be told';

export const getHostInfo = defineOperation({
  name: 'get_host_info',
  title: 'Get host information',
  description:
    'What this host is: names, addresses, system, kernel, hardware, uptime, load, memory, clock synchronisation.',
  toolset: 'inspect',
  needs: 'none',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({}),
  output: resultSchema({
    hostname: z.string(),
    fqdn: text,
    domain: text,
    static_hostname: text,
    addresses: z.array(addressSchema),
    total: z.number().describe('Of addresses'),
    truncated: z.boolean(),
    os: z.strictObject({ name: text, id: text, version: text, codename: text }),
    kernel: z.string(),
    architecture: z.string(),
    machine: z.strictObject({ vendor: text, model: text, firmware: text, chassis: text }),
    virtualization: z.strictObject({
      hypervisor: text,
      container: text,
      method: z.enum(['systemd-detect-virt', 'files']),
    }),
    uptime_s: z.number(),
    boot_time: z.string(),
    load_average: z.array(z.number()).nullable().describe('Over 1, 5 and 15 minutes'),
    cpus: z.number(),
    cpu_model: text,
    memory: z.strictObject({
      total_bytes: z.number(),
      available_bytes: z.number(),
      swap_total_bytes: z.number(),
      swap_free_bytes: z.number(),
    }),
    time: z.strictObject({
      now: z.string(),
      timezone: text,
      utc_offset_minutes: z.number().nullable(),
      synchronized: z.boolean().nullable(),
      service: text,
      source: text,
      stratum: z.number().nullable(),
      offset_ms: z.number().nullable().describe('Behind the source; negative: ahead'),
      max_error_ms: z.number().nullable(),
      method: z.string(),
    }),
    notes: z.array(z.string()).describe('What could not be told, and why'),
    untrusted: untrustedSchema,
  }),
  run: async (_input, ports, { signal }) => {
    const [
      { readArchitecture, readMachine, readNames, readSystem, readTimezone, utcOffsetMinutes },
      texts,
      virtual,
      sync,
      facts,
      interfaces,
      files,
    ] = await Promise.all([
      import('../../host/host-info.ts'),
      import('../../host/host-info-text.ts'),
      import('../../host/host-info-virtualization.ts'),
      import('../../host/time-sync.ts'),
      import('../../host/facts.ts'),
      import('../../host/interfaces.ts'),
      ports.configFiles(),
    ]);
    const read = (path: string): Promise<string> => virtual.readIfTold(ports.kernel, path);
    const [names, machine, virtualization, clock, links, architecture, kernel, cpus, load, cpuinfo, meminfo] =
      await Promise.all([
        readNames(ports, files, signal),
        readMachine(ports, files),
        virtual.readVirtualization(ports, files, signal),
        sync.readTimeSync(ports, files, { signal }),
        interfaces.readInterfaces(ports, signal),
        readArchitecture(ports),
        facts.readKernelRelease(ports.kernel),
        facts.readCpus(ports.kernel),
        read('/proc/loadavg'),
        read('/proc/cpuinfo'),
        read('/proc/meminfo'),
      ]);
    const addresses = addressesOf(Object.values(links));
    const os = readSystem(files);
    const timezone = readTimezone(files);
    const now = ports.clock.now();
    const uptime = Math.round(ports.clock.bootTimeMs() / 1000);
    const inVm = virtualization.hypervisor !== null;
    const notes = [
      ...(os.name === null ? ['There is no os-release file: the distribution is not known.'] : []),
      ...(names.fqdn === null ? ['No domain name: neither /etc/hosts nor the resolver knows this hostname.'] : []),
      ...(machine.vendor === null && machine.model === null
        ? ['Vendor and model are not known: the kernel shows no DMI table and no device tree here.']
        : []),
      ...(clock.synchronized === null ? ['Nothing here tells whether the clock is synchronised.'] : []),
      ...(clock.synchronized === false && clock.service === null
        ? ['No time service runs here: install chrony, unless the host outside keeps the clock.']
        : []),
      ...files.warnings,
    ];
    const chassis = machine.chassis ?? (virtualization.container !== null ? 'container' : inVm ? 'vm' : null);
    const set =
      clock.synchronized === null
        ? 'of unknown synchronisation'
        : clock.synchronized
          ? 'synchronised'
          : 'not synchronised';
    return {
      success: true,
      summary: `${names.fqdn ?? names.hostname} runs ${os.name ?? 'Linux'} (kernel ${kernel}, ${architecture}) ${kindOf(virtualization.hypervisor, virtualization.container)}, up ${duration(uptime)}; clock ${set}.`,
      ...names,
      addresses: addresses.slice(0, maxAddresses),
      total: addresses.length,
      truncated: addresses.length > maxAddresses,
      os,
      kernel,
      architecture,
      machine: { ...machine, chassis },
      virtualization,
      uptime_s: uptime,
      boot_time: new Date(now - uptime * 1000).toISOString(),
      load_average: texts.parseLoad(load),
      cpus,
      cpu_model: texts.parseCpuModel(cpuinfo),
      memory: texts.parseMemory(meminfo),
      time: {
        now: new Date(now).toISOString(),
        timezone,
        utc_offset_minutes: timezone === null ? null : utcOffsetMinutes(timezone, now),
        ...clock,
      },
      notes,
      untrusted: ['hostname', 'fqdn', 'machine', 'time.source'],
    };
  },
});
