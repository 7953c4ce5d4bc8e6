// The operations of the toolset `probe`: what answers out there. Every target passes the guard first.
import type { Operation } from '../define.ts';
import { asnLookup } from './asn-lookup.ts';
import { batchDnsLookup } from './batch-dns-lookup.ts';
import { batchPing } from './batch-ping.ts';
import { batchPortCheck } from './batch-port-check.ts';
import { dnsLookup } from './dns-lookup.ts';
import { getPublicIp } from './get-public-ip.ts';
import { mtr } from './mtr.ts';
import { ping } from './ping.ts';
import { portCheck } from './port-check.ts';
import { rdapLookup } from './rdap-lookup.ts';
import { tracepath } from './tracepath.ts';
import { traceroute } from './traceroute.ts';

export const probeOperations: readonly Operation[] = [
  ping,
  traceroute,
  tracepath,
  mtr,
  dnsLookup,
  portCheck,
  batchPing,
  batchPortCheck,
  batchDnsLookup,
  getPublicIp,
  rdapLookup,
  asnLookup,
];
