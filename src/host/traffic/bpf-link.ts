// Attaches a program to an interface by a BPF link: it ends with its descriptor, thus also with this process however that ends.
import { bpfCalls } from '../bpf/calls.ts';
import { createLink, linkedDevice } from '../bpf/programs.ts';
import type { Attachment } from './bpf-counter.ts';

export interface LinkPlace {
  /** Said in errors: `Attaching XDP to eth0`. */
  what: string;
  target: number;
  /** enum bpf_attach_type of linux/bpf.h. */
  attachType: number;
  flags: number;
  /** Who holds the place when the kernel says it is taken. */
  taken?: string;
}

export const attachByLink = async (programFd: number, place: LinkPlace): Promise<Attachment> => {
  const { what, target, attachType, flags, taken } = place;
  const fd = await createLink(what, { programFd, target, attachType, flags }, taken);
  const calls = await bpfCalls();
  let open = true;
  return {
    holds: async () => linkedDevice(calls, fd) !== 0,
    async detach() {
      if (!open) return;
      open = false;
      calls.close(fd);
    },
  };
};
