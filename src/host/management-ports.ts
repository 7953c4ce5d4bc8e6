// The ports a person manages this host by: where sshd listens.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { errnoOf } from '../model/errors.ts';
import type { KernelFiles } from '../model/ports.ts';

const fallback: readonly number[] = [22];

// include/net/tcp_states.h
const TCP_LISTEN = '0A';
/** 127.0.0.0/8 and ::1 as /proc/net/tcp prints them on little-endian machines: forwarded displays and ports, not the way in. */
const loopback = /^([0-9A-F]{6}7F|0{24}01000000)$/;

/** Listening ports by socket inode. */
const listeners = (text: string | undefined): [string, number][] =>
  (text ?? '').split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    const [address = '', port = ''] = local.split(':');
    return state === TCP_LISTEN && !loopback.test(address) ? [[inode, Number.parseInt(port, 16)]] : [];
  });

/** A process may end, or be closed to us, while we look. */
const quietly = <T>(reading: () => T, otherwise: T): T => {
  try {
    return reading();
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(errnoOf(error) ?? '')) return otherwise;
    throw error;
  }
};

/** Inodes of the sockets that sshd's processes hold. Read synchronously: hundreds of tiny files cost ten times as much otherwise. */
export const sshdSockets = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => quietly(() => readFileSync(`/proc/${pid}/comm`, 'utf8'), '').startsWith('sshd'))
    .flatMap((pid) => {
      const folder = `/proc/${pid}/fd`;
      const names = quietly(() => readdirSync(folder), []);
      return names.flatMap((name) => {
        const target = quietly(() => readlinkSync(`${folder}/${name}`), '');
        return /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [];
      });
    });

/**
 * Ports on which sshd listens beyond loopback, ascending; 22 where no sshd is seen: none runs, systemd listens for it, or it belongs to
 * a user whose processes we may not look into.
 */
export const readManagementPorts = async (
  kernel: KernelFiles,
  socketsOfSshd: () => string[] = sshdSockets,
): Promise<number[]> => {
  const [tcp, tcp6] = await Promise.all([kernel.read('/proc/self/net/tcp'), kernel.read('/proc/self/net/tcp6')]);
  const ports = new Map([...listeners(tcp), ...listeners(tcp6)]);
  if (ports.size === 0) return [...fallback];
  const found = new Set(socketsOfSshd().flatMap((inode) => ports.get(inode) ?? []));
  return found.size === 0 ? [...fallback] : [...found].sort((a, b) => a - b);
};
