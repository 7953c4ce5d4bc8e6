// get_dns_config: what resolv.conf says, and the servers that are really asked behind a resolver on this host.
import * as z from 'zod';
import { defineOperation } from '../define.ts';
import { resultSchema } from '../frame/result.ts';
import type { DnsConfig } from '../../host/dns-config/read.ts';

const upstreamSchema = z.strictObject({
  address: z.string(),
  port: z.number().optional().describe('Unless the usual one'),
  interface: z.string().optional(),
  dns_over_tls_name: z.string().optional(),
  domains: z.array(z.string()).optional().describe('Asked for these; ~ marks routing only'),
  source: z.string().describe('File or command that names it'),
});

const showUpstream = (server: DnsConfig['upstreams'][number]): z.input<typeof upstreamSchema> => ({
  address: server.address,
  ...(server.port === undefined ? {} : { port: server.port }),
  ...(server.interface === undefined ? {} : { interface: server.interface }),
  ...(server.dnsOverTlsName === undefined ? {} : { dns_over_tls_name: server.dnsOverTlsName }),
  ...(server.domains.length === 0 ? {} : { domains: [...server.domains] }),
  source: server.source,
});

const listed = (words: readonly string[]): string =>
  words.length === 0 ? 'none' : `${words.slice(0, 4).join(', ')}${words.length > 4 ? `, ... (${words.length})` : ''}`;

const behindNames: Readonly<Record<string, string>> = {
  resolved_stub: 'systemd-resolved',
  resolved_static_stub: 'systemd-resolved',
  resolved_proxy: 'systemd-resolved',
  docker: 'Docker’s resolver',
  dnsmasq: 'dnsmasq',
  local_resolver: 'a local resolver',
};

const summaryOf = ({ kind, resolvConf, upstreams }: DnsConfig): string => {
  if (kind === 'missing') return 'There is no readable /etc/resolv.conf.';
  // glibc asks no more than three (MAXNS), whatever follows in the file.
  const [asked, never] = [resolvConf.servers.slice(0, 3), resolvConf.servers.length - 3];
  const others = never > 0 ? `; ${never} more in resolv.conf ${never === 1 ? 'is' : 'are'} never asked` : '';
  const nameservers = listed(asked.map(({ address }) => address));
  const local = behindNames[kind];
  if (local === undefined) return `Names are resolved by ${nameservers}${others}.`;
  const real = [...new Set(upstreams.map((server) => server.address))];
  return real.length === 0
    ? `resolv.conf says ${nameservers} (${local}); the real servers behind it are not known${others}.`
    : `resolv.conf says ${nameservers} (${local}); the real servers behind it: ${listed(real)}${others}.`;
};

export const getDnsConfig = defineOperation({
  name: 'get_dns_config',
  title: 'Get DNS configuration',
  description:
    'Nameservers, search domains and options, and the real upstreams behind a local stub (systemd-resolved, dnsmasq, ...).',
  toolset: 'inspect',
  needs: 'none',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({}),
  output: resultSchema({
    nameservers: z.array(z.string()).describe('As resolv.conf has them'),
    search_domains: z.array(z.string()),
    options: z.strictObject({
      ndots: z.number(),
      timeout_s: z.number(),
      attempts: z.number(),
      rotate: z.boolean(),
      edns0: z.boolean(),
      others: z.array(z.string()),
    }),
    sortlist: z.array(z.string()),
    kind: z.string().describe('Who is behind resolv.conf'),
    source_file: z.string(),
    upstreams: z.array(upstreamSchema).describe('Servers that are really asked'),
    hosts_file: z.strictObject({ entries: z.number(), names: z.number() }).nullable(),
    nsswitch_hosts: z.array(z.string()).nullable(),
    notes: z.array(z.string()),
  }),
  run: async (_input, ports, { signal }) => {
    const { readDnsConfig } = await import('../../host/dns-config/read.ts');
    const files = await ports.configFiles();
    const config = await readDnsConfig({ files, exec: ports.exec, kernel: ports.kernel, signal });
    const { resolvConf } = config;
    return {
      success: true,
      summary: summaryOf(config),
      nameservers: resolvConf.servers.map(({ address }) => address),
      search_domains: resolvConf.searchDomains,
      options: resolvConf.options,
      sortlist: resolvConf.sortlist,
      kind: config.kind,
      source_file: config.sourceFile,
      upstreams: config.upstreams.map(showUpstream),
      hosts_file: config.hostsFile,
      nsswitch_hosts: config.nsswitchHosts,
      notes: config.notes,
    };
  },
});
