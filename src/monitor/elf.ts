// Reads the ELF object that clang makes for BPF: sections, symbols and relocations. A damaged one is an error, never a read beyond its end.
import { NetError } from '../model/errors.ts';

export interface ElfSection {
  name: string;
  /** SHT_ of the ELF specification: 1 program data, 2 symbols, 3 strings, 9 relocations without addends. */
  type: number;
  bytes: Uint8Array;
  /** Index of a related section; for relocations that of the symbols. */
  link: number;
  /** For relocations the index of the section they change. */
  info: number;
}

export interface ElfSymbol {
  name: string;
  /** Index of its section; 0 for a symbol that the object only refers to. */
  section: number;
  /** Offset in its section, in bytes. */
  value: number;
}

export interface ElfRelocation {
  /** Of the instruction, in bytes from the start of its section. */
  offset: number;
  /** R_BPF_64_64 is 1. */
  type: number;
  symbol: ElfSymbol;
}

export interface ElfObject {
  sections: readonly ElfSection[];
  symbols: readonly ElfSymbol[];
  /** Those that change the section of that index. */
  relocationsOf(section: number): ElfRelocation[];
}

const headerBytes = 64;
const sectionHeaderBytes = 64;
const symbolBytes = 24;
const relocationBytes = 16;
const SHT_SYMTAB = 2;
const SHT_STRTAB = 3;
const SHT_RELA = 4;
const SHT_NOBITS = 8;
const SHT_REL = 9;
const EM_BPF = 247;
/** Far above what an object of ours has. */
const maxSections = 1024;

export const damaged = (what: string, cause?: unknown): NetError =>
  new NetError(
    'internal',
    `The BPF object that netmcp ships cannot be read: ${what}.`,
    'Install netmcp again; if that does not help, report it with the version.',
    cause === undefined ? {} : { cause },
  );

/** One for all: making one takes as long as reading the whole object does. */
export const latin1 = new TextDecoder('latin1');

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Bytes from `offset`, all of them inside. */
const part = (bytes: Uint8Array, offset: number, length: number, what: string): Uint8Array => {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset + length > bytes.length)
    throw damaged(`${what} lies beyond its end`);
  return bytes.subarray(offset, offset + length);
};

const textAt = (strings: Uint8Array, offset: number, what: string): string => {
  const end = strings.indexOf(0, offset);
  if (offset >= strings.length || end < 0) throw damaged(`the name of ${what} lies beyond the table of names`);
  return latin1.decode(strings.subarray(offset, end));
};

/** Offsets and sizes have 64 bits; whatever a double does not hold exactly is far beyond any object. */
const offsetAt = (view: DataView, at: number): number => Number(view.getBigUint64(at, true));

const readSections = (bytes: Uint8Array): ElfSection[] => {
  const header = viewOf(part(bytes, 0, headerBytes, 'the header'));
  // Magic, 64 bits, little-endian, version 1.
  if (header.getUint32(0) !== 0x7f454c46 || header.getUint8(4) !== 2 || header.getUint8(5) !== 1)
    throw damaged('it is no little-endian ELF file of 64 bits');
  if (header.getUint16(18, true) !== EM_BPF) throw damaged('it is not for BPF');
  const count = header.getUint16(60, true);
  if (header.getUint16(58, true) !== sectionHeaderBytes || count > maxSections)
    throw damaged('its section headers have another size');
  const table = part(bytes, offsetAt(header, 40), count * sectionHeaderBytes, 'the table of sections');
  const unnamed = Array.from({ length: count }, (_, index) => {
    const entry = viewOf(table.subarray(index * sectionHeaderBytes, (index + 1) * sectionHeaderBytes));
    const type = entry.getUint32(4, true);
    const length = type === SHT_NOBITS ? 0 : offsetAt(entry, 32);
    return {
      nameAt: entry.getUint32(0, true),
      type,
      bytes: length === 0 ? bytes.subarray(0, 0) : part(bytes, offsetAt(entry, 24), length, `section ${index}`),
      link: entry.getUint32(40, true),
      info: entry.getUint32(44, true),
    };
  });
  const strings = unnamed[header.getUint16(62, true)];
  if (strings?.type !== SHT_STRTAB) throw damaged('it has no names of sections');
  return unnamed.map(({ nameAt, ...section }, index) => ({
    ...section,
    name: textAt(strings.bytes, nameAt, `section ${index}`),
  }));
};

const entriesOf = (section: ElfSection, size: number): DataView[] => {
  if (section.bytes.length % size !== 0) throw damaged(`section ${section.name} has a broken entry`);
  return Array.from({ length: section.bytes.length / size }, (_, index) =>
    viewOf(section.bytes.subarray(index * size, (index + 1) * size)),
  );
};

const readSymbols = (sections: readonly ElfSection[]): ElfSymbol[] => {
  const table = sections.find(({ type }) => type === SHT_SYMTAB);
  const strings = table === undefined ? undefined : sections[table.link];
  if (table === undefined || strings?.type !== SHT_STRTAB) throw damaged('it has no symbols');
  return entriesOf(table, symbolBytes).map((entry, index) => ({
    name: textAt(strings.bytes, entry.getUint32(0, true), `symbol ${index}`),
    section: entry.getUint16(6, true),
    value: offsetAt(entry, 8),
  }));
};

export const readElf = (bytes: Uint8Array): ElfObject => {
  const sections = readSections(bytes);
  const symbols = readSymbols(sections);
  return {
    sections,
    symbols,
    relocationsOf: (changed) =>
      sections
        .filter(({ type, info }) => (type === SHT_REL || type === SHT_RELA) && info === changed)
        .flatMap((section) => {
          if (section.type === SHT_RELA) throw damaged(`section ${section.name} has relocations with addends`);
          return entriesOf(section, relocationBytes).map((entry) => {
            const symbol = symbols[entry.getUint32(12, true)];
            if (symbol === undefined) throw damaged(`section ${section.name} names a symbol that is not there`);
            return { offset: offsetAt(entry, 0), type: entry.getUint32(8, true), symbol };
          });
        }),
  };
};
