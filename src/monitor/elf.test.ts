// The shipped object is read whole; every damaged one is refused with a clear error, whatever byte is wrong.
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NetError } from '../model/errors.ts';
import { readElf } from './elf.ts';
import { completeProgram, readProgram } from './program.ts';

const shipped = readFileSync(new URL('./bpf/monitor.bpf.o', import.meta.url));
const programs = ['xdp/incoming', 'tc/incoming', 'tc/outgoing', 'socket/incoming', 'socket/outgoing'];

const readAll = (bytes: Uint8Array): void => {
  const object = readElf(bytes);
  for (const name of programs) {
    const template = readProgram(object, name);
    const maps = new Map([...template.maps.keys()].map((map, index) => [map, index + 3]));
    completeProgram(template, maps, { link_layer: 0, talkers_by: 1, device: 2, netns: 3 });
  }
};

describe('the shipped object', () => {
  test('has the programs with their maps and constants', () => {
    const object = readElf(shipped);
    const found = programs.map((name) => {
      const { maps, references, licence } = readProgram(object, name);
      const constants = references.filter(({ kind }) => kind === 'constant').map(({ name: constant }) => constant);
      return { name, maps: [...maps.keys()].sort(), constants: [...new Set(constants)].sort(), licence };
    });
    const counting = {
      maps: ['counters', 'generation', 'talkers'],
      constants: ['link_layer', 'talkers_by'],
      licence: 'MIT',
    };
    const sockets = { maps: ['sockets'], constants: ['device', 'netns'], licence: 'MIT' };
    expect(found).toEqual(programs.map((name) => ({ name, ...(name.startsWith('socket') ? sockets : counting) })));
  });

  test('is completed with descriptors and constants where the relocations say', () => {
    const template = readProgram(readElf(shipped), 'socket/incoming');
    const completed = new DataView(
      completeProgram(template, new Map([['sockets', 77]]), { device: 0x89abcdef, netns: 0x89abcdef }).buffer,
    );
    expect(template.references.length).toBeGreaterThan(1);
    for (const { at, kind } of template.references) {
      expect(completed.getUint32(at + 4, true)).toBe(kind === 'map' ? 77 : 0x89abcdef);
      expect(completed.getUint8(at + 1) >> 4).toBe(kind === 'map' ? 1 : 0);
    }
  });

  test('is not completed without a map or a constant', () => {
    const template = readProgram(readElf(shipped), 'socket/incoming');
    expect(() => completeProgram(template, new Map(), { device: 1, netns: 1 })).toThrow(/map sockets/);
    expect(() => completeProgram(template, new Map([['sockets', 3]]), { netns: 1 })).toThrow(/constant device/);
  });

  test('has no program of another name', () => {
    expect(() => readProgram(readElf(shipped), 'xdp/outgoing')).toThrow(/no section xdp\/outgoing/);
  });
});

describe('a damaged object', () => {
  const readOrRefuse = (bytes: Uint8Array): void => {
    try {
      readAll(bytes);
    } catch (error) {
      if (!(error instanceof NetError)) throw error;
      expect(error.message).toMatch(/^The BPF object that netmcp ships cannot be read: /);
    }
  };

  test('that is cut off is refused', () => {
    for (let length = 0; length < shipped.length; length += 97)
      expect(() => {
        readAll(shipped.subarray(0, length));
      }).toThrow(/cannot be read/);
  });

  test('that is something else is refused', () => {
    expect(() => readElf(Buffer.alloc(4096))).toThrow(/no little-endian ELF/);
    const other = Buffer.from(shipped);
    other.writeUInt16LE(62, 18);
    expect(() => readElf(other)).toThrow(/not for BPF/);
  });

  test('is read or refused, never read beyond its end, whatever bytes are changed', () => {
    const change = fc.record({
      at: fc.oneof(
        fc.nat(63),
        fc.nat(shipped.length - 1),
        fc.integer({ min: shipped.length - 1100, max: shipped.length - 1 }),
      ),
      value: fc.nat(255),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = Buffer.from(shipped);
        for (const { at, value } of changes) bytes[at] = value;
        readOrRefuse(bytes);
      }),
      { numRuns: 500 },
    );
  });
});
