// Input that dns_lookup and batch_dns_lookup share.
import * as z from 'zod';
import { askableTypes } from '../../probe/dns/record-types.ts';

const inUpperCase = (value: unknown): unknown => (typeof value === 'string' ? value.toUpperCase() : value);

/** In either case: `MX`, `mx`. */
export const recordTypeInput = z.preprocess(inUpperCase, z.enum(askableTypes));
