// The address family as callers name it, and as sockets do.
import * as z from 'zod';
import type { IpVersion } from '../../model/probe.ts';

export const familyInput = z
  .enum(['ipv4', 'ipv6'])
  .transform((family): IpVersion => (family === 'ipv4' ? 4 : 6))
  .optional();
