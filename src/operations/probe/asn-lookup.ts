// asn_lookup: which autonomous system announces an address, and what that system is called.
import * as z from 'zod';
import { NetError } from '../../model/errors.ts';
import { parseAddress } from '../../model/address.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import { defineOperation } from '../define.ts';
import { resultSchema, untrustedSchema } from '../frame/result.ts';
import { probing } from './probing.ts';

const text = z.string().nullable();

/** Systems whose names are asked for when several announce the same address. */
const maxNamed = 5;

const input = z.strictObject({
  ip: z.string().min(1).max(120).optional(),
  query: z.string().min(1).max(120).optional().describe('Instead of ip; or AS13335'),
  timeout_s: z.number().min(0.1).max(30).default(5),
});

const subjectOf = ({ ip, query }: z.output<typeof input>): string => {
  const subject = ip ?? query;
  if (subject !== undefined && (ip === undefined || query === undefined)) return subject;
  throw new NetError(
    'invalid_argument',
    subject === undefined ? 'Neither ip nor query is given.' : 'Both ip and query are given.',
    'Pass ip with an address, or query with an address or an AS number.',
  );
};

const asked = async (ports: OperationPorts, timeoutS: number, signal: AbortSignal) => {
  const { openResolver } = await import('../../probe/dns/lookup.ts');
  const { asnNameserver: nameserver, asnZones: zones } = ports.settings.endpoints;
  const configFiles = () => ports.configFiles();
  const { servers } = await openResolver({ targets: ports.targets, configFiles, nameserver, signal });
  return { servers, zones, timeoutMs: timeoutS * 1000, signal };
};

export const asnLookup = defineOperation({
  name: 'asn_lookup',
  title: 'Origin AS lookup',
  description: 'Which autonomous system announces an address, and its name.',
  ...probing,
  everywhere: true,
  input,
  output: resultSchema({
    ip: text,
    asn: text,
    prefix: text,
    country: text,
    registry: text,
    allocated: text,
    as_name: text,
    as_description: text,
    announced: z.boolean().nullable().describe('null: not asked or not known'),
    origins: z
      .array(
        z.strictObject({
          asn: z.string(),
          prefix: text,
          country: text,
          registry: text,
          allocated: text,
          as_name: text,
        }),
      )
      .describe('Most specific prefix first'),
    notes: z.array(z.string()),
    untrusted: untrustedSchema,
  }),
  run: async (given, ports, { signal }) => {
    const [{ nameOf, originsOf, plainAddress }, { parseAsn }, { privateKindOf }] = await Promise.all([
      import('../../probe/registry/asn.ts'),
      import('../../probe/registry/rdap.ts'),
      import('../../probe/targets/address-kinds.ts'),
    ]);
    const subject = subjectOf(given);
    const none = { prefix: null, country: null, registry: null, allocated: null, as_name: null, as_description: null };
    const base = { ip: null, asn: null, ...none, announced: null, origins: [], notes: [], untrusted: [] };
    const number = given.ip === undefined ? parseAsn(subject) : undefined;

    if (number !== undefined) {
      const asn = String(number);
      const { rcode, as } = await nameOf(asn, await asked(ports, given.timeout_s, signal));
      if (as === undefined) {
        const why = rcode === 'NOERROR' || rcode === 'NXDOMAIN' ? 'is not known' : `could not be looked up (${rcode})`;
        return { ...base, asn, success: false, summary: `AS${asn} ${why}.` };
      }
      const { name, description, ...registration } = as;
      return {
        ...base,
        ...registration,
        asn,
        success: true,
        summary: `AS${asn} is ${description}`,
        as_name: name,
        as_description: description,
        untrusted: ['summary', 'as_name', 'as_description'],
      };
    }

    ports.targets.checkName(subject);
    const ip = plainAddress(subject);
    const address = parseAddress(ip);
    const kind = address === undefined ? undefined : privateKindOf(address);
    if (kind !== undefined) {
      const summary = `${ip} is not announced on the internet: it is ${kind}.`;
      return { ...base, ip, success: true, summary, announced: false, notes: ['Nobody was asked.'] };
    }
    const service = await asked(ports, given.timeout_s, signal);
    const { rcode, origins } = await originsOf(ip, service);
    const [best] = origins;
    if (best === undefined) {
      const known = rcode === 'NXDOMAIN' || rcode === 'NOERROR';
      const why = known ? 'is not announced by any autonomous system' : `could not be looked up (${rcode})`;
      return { ...base, ip, success: known, summary: `${ip} ${why}.`, announced: known ? false : null };
    }
    const numbers = [...new Set(origins.map(({ asn }) => asn))].slice(0, maxNamed);
    const notes: string[] = [];
    const names = new Map(
      await Promise.all(
        numbers.map(async (asn) => {
          try {
            return [asn, (await nameOf(asn, service)).as] as const;
          } catch (error) {
            signal.throwIfAborted();
            // The origin is known; a name that is late or not there does not take it away.
            notes.push(
              `The name of AS${asn} could not be looked up: ${error instanceof Error ? error.message : 'no answer'}`,
            );
            return [asn, undefined] as const;
          }
        }),
      ),
    );
    const others = numbers.slice(1);
    if (others.length > 0) notes.push(`Also announced by ${others.map((asn) => `AS${asn}`).join(', ')}.`);
    const as = names.get(best.asn);
    return {
      ...base,
      ...best,
      ip,
      success: true,
      summary: `${ip} originates from AS${best.asn}${as === undefined ? '' : ` (${as.name})`}${best.prefix === null ? '' : `, prefix ${best.prefix}`}`,
      as_name: as?.name ?? null,
      as_description: as?.description ?? null,
      announced: true,
      origins: origins.map((origin) => ({ ...origin, as_name: names.get(origin.asn)?.name ?? null })),
      notes,
      untrusted: ['summary', 'prefix', 'country', 'registry', 'allocated', 'as_name', 'as_description', 'origins'],
    };
  },
});
