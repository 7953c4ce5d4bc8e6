// The settings in force as capabilities tells them: target guard, captures, services asked. Never credentials.
import * as z from 'zod';
import { shellQuote } from '../../model/command.ts';
import type { ConfigFiles, Settings } from '../../model/ports.ts';
import type { Problem } from './capabilities-problems.ts';

export const securitySchema = z.strictObject({
  allowed_targets: z.array(z.string()).describe('Empty: every target that is not blocked'),
  blocked_targets: z.array(z.string()),
  block_private: z.boolean(),
  block_cloud_metadata: z.boolean(),
});

const rootSchema = z.strictObject({ path: z.string(), exists: z.boolean(), readable: z.boolean() });

export const pcapSchema = z.strictObject({
  max_packets: z.number().nullable(),
  allow_custom_filters: z.boolean(),
  allowed_paths: z.array(z.string()),
  roots: z.array(rootSchema),
});

export const endpointsSchema = z.strictObject({
  public_ip: z.array(z.string()),
  rdap: z.string(),
  asn_zones: z.array(z.string()),
  asn_nameserver: z.string().nullable().describe("null: the system's"),
});

export const showSecurity = ({ security }: Settings): z.infer<typeof securitySchema> => ({
  allowed_targets: [...security.allowedTargets],
  blocked_targets: [...security.blockedTargets],
  block_private: security.blockPrivate,
  block_cloud_metadata: security.blockCloudMetadata,
});

/** Host and port alone: a URL may hold a key in its path or a password before its host. */
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'not a URL');

export const showEndpoints = ({ endpoints }: Settings): z.infer<typeof endpointsSchema> => ({
  public_ip: endpoints.publicIp.map(hostOf),
  rdap: hostOf(endpoints.rdap),
  asn_zones: Object.values(endpoints.asnZones),
  asn_nameserver: endpoints.asnNameserver ?? null,
});

const rootOf = (path: string, files: ConfigFiles): Root => {
  const exists = files.exists(path);
  const before = files.warnings.length;
  files.list(path, '');
  const refused = files.warnings.slice(before).some((warning) => warning.includes('could not be read'));
  return { path, exists, readable: exists && !refused };
};

type Root = z.infer<typeof rootSchema>;

/** One folder of several may well be missing, and our own is made with the first capture; all of the others leave nothing to read. */
const rootProblems = (roots: readonly Root[], own: string): Problem[] => {
  const named = roots.filter(({ path }) => path !== own);
  const [first] = named;
  const refused = roots.filter(({ exists, readable }) => exists && !readable);
  const unreadable = refused.map(({ path }) => ({
    what: `The capture folder ${path} cannot be read.`,
    effect: 'Its captures are refused.',
    fix: `chmod o+rx ${shellQuote(path)}`,
  }));
  if (first === undefined || named.some(({ exists }) => exists)) return unreadable;
  return [
    {
      what: 'None of the capture folders exists.',
      effect: 'No capture can be read.',
      fix: `mkdir -p ${shellQuote(first.path)}, or set pcap.allowed_paths to a folder of yours`,
    },
  ];
};

export const showCaptures = (
  { captures, stateDir }: Settings,
  files: ConfigFiles,
): { pcap: z.infer<typeof pcapSchema>; problems: Problem[] } => {
  const roots = captures.allowedPaths.map((path) => rootOf(path, files));
  return {
    pcap: {
      max_packets: captures.maxPackets ?? null,
      allow_custom_filters: captures.allowCustomFilters,
      allowed_paths: [...captures.allowedPaths],
      roots,
    },
    problems: rootProblems(roots, `${stateDir}/captures`),
  };
};
