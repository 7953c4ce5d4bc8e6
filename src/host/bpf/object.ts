// The BPF object that is shipped beside the compiled program, read once.
import { readFile } from 'node:fs/promises';
import { damaged, readElf, type ElfObject } from '../../monitor/elf.ts';

const read = async (): Promise<ElfObject> => {
  const place = new URL('../../monitor/bpf/monitor.bpf.o', import.meta.url);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(place);
  } catch (error) {
    throw damaged('its file is not readable', error);
  }
  return readElf(bytes);
};

let loaded: Promise<ElfObject> | undefined;

export const monitorObject = (): Promise<ElfObject> => (loaded ??= read());
