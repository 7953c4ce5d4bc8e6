// The BPF object that is shipped beside the compiled program, read once.
import { readFileSync } from 'node:fs';
import { damaged, readElf, type ElfObject } from '../../monitor/elf.ts';

const read = (): ElfObject => {
  const place = new URL('../../monitor/bpf/monitor.bpf.o', import.meta.url);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(place);
  } catch (error) {
    throw damaged('its file is not readable', error);
  }
  return readElf(bytes);
};

let loaded: ElfObject | undefined;

export const monitorObject = (): ElfObject => (loaded ??= read());
