// The demo's little internet: a host, a router whose uplink is slow and whose queue is far too deep, and a server behind it.
import { openNamespace, type Namespace } from '../../tests/helpers/netns.ts';

/** Rate of the slow link, Mbit/s. */
export const bottleneckMbit = 20;
/** What its queue holds at that rate: the classic bloated modem. */
const queueMs = 1000;

export interface Topology {
  host: Namespace;
  server: Namespace;
  /** The host's only interface. */
  iface: string;
  serverAddress: string;
  remove(): Promise<void>;
}

export const openTopology = async (): Promise<Topology> => {
  const [host, router, server] = [await openNamespace(), await openNamespace(), await openNamespace()];
  await host.connect(
    router,
    { device: 'uplink', addresses: ['10.50.1.2/24'] },
    { device: 'lan', addresses: ['10.50.1.1/24'] },
  );
  await router.connect(
    server,
    { device: 'wan', addresses: ['10.50.2.1/24'] },
    { device: 'eth', addresses: ['10.50.2.2/24'] },
  );
  await host.exec('ip', 'route', 'add', 'default', 'via', '10.50.1.1');
  await server.exec('ip', 'route', 'add', 'default', 'via', '10.50.2.1');
  await router.exec('sysctl', '-qw', 'net.ipv4.ip_forward=1');
  const slow = ['rate', `${String(bottleneckMbit)}mbit`, 'burst', '15kb', 'latency', `${String(queueMs)}ms`];
  await router.exec('tc', 'qdisc', 'add', 'dev', 'wan', 'root', 'tbf', ...slow);
  return {
    host,
    server,
    iface: 'uplink',
    serverAddress: '10.50.2.2',
    remove: async () => {
      for (const namespace of [host, router, server]) await namespace.remove();
    },
  };
};
