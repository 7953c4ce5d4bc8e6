// Crafted captures read by the engine: its DNS report, and the engine for what the report leaves out.
import type { Engine } from '../../src/capture/engine/engine.ts';
import { readCapture } from '../../src/capture/read.ts';
import type { DnsReport } from '../../src/capture/reports/dns-report.ts';
import { dnsReport } from '../../src/capture/reports/dns.ts';
import { captureFile, type CraftedPacket } from './dns-craft.ts';
import { sourceOfBytes } from './source.ts';

export interface ReadDns extends DnsReport {
  engine: Engine;
}

export const readDnsFile = async (bytes: Uint8Array): Promise<ReadDns> => {
  const { engine } = await readCapture(sourceOfBytes(bytes), {
    maxPackets: undefined,
    signal: new AbortController().signal,
  });
  return { engine, ...dnsReport(engine, 10) };
};

export const readDns = (packets: readonly CraftedPacket[]): Promise<ReadDns> => readDnsFile(captureFile(packets));

/** Labels as text, for comparisons. */
export const textOf = (labels: readonly Uint8Array[] | undefined): string | undefined =>
  labels?.map((label) => Buffer.from(label).toString('latin1')).join('.');
