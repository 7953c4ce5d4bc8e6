// Every setting once: its name in files, as a variable and as a flag.
import * as z from 'zod';
import { toolsetWords } from './toolsets.ts';
import {
  absolutePathSchema,
  folderSchema,
  interfaceSchema,
  nameserverSchema,
  patternsSchema,
  urlSchema,
  zoneSchema,
} from './value-schemas.ts';

/** What one source may say; a source says only some of it. A dot stands for a section of the file: security.block_private. */
export const settingsSchema = z.strictObject({
  state_dir: absolutePathSchema.optional(),
  policy_dir: absolutePathSchema.optional(),
  toolsets: z.array(z.enum(toolsetWords)).min(1).optional(),
  read_only: z.boolean().optional(),
  history: z.boolean().optional(),
  history_interfaces: z.array(interfaceSchema).max(32, 'at most 32 interfaces').optional(),
  'security.allowed_targets': patternsSchema.optional(),
  'security.blocked_targets': patternsSchema.optional(),
  'security.block_private': z.boolean().optional(),
  'security.block_cloud_metadata': z.boolean().optional(),
  'pcap.max_packets': z.number().int().min(1).max(100_000_000).optional(),
  'pcap.allow_custom_filters': z.boolean().optional(),
  'pcap.allowed_paths': z.array(folderSchema).max(100, 'at most 100 directories').optional(),
  'endpoints.public_ip': z.array(urlSchema).min(1).max(10).optional(),
  'endpoints.rdap': urlSchema.optional(),
  'endpoints.asn_zones.ipv4': zoneSchema.optional(),
  'endpoints.asn_zones.ipv6': zoneSchema.optional(),
  'endpoints.asn_zones.name': zoneSchema.optional(),
  'endpoints.asn_nameserver': nameserverSchema.optional(),
});
export type PartialSettings = z.output<typeof settingsSchema>;
export type SettingName = keyof PartialSettings;

/** `paths` are separated by commas, since a folder's name may hold spaces; `list` by commas or spaces. */
export type Kind = 'path' | 'paths' | 'list' | 'switch' | 'number' | 'text';

export interface Key {
  name: SettingName;
  variable: string;
  /** network-mcp's name of the variable, taken where ours is not set. */
  formerVariable?: string;
  kind: Kind;
}

/** A setting that the command line can give too. */
export interface SettingKey extends Key {
  flag: string;
  /** The value's name in help. */
  placeholder: string;
  help: string;
}

export const settingKeys: readonly SettingKey[] = [
  {
    name: 'toolsets',
    variable: 'NETMCP_TOOLSETS',
    flag: 'toolsets',
    kind: 'list',
    placeholder: 'LIST',
    help: `toolsets to offer, separated by commas: ${toolsetWords.join(', ')}`,
  },
  {
    name: 'read_only',
    variable: 'NETMCP_READ_ONLY',
    flag: 'read-only',
    kind: 'switch',
    placeholder: '',
    help: 'offer and run only what changes nothing; wins over every other source',
  },
  {
    name: 'state_dir',
    variable: 'NETMCP_STATE_DIR',
    flag: 'state-dir',
    kind: 'path',
    placeholder: 'DIR',
    help: 'where plans, journals and checkpoints are kept',
  },
  {
    name: 'policy_dir',
    variable: 'NETMCP_POLICY_DIR',
    flag: 'policy-dir',
    kind: 'path',
    placeholder: 'DIR',
    help: 'policy (cards, profiles, limits) to use instead of the built-in one',
  },
  {
    name: 'history',
    variable: 'NETMCP_HISTORY',
    flag: 'history',
    kind: 'switch',
    placeholder: '',
    help: 'serve: keep the rates of interfaces over the last hour, read once a second',
  },
];

const sectionKey = (name: SettingName, kind: Kind, ending: string, former = false): Key => ({
  name,
  kind,
  variable: `NETMCP_${ending}`,
  ...(former ? { formerVariable: `NETWORK_MCP_${ending}` } : {}),
});

/** Without flags: what an operator decides is not for whoever types a command. */
const sectionKeys: readonly Key[] = [
  sectionKey('security.allowed_targets', 'list', 'ALLOWED_TARGETS', true),
  sectionKey('security.blocked_targets', 'list', 'BLOCKED_TARGETS', true),
  sectionKey('security.block_private', 'switch', 'BLOCK_PRIVATE', true),
  sectionKey('security.block_cloud_metadata', 'switch', 'BLOCK_CLOUD_METADATA', true),
  sectionKey('pcap.max_packets', 'number', 'MAX_PACKETS', true),
  sectionKey('pcap.allow_custom_filters', 'switch', 'ALLOW_CUSTOM_FILTERS', true),
  sectionKey('pcap.allowed_paths', 'paths', 'PCAP_ALLOWED_PATHS', true),
  sectionKey('history_interfaces', 'list', 'HISTORY_INTERFACES'),
  sectionKey('endpoints.public_ip', 'list', 'ENDPOINT_PUBLIC_IP'),
  sectionKey('endpoints.rdap', 'text', 'ENDPOINT_RDAP'),
  sectionKey('endpoints.asn_zones.ipv4', 'text', 'ENDPOINT_ASN_ZONE_IPV4'),
  sectionKey('endpoints.asn_zones.ipv6', 'text', 'ENDPOINT_ASN_ZONE_IPV6'),
  sectionKey('endpoints.asn_zones.name', 'text', 'ENDPOINT_ASN_ZONE_NAME'),
  sectionKey('endpoints.asn_nameserver', 'text', 'ENDPOINT_ASN_NAMESERVER'),
];

export const allKeys: readonly Key[] = [...settingKeys, ...sectionKeys];

/** Variables that are ours but no settings. */
export const otherVariables = ['NETMCP_CONFIG', 'NETMCP_LOG'] as const;
