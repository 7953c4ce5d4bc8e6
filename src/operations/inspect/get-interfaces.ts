// get_interfaces: the interfaces of this network namespace with addresses and link state and, if asked for, counters, driver, offloads, rings.
import * as z from 'zod';
import type { Link } from '../../host/links.ts';
import { debianPackages } from '../../model/command.ts';
import { interfaceNameSchema } from '../../model/names.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import { plainText } from '../../model/plain-text.ts';
import { defineOperation } from '../define.ts';
import { pageInput, pageOutput, type Page } from '../frame/page.ts';
import { resultSchema } from '../frame/result.ts';
import { noSuchInterface } from './known-interface.ts';
import { detailOf, detailSchema } from './link-detail.ts';
import { briefFields, briefOf, isUp } from './link-view.ts';
import { pageRead } from './page-read.ts';

/** ethtool costs three processes for each interface, and more do not fit a page. */
const mostInFull = 10;
/** Addresses shown of each interface among others, and of one that was asked for. */
const mostAddresses = { many: 20, one: 100 };

const interfaceSchema = z.strictObject({ ...briefFields, detail: detailSchema.optional() });
type Shown = z.infer<typeof interfaceSchema>;

const input = z.strictObject({
  interface: interfaceNameSchema.optional(),
  detail: z.enum(['brief', 'full']).default('brief'),
  ...pageInput,
});
type Input = z.output<typeof input>;

interface Looked {
  page: Page<Shown>;
  up: number;
  primary: string | null;
  hidden: string[];
}

/** Throws not_found. */
const chosen = <Entry>(
  all: readonly Entry[],
  wanted: string | undefined,
  nameOf: (entry: Entry) => string,
): Entry[] => {
  const found = all.filter((entry) => wanted === undefined || nameOf(entry) === wanted);
  if (wanted === undefined || found.length > 0) return found;
  throw noSuchInterface(
    wanted,
    all.map((entry) => plainText(nameOf(entry), 64)),
  );
};

const sizes = (request: Input): { max_results: number; cursor?: string | undefined; addresses: number } => ({
  max_results: request.detail === 'full' ? Math.min(request.max_results, mostInFull) : request.max_results,
  cursor: request.cursor,
  addresses: request.interface === undefined ? mostAddresses.many : mostAddresses.one,
});

const lookOnLinux = async (request: Input, ports: OperationPorts, signal: AbortSignal): Promise<Looked> => {
  const [{ readLinks }, { readDuplex, readHardware }, { readDefaultInterface }] = await Promise.all([
    import('../../host/links.ts'),
    import('../../host/interfaces.ts'),
    import('../../host/routes.ts'),
  ]);
  const full = request.detail === 'full';
  const [all, primary, ethtool] = await Promise.all([
    readLinks(ports.exec, signal, full),
    readDefaultInterface(ports, signal),
    full ? ports.exec.find('ethtool') : undefined,
  ]);
  const wanted = chosen(all, request.interface, ({ ifname }) => ifname);
  const { addresses, ...size } = sizes(request);
  const unseen: string[] = [];
  const page = await pageRead(wanted, size, async (link: Link): Promise<Shown> => {
    const { shown, speed_mbps, device } = await readHardware(ports.kernel, link);
    if (!shown) unseen.push(plainText(link.ifname, 64));
    const duplex = shown ? await readDuplex(ports.kernel, link.ifname) : null;
    const brief = briefOf(link, { speed_mbps, duplex, driver: device.driver ?? null }, addresses);
    return full ? { ...brief, detail: await detailOf(link, ports, { ethtool: ethtool !== undefined, signal }) } : brief;
  });
  const hidden: string[] = [];
  if (full && ethtool === undefined)
    hidden.push(`Driver, rings and offloads: ethtool is not installed (apt-get install ${debianPackages.ethtool}).`);
  if (unseen.length > 0)
    hidden.push(
      `Speed, duplex and hardware of ${unseen.slice(0, 10).join(', ')}: /sys is of another network namespace.`,
    );
  return { page, up: wanted.filter(isUp).length, primary, hidden };
};

const lookElsewhere = async (request: Input): Promise<Looked> => {
  const [{ readPortableInterfaces }, { portableBrief }] = await Promise.all([
    import('../../host/portable-interfaces.ts'),
    import('./portable-view.ts'),
  ]);
  const wanted = chosen(readPortableInterfaces(), request.interface, ({ name }) => name);
  const { addresses, ...size } = sizes(request);
  const page = await pageRead(wanted, size, async (entry) => portableBrief(entry, addresses));
  const hidden = ['Default interface, MTU, speed, kind, counters, and what is down or has no address: only on Linux.'];
  return { page, up: wanted.length, primary: null, hidden };
};

export const getInterfaces = defineOperation({
  name: 'get_interfaces',
  title: 'Get network interfaces',
  description:
    'Interfaces with state, addresses, MTU and speed, and which has the default route. detail "full" adds counters, driver, rings, offloads.',
  toolset: 'inspect',
  needs: 'none',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  everywhere: true,
  input,
  output: resultSchema({
    interfaces: z.array(interfaceSchema),
    default_interface: z.string().nullable(),
    hidden: z.array(z.string()).describe('What could not be seen, and why'),
    ...pageOutput,
  }),
  run: async (request, ports, { signal }) => {
    const linux = ports.platform === 'linux';
    const { page, up, primary, hidden } = await (linux ? lookOnLinux(request, ports, signal) : lookElsewhere(request));
    const { items, total, truncated, cursor } = page;
    return {
      success: true,
      summary: `Found ${total} interface${total === 1 ? '' : 's'} (${up} up). Primary: ${primary ?? 'none'}`,
      interfaces: items,
      default_interface: primary,
      hidden,
      total,
      truncated,
      cursor,
    };
  },
});
