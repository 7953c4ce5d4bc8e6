// A BPF program as the object holds it: its instructions, the maps it needs, and the places where descriptors and constants go.
import { damaged, latin1, type ElfObject } from './elf.ts';

/** `struct map` of monitor.bpf.c. Type by the kernel's number, sizes in bytes. */
export interface MapDefinition {
  type: number;
  keyBytes: number;
  valueBytes: number;
  maxEntries: number;
  flags: number;
}

interface Reference {
  /** Of the instruction, in bytes. */
  at: number;
  name: string;
  /** A map's descriptor, or a number that the program is made for. */
  kind: 'map' | 'constant';
}

export interface ProgramTemplate {
  instructions: Uint8Array;
  maps: ReadonlyMap<string, MapDefinition>;
  references: readonly Reference[];
  /** As the kernel wants to know it. */
  licence: string;
}

const instructionBytes = 8;
const mapBytes = 20;
const R_BPF_64_64 = 1;
/** BPF_LD | BPF_IMM | BPF_DW, the one instruction of two words. */
const loadDoubleWord = 0x18;
const BPF_PSEUDO_MAP_FD = 1;

const sectionOf = (object: ElfObject, name: string) => {
  const index = object.sections.findIndex((section) => section.name === name);
  const section = object.sections[index];
  if (section === undefined || section.bytes.length === 0) throw damaged(`it has no section ${name}`);
  return { index, bytes: section.bytes };
};

const readMap = (bytes: Uint8Array, at: number, name: string): MapDefinition => {
  if (at + mapBytes > bytes.length) throw damaged(`the map ${name} lies beyond its section`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, mapBytes);
  const word = (index: number): number => view.getUint32(index * 4, true);
  return { type: word(0), keyBytes: word(1), valueBytes: word(2), maxEntries: word(3), flags: word(4) };
};

export const readProgram = (object: ElfObject, name: string): ProgramTemplate => {
  const program = sectionOf(object, name);
  const maps = sectionOf(object, 'maps');
  const licence = latin1.decode(sectionOf(object, 'license').bytes).replace(/\0.*$/s, '');
  const { bytes } = program;
  if (bytes.length % instructionBytes !== 0) throw damaged(`section ${name} has a broken instruction`);
  const definitions = new Map<string, MapDefinition>();
  const references = object.relocationsOf(program.index).map(({ offset, type, symbol }): Reference => {
    if (type !== R_BPF_64_64) throw damaged(`section ${name} has a relocation of type ${type}`);
    const inside = offset % instructionBytes === 0 && offset + 2 * instructionBytes <= bytes.length;
    if (!inside || bytes[offset] !== loadDoubleWord) throw damaged(`section ${name} has a relocation at ${offset}`);
    if (symbol.section === 0) return { at: offset, name: symbol.name, kind: 'constant' };
    if (symbol.section !== maps.index) throw damaged(`${symbol.name} is neither a map nor a constant`);
    definitions.set(symbol.name, readMap(maps.bytes, symbol.value, symbol.name));
    return { at: offset, name: symbol.name, kind: 'map' };
  });
  return { instructions: bytes, maps: definitions, references, licence };
};

/** The instructions with descriptors of maps and values of constants (whole, from 0 to 2^53 - 1) in their places. */
export const completeProgram = (
  template: ProgramTemplate,
  maps: ReadonlyMap<string, number>,
  constants: Readonly<Record<string, number>>,
): Uint8Array => {
  const instructions = new Uint8Array(template.instructions);
  const view = new DataView(instructions.buffer);
  for (const { at, name, kind } of template.references) {
    const value = kind === 'map' ? maps.get(name) : constants[name];
    if (value === undefined) throw damaged(`nothing is known of the ${kind} ${name}`);
    // The upper half of this byte is the source register, which says what the number is.
    if (kind === 'map') view.setUint8(at + 1, (view.getUint8(at + 1) & 0x0f) | (BPF_PSEUDO_MAP_FD << 4));
    view.setUint32(at + 4, value % 2 ** 32, true);
    view.setUint32(at + instructionBytes + 4, Math.floor(value / 2 ** 32), true);
  }
  return instructions;
};
