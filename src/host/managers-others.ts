// Managers without a word about single interfaces: what their state files, configuration and naming tell while they run.
import { matchesWildcard } from '../model/owner.ts';
import type { InterfaceFacts } from '../model/snapshot.ts';
import { bare, type Claim, type RuntimeContext } from './managers-claims.ts';
import { parseIfstate } from './managers-text.ts';
import { lastValues, parseIni } from './owners/ini.ts';

const ifstateFiles = ['/run/network/ifstate', '/run/ifstate'];

const ofIfupdown = ({ files, isInside }: RuntimeContext): Claim[] =>
  (isInside ? ifstateFiles : []).flatMap((path) =>
    [...parseIfstate(files.read(path) ?? '')].map(([name, stanza]) => ({
      manager: 'ifupdown' as const,
      interface: name,
      state: 'up',
      connection: stanza,
      evidence: path,
      origin: null,
    })),
  );

/** Hardware, which managers that take every interface mean. */
const isDevice = ({ name, kind }: InterfaceFacts): boolean => kind === null && name !== 'lo';

const ofDhcpcd = ({ files, interfaces, runs }: RuntimeContext): Claim[] => {
  if (!runs('dhcpcd')) return [];
  const config = files.read('/etc/dhcpcd.conf') ?? '';
  const patterns = (option: string): string[] =>
    [...config.matchAll(new RegExp(`^[ \\t]*${option}[ \\t]+(.{1,500})$`, 'gm'))].flatMap(([, list = '']) =>
      list.trim().split(/[\s,]+/),
    );
  const [denied, allowed] = [patterns('denyinterfaces'), patterns('allowinterfaces')];
  const matches = (list: readonly string[], name: string): boolean => list.some((one) => matchesWildcard(one, name));
  const master = ['/run/dhcpcd/pid', '/run/dhcpcd.pid'].find((path) => files.exists(path));
  return interfaces.flatMap((facts) => {
    const { name } = facts;
    const own = [`/run/dhcpcd/${name}.pid`, `/run/dhcpcd/${name}-4.pid`, `/run/dhcpcd-${name}.pid`].find((path) =>
      files.exists(path),
    );
    const isTaken = isDevice(facts) && !matches(denied, name) && (allowed.length === 0 || matches(allowed, name));
    const evidence = own ?? (master !== undefined && isTaken ? `${master}: it takes every device` : undefined);
    return evidence === undefined ? [] : [{ ...bare, manager: 'dhcpcd', interface: name, evidence }];
  });
};

/** connman's default, unless main.conf says otherwise (connman.conf(5)). */
const connmanBlacklist = 'vmnet,vboxnet,virbr,ifb,ve-,vb-';

const ofConnman = ({ files, interfaces, runs }: RuntimeContext): Claim[] => {
  if (!runs('connman')) return [];
  const sections = parseIni(files.read('/etc/connman/main.conf') ?? '', '/etc/connman/main.conf');
  const set = lastValues(sections, 'General').get('NetworkInterfaceBlacklist')?.value;
  const prefixes = (set ?? connmanBlacklist).split(',').map((prefix) => prefix.trim());
  return interfaces
    .filter((facts) => isDevice(facts) && !prefixes.some((prefix) => prefix !== '' && facts.name.startsWith(prefix)))
    .map(({ name }) => ({ ...bare, manager: 'connman', interface: name, evidence: 'connmand runs and takes it' }));
};

const ofWicked = ({ files, interfaces, runs }: RuntimeContext): Claim[] =>
  interfaces.flatMap(({ name }) => {
    const path = `/etc/sysconfig/network/ifcfg-${name}`;
    return runs('wicked') && files.exists(path)
      ? [
          {
            ...bare,
            manager: 'wicked',
            interface: name,
            connection: path,
            evidence: `wickedd runs and ${path} is there`,
          },
        ]
      : [];
  });

const isDockerBridge = ({ name, kind }: InterfaceFacts): boolean =>
  kind === 'bridge' && /^(?:docker0|docker_gwbridge|br-[0-9a-f]{12})$/.test(name);

const ofDocker = ({ interfaces, runs }: RuntimeContext): Claim[] => {
  if (!runs('Docker')) return [];
  const bridges = new Set(interfaces.filter(isDockerBridge).map(({ name }) => name));
  return interfaces.flatMap(({ name, kind, master }) => {
    const isPort = kind === 'veth' && master !== null && bridges.has(master);
    const evidence = bridges.has(name) ? 'dockerd runs; its name for a bridge' : `a port of ${master ?? ''}`;
    return bridges.has(name) || isPort ? [{ ...bare, manager: 'Docker', interface: name, evidence }] : [];
  });
};

export const otherClaims = (context: RuntimeContext): Claim[] => [
  ...ofIfupdown(context),
  ...ofWicked(context),
  ...ofConnman(context),
  ...ofDhcpcd(context),
  ...ofDocker(context),
];
