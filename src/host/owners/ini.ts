// The one format that tuned, NetworkManager and systemd share: sections of key=value lines, with their line numbers.

export interface IniEntry {
  key: string;
  value: string;
  /** `PATH:LINE`. */
  source: string;
}

export interface IniSection {
  name: string;
  source: string;
  entries: IniEntry[];
}

/** Lines that are neither a section, a comment nor key=value are passed over, as all three managers do. A final backslash continues a line. */
export const parseIni = (text: string, path: string): IniSection[] => {
  const sections: IniSection[] = [];
  let current: IniSection | undefined;
  let pending = '';
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const isComment = /^\s*[#;]/.test(raw);
    if (isComment) continue;
    if (raw.endsWith('\\')) {
      pending += `${raw.slice(0, -1)} `;
      continue;
    }
    const line = (pending + raw).trim();
    pending = '';
    const source = `${path}:${index + 1}`;
    if (line.startsWith('[') && line.endsWith(']')) {
      current = { name: line.slice(1, -1).trim(), source, entries: [] };
      sections.push(current);
      continue;
    }
    const equals = line.indexOf('=');
    if (equals <= 0) continue;
    current?.entries.push({ key: line.slice(0, equals).trim(), value: line.slice(equals + 1).trim(), source });
  }
  return sections;
};

/** The last value of every key over all sections of one name; an empty value takes an earlier one back. */
export const lastValues = (sections: readonly IniSection[], name: string): Map<string, IniEntry> => {
  const values = new Map<string, IniEntry>();
  for (const entry of sections.filter((section) => section.name === name).flatMap((section) => section.entries)) {
    values.delete(entry.key);
    if (entry.value !== '') values.set(entry.key, entry);
  }
  return values;
};
