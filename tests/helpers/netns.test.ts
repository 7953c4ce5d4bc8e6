// The helpers that other kernel tests trust: a dump shows every kind of change, and comes back when the change is undone.
import { expect } from 'vitest';
import { kernelTest } from './kernel-test.ts';

const changes = {
  'a sysctl': [
    ['sysctl', '-qw', 'net.ipv4.tcp_rmem=4096 131072 1000000'],
    ['sysctl', '-qw', 'net.ipv4.tcp_rmem=4096 131072 6291456'],
  ],
  'a root qdisc': [
    ['tc', 'qdisc', 'add', 'dev', 'ifbtest', 'root', 'tbf', 'rate', '1mbit', 'burst', '4k', 'latency', '50ms'],
    ['tc', 'qdisc', 'del', 'dev', 'ifbtest', 'root'],
  ],
  'an nft table': [
    ['nft', 'add', 'table', 'inet', 'somebody'],
    ['nft', 'delete', 'table', 'inet', 'somebody'],
  ],
  'a device feature': [
    ['ethtool', '-K', 'left', 'tso', 'off'],
    ['ethtool', '-K', 'left', 'tso', 'on'],
  ],
  'an MTU': [
    ['ip', 'link', 'set', 'left', 'mtu', '1400'],
    ['ip', 'link', 'set', 'left', 'mtu', '1500'],
  ],
} as const;

kernelTest.for(Object.entries(changes))(
  'a dump shows %s and its undoing',
  async ([, [change, undo]], { namespace, openNamespace }) => {
    const other = await openNamespace();
    await namespace.connect(other, { device: 'left', addresses: ['10.9.0.1/24'] }, { device: 'right' });
    await namespace.addIfb('ifbtest');
    await namespace.exec('sysctl', '-qw', 'net.ipv4.tcp_rmem=4096 131072 6291456');
    const before = await namespace.dump();
    const [changeFile, ...changeArguments] = change;
    await namespace.exec(changeFile, ...changeArguments);
    expect(await namespace.dump()).not.toBe(before);
    const [undoFile, ...undoArguments] = undo;
    await namespace.exec(undoFile, ...undoArguments);
    expect(await namespace.dump()).toBe(before);
  },
);
