// Who may reply to an echo request: the address that was asked, and for a group any of its members.

/** Multicast and broadcast are answered by other addresses than the one asked. */
const isGroup = (address: string): boolean => /^(ff|2(2[4-9]|3\d)\.|255\.)/i.test(address);

/** Packets to the unspecified address go to the loopback address. */
const loopbackOf: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

export const mayReply = (from: string | null, asked: string): boolean =>
  from === asked || isGroup(asked) || (from !== null && from === loopbackOf[asked]);
