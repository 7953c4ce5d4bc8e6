// A server's certificate as data: who, by whom, for which names, until when. Whatever stands in it was written by a stranger.
import type { X509Certificate } from 'node:crypto';
import { plainText } from '../../model/plain-text.ts';

const dayMs = 86_400_000;
const maxNames = 20;

export interface CertificateReport {
  subject: string;
  issuer: string;
  /** The first names and addresses it is for. */
  san: string[];
  san_total: number;
  valid_from: string | null;
  valid_to: string | null;
  /** Whole days until it expires; negative once it has. */
  days_left: number | null;
  expired: boolean | null;
  self_signed: boolean;
  serial_number: string;
  fingerprint_sha256: string;
}

const inOneLine = (text: string): string => plainText(text.split('\n').join(', '), 300);

const dateOf = (text: string): number | undefined => {
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
};

/** Names of a subjectAltName text: `DNS:a.test, IP Address:192.0.2.1`; what holds a comma is in quotes. */
export const alternativeNames = (text: string | undefined): string[] =>
  [...(text ?? '').slice(0, 65_536).matchAll(/(?:^|, )(?:DNS|IP Address|URI|email):("[^"]{0,500}"|[^,]{0,500})/g)].map(
    ([, name = '']) => plainText(name.replaceAll('"', ''), 253),
  );

export const reportCertificate = (certificate: X509Certificate, nowMs: number): CertificateReport => {
  const san = alternativeNames(certificate.subjectAltName);
  const from = dateOf(certificate.validFrom);
  const to = dateOf(certificate.validTo);
  return {
    subject: inOneLine(certificate.subject),
    issuer: inOneLine(certificate.issuer),
    san: san.slice(0, maxNames),
    san_total: san.length,
    valid_from: from === undefined ? null : new Date(from).toISOString(),
    valid_to: to === undefined ? null : new Date(to).toISOString(),
    days_left: to === undefined ? null : Math.floor((to - nowMs) / dayMs),
    expired: to === undefined ? null : to < nowMs,
    self_signed: certificate.subject === certificate.issuer,
    serial_number: plainText(certificate.serialNumber, 64),
    fingerprint_sha256: certificate.fingerprint256,
  };
};
