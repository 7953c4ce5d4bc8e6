// What is wrong with DNS in a capture, judged by rate and effect. A capture in which every query is answered well and in time has no finding.
import { LINK_LOCAL, MULTICAST } from '../engine/dns-layout.ts';
import type { DnsKindCounts, DnsReport, DnsServer } from './dns-report.ts';

export type DnsFindingCode =
  | 'server_silent'
  | 'unanswered'
  | 'server_failure'
  | 'refused'
  | 'many_nonexistent'
  | 'slow_server'
  | 'slow_answers'
  | 'retries'
  | 'truncated_answers'
  | 'answer_from_elsewhere'
  | 'mismatched_answers'
  | 'unasked_answers';

export interface DnsFinding {
  code: DnsFindingCode;
  severity: 'low' | 'medium' | 'high';
  message: string;
}

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
const milliseconds = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;

/** High from `high` on, medium from `medium` on, else low. */
const severityOf = (share: number, medium: number, high: number): DnsFinding['severity'] =>
  share >= high ? 'high' : share >= medium ? 'medium' : 'low';

/** Sums of what asks one server and expects its answer: DNS over UDP and TCP. */
export const unicast = ({ kinds }: DnsReport, field: keyof DnsKindCounts): number =>
  kinds.reduce((sum, kind, index) => (index === MULTICAST || index === LINK_LOCAL ? sum : sum + kind[field]), 0);

/** A server that answers nothing is silent when one of its queries waited so long: two may have been asked as the capture ended. */
const silenceMs = 1000;

const silentServers = ({ servers }: DnsReport): DnsFinding[] =>
  servers
    .filter(({ address, answered }) => address !== undefined && answered === 0)
    .filter(({ unanswered, pending, waitedMs }) => unanswered + pending >= 2 && waitedMs >= silenceMs)
    .slice(0, 3)
    .map(({ address, unanswered, pending }) => ({
      code: 'server_silent',
      severity: 'high',
      message: `${address ?? ''} answered none of ${unanswered + pending} queries: it is down, not a DNS server, or its packets are filtered.`,
    }));

const unansweredFinding = (report: DnsReport): DnsFinding[] => {
  const unanswered = unicast(report, 'unanswered');
  if (unanswered === 0) return [];
  const share = unanswered / (unanswered + unicast(report, 'answered'));
  const message = `${unanswered} ${unanswered === 1 ? 'query' : 'queries'} (${percent(share)}) ${unanswered === 1 ? 'was' : 'were'} never answered: packets are lost, filtered, or a server is overloaded.`;
  return [{ code: 'unanswered', severity: severityOf(share, 0.01, 0.1), message }];
};

const codeFindings = ({ codes }: DnsReport): DnsFinding[] => {
  const total = [...codes.values()].reduce((sum, count) => sum + count, 0);
  const count = (...wanted: number[]): number => wanted.reduce((sum, code) => sum + (codes.get(code) ?? 0), 0);
  const found: DnsFinding[] = [];
  const failures = count(2);
  if (failures > 0) {
    const message = `SERVFAIL in ${failures} answers (${percent(failures / total)}): the resolver could not reach or validate the domain's servers.`;
    found.push({ code: 'server_failure', severity: severityOf(failures / total, 0.01, 0.05), message });
  }
  const refused = count(1, 4, 5);
  if (refused > 0) {
    const message = `${refused} answers (${percent(refused / total)}) refuse the query (REFUSED, NOTIMP or FORMERR): the server does not serve this client or this kind of query.`;
    found.push({ code: 'refused', severity: severityOf(refused / total, 0.01, 0.05), message });
  }
  const absent = count(3);
  if (absent >= 20 && absent / total >= 0.3) {
    const message = `${percent(absent / total)} of the answers say that the name does not exist: look for search domains, typing errors, or software that makes names up.`;
    found.push({ code: 'many_nonexistent', severity: 'low', message });
  }
  return found;
};

/** A server counts in comparisons from this many answers on. */
const comparable = 5;

const slowServers = ({ servers }: DnsReport): DnsFinding[] => {
  const known = servers.filter(({ address, answered }) => address !== undefined && answered >= comparable);
  const medianOf = ({ times }: DnsServer): number => times?.p50 ?? 0;
  const fastest = known.reduce(
    (best: DnsServer | undefined, server) => (best === undefined || medianOf(server) < medianOf(best) ? server : best),
    undefined,
  );
  if (fastest === undefined) return [];
  return known
    .filter((server) => medianOf(server) >= 3 * medianOf(fastest) && medianOf(server) - medianOf(fastest) >= 10)
    .slice(0, 3)
    .map((server) => ({
      code: 'slow_server',
      severity: 'medium',
      message: `${server.address ?? ''} takes ${milliseconds(medianOf(server))} in the median, ${fastest.address ?? ''} ${milliseconds(medianOf(fastest))}: ask the faster one first.`,
    }));
};

const otherFindings = (report: DnsReport, slowMs: number): DnsFinding[] => {
  const found: DnsFinding[] = [];
  const { times, truncated, fromElsewhere } = report;
  if (times !== undefined && times.p95 >= slowMs) {
    const message = `One answer in twenty takes ${milliseconds(times.p95)} or more.`;
    found.push({ code: 'slow_answers', severity: severityOf(times.p50, slowMs, slowMs * 5), message });
  }
  const queries = unicast(report, 'queries');
  const retries = unicast(report, 'retried') + unicast(report, 'askedAgain');
  if (retries > 0) {
    const message = `${retries} of ${queries} queries were retries: clients wait for lost or late answers.`;
    found.push({ code: 'retries', severity: severityOf(retries / queries, 0.02, 0.2), message });
  }
  const responses = unicast(report, 'responses');
  if (truncated > 0 && truncated / responses >= 0.01) {
    const message = `${truncated} answers were truncated: clients must ask again over TCP, so port 53 over TCP has to be open.`;
    found.push({ code: 'truncated_answers', severity: 'low', message });
  }
  if (fromElsewhere > 0) {
    const message = `${fromElsewhere} answers came from another address than the one asked: spoofed, or a server that answers from a second address.`;
    found.push({ code: 'answer_from_elsewhere', severity: 'high', message });
  }
  const mismatched = unicast(report, 'mismatched');
  if (mismatched > 0) {
    const message = `${mismatched} answers have a query's id and addresses but another question: forged, or a faulty server.`;
    found.push({ code: 'mismatched_answers', severity: 'high', message });
  }
  const unasked = unicast(report, 'unasked') - fromElsewhere;
  if (unasked > 0 && unasked / responses >= 0.1) {
    const message = `${unasked} answers (${percent(unasked / responses)}) have no query in this capture: it began later, or sees one direction only.`;
    found.push({ code: 'unasked_answers', severity: 'low', message });
  }
  return found;
};

const order = ['high', 'medium', 'low'];

/** Gravest first. */
export const dnsFindings = (report: DnsReport, slowMs: number): DnsFinding[] =>
  [
    ...silentServers(report),
    ...unansweredFinding(report),
    ...codeFindings(report),
    ...slowServers(report),
    ...otherFindings(report, slowMs),
  ].sort((one, other) => order.indexOf(one.severity) - order.indexOf(other.severity));
