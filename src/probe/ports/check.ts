// One port looked at closely: whether it is open, what it says by itself, and on request what its TLS certificate says.
import { readBanner } from './banner.ts';
import { reportCertificate, type CertificateReport } from './certificate.ts';
import { connectTo, type ConnectRequest, type PortAnswer } from './connect.ts';
import { inspectTls, type TlsReport } from './tls.ts';

/** Milliseconds a server has to say something by itself. */
const bannerWaitMs = 1000;
/** Milliseconds a handshake may take, whatever the time for the connection. */
const maxHandshakeMs = 8000;

export interface CheckRequest extends ConnectRequest {
  /** As the caller wrote it. */
  target: string;
  banner: boolean;
  tls: boolean;
  /** Wall clock, for what is left of a certificate. */
  nowMs: number;
}

export interface CheckReport extends PortAnswer {
  banner: string | null;
  /** Null when it was not asked for, or the port is not open. */
  tls: (TlsReport & { certificate: CertificateReport | null }) | null;
}

/** Throws cancelled, limit_exceeded. With `tls` a banner is not waited for: in TLS the client speaks first. */
export const checkPort = async (request: CheckRequest): Promise<CheckReport> => {
  const { answer, socket } = await connectTo(request);
  if (socket === undefined) return { ...answer, banner: null, tls: null };
  if (request.tls) {
    const timeoutMs = Math.min(request.timeoutMs, maxHandshakeMs);
    const { report, certificate } = await inspectTls(socket, { ...request, timeoutMs });
    const told = certificate === undefined ? null : reportCertificate(certificate, request.nowMs);
    return { ...answer, banner: null, tls: { ...report, certificate: told } };
  }
  if (!request.banner) {
    socket.destroy();
    return { ...answer, banner: null, tls: null };
  }
  return { ...answer, banner: await readBanner(socket, bannerWaitMs, request.signal), tls: null };
};
