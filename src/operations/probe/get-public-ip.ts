// get_public_ip: the address under which the internet sees this host.
import * as z from 'zod';
import { defineOperation } from '../define.ts';
import { resultSchema, untrustedSchema } from '../frame/result.ts';
import { familyInput } from './family.ts';
import { probing } from './probing.ts';

export const getPublicIp = defineOperation({
  name: 'get_public_ip',
  title: 'Get public IP address',
  description: 'Asks services on the internet which address this host has there.',
  ...probing,
  everywhere: true,
  input: z.strictObject({
    family: familyInput,
    timeout_s: z.number().min(0.1).max(30).default(10),
  }),
  output: resultSchema({
    public_ip: z.string().nullable(),
    family: z.enum(['ipv4', 'ipv6']).nullable(),
    service_used: z.string().nullable(),
    behind_nat: z.boolean().nullable().describe('No interface here has that address'),
    attempts: z.array(
      z.strictObject({
        service: z.string(),
        url: z.string(),
        outcome: z.string(),
        detail: z.string().nullable(),
        time_ms: z.number(),
      }),
    ),
    untrusted: untrustedSchema,
  }),
  run: async (input, ports, { signal }) => {
    const [{ askPublicIp }, { packageVersion }] = await Promise.all([
      import('../../probe/registry/public-ip.ts'),
      import('../../config/version.ts'),
    ]);
    const { found, attempts } = await askPublicIp({
      urls: ports.settings.endpoints.publicIp,
      family: input.family,
      targets: ports.targets,
      signal,
      timeoutMs: input.timeout_s * 1000,
      userAgent: `netmcp/${packageVersion()}`,
    });
    const failures = attempts.map(({ service, outcome }) => `${service}: ${outcome}`).join('; ');
    return {
      success: found !== undefined,
      summary:
        found === undefined
          ? `No service told the public IP (${failures === '' ? 'none is configured in endpoints.public_ip' : failures}).`
          : `Public IP: ${found.address} (via ${found.service})`,
      public_ip: found?.address ?? null,
      family: found?.family ?? null,
      service_used: found?.service ?? null,
      behind_nat: found?.behindNat ?? null,
      attempts,
      untrusted: ['public_ip'],
    };
  },
});
