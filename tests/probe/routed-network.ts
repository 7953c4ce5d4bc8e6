// A client, a router and a server in namespaces of their own, both families: 10.1.0.1 and fd01::1 on one side, 10.2.0.2 and fd02::2 on the other.
import type { Namespace } from '../helpers/netns.ts';

export interface RoutedNetwork {
  client: Namespace;
  router: Namespace;
  server: Namespace;
}

export const routerAddress = { 4: '10.1.0.2', 6: 'fd01::2' } as const;
export const serverAddress = { 4: '10.2.0.2', 6: 'fd02::2' } as const;

const defaultRoutes = async (namespace: Namespace, v4: string, v6: string): Promise<void> => {
  await namespace.exec('ip', 'route', 'add', 'default', 'via', v4);
  await namespace.exec('ip', '-6', 'route', 'add', 'default', 'via', v6);
};

export const openRoutedNetwork = async (open: () => Promise<Namespace>): Promise<RoutedNetwork> => {
  const [client, router, server] = [await open(), await open(), await open()];
  await client.connect(
    router,
    { device: 'c0', addresses: ['10.1.0.1/24', 'fd01::1/64'] },
    { device: 'r0', addresses: ['10.1.0.2/24', 'fd01::2/64'] },
  );
  await router.connect(
    server,
    { device: 'r1', addresses: ['10.2.0.1/24', 'fd02::1/64'] },
    { device: 's0', addresses: ['10.2.0.2/24', 'fd02::2/64'] },
  );
  await router.exec('sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
  // Error messages are rationed to about one a second for each host; a test asks for more.
  for (const namespace of [router, server]) {
    await namespace.exec('sysctl', '-qw', 'net.ipv4.icmp_ratemask=0', 'net.ipv6.icmp.ratelimit=0');
  }
  await defaultRoutes(client, '10.1.0.2', 'fd01::2');
  await defaultRoutes(server, '10.2.0.1', 'fd02::1');
  // Neighbours of fresh links may take a second to be found; they are known from here on.
  for (const address of [serverAddress[4], serverAddress[6]]) {
    await client.exec('ping', '-n', '-c', '1', '-w', '20', address);
  }
  return { client, router, server };
};
