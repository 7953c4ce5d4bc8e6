// A strict reader of Prometheus' text format 0.0.4, for tests: anything that the format does not allow is an error with its line.

export interface MetricFamily {
  readonly help: string;
  readonly type: string;
  readonly samples: { readonly labels: Readonly<Record<string, string>>; readonly value: bigint }[];
}

const metricName = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const labelPair = String.raw`([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"`;
const sampleLine = new RegExp(`^(${metricName})\\{(${labelPair}(?:,${labelPair})*)\\} ([0-9]+)$`);

const unescaped = (text: string): string =>
  text.replaceAll(/\\(.)/g, (_whole, letter: string) => (letter === 'n' ? '\n' : letter));

export const parseExposition = (text: string): Map<string, MetricFamily> => {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families = new Map<string, MetricFamily>();
  const seen = new Set<string>();
  let help: [string, string] | undefined;
  let current: [string, MetricFamily] | undefined;
  for (const [index, line] of text.slice(0, -1).split('\n').entries()) {
    const wrong = (why: string): Error => new Error(`line ${index + 1}: ${why}: ${line}`);
    const comment = new RegExp(`^# (HELP|TYPE) (${metricName}) (.+)$`).exec(line);
    if (comment !== null) {
      const [, word, name = '', rest = ''] = comment;
      if (word === 'HELP') {
        if (families.has(name) || help !== undefined) throw wrong('a second HELP');
        if (/(?<!\\)(\\\\)*\\[^\\n]/.test(rest)) throw wrong('an escape that HELP does not have');
        help = [name, unescaped(rest)];
        continue;
      }
      if (help?.[0] !== name) throw wrong('TYPE without its HELP');
      if (rest !== 'counter' && rest !== 'gauge') throw wrong('no such type');
      if (rest === 'counter' && !name.endsWith('_total')) throw wrong('a counter without _total');
      current = [name, { help: help[1], type: rest, samples: [] }];
      families.set(...current);
      help = undefined;
      continue;
    }
    const [whole, name, labels = ''] = sampleLine.exec(line) ?? [];
    if (whole === undefined) throw wrong('no sample');
    if (current === undefined || current[0] !== name) throw wrong('a sample outside its family');
    const found = [...labels.matchAll(new RegExp(labelPair, 'g'))];
    const pairs = found.map(([, label = '', value = '']): [string, string] => [label, unescaped(value)]);
    if (new Set(pairs.map(([label]) => label)).size !== pairs.length) throw wrong('a label twice');
    const key = `${name}${JSON.stringify(pairs.toSorted())}`;
    if (seen.has(key)) throw wrong('a sample twice');
    seen.add(key);
    current[1].samples.push({
      labels: Object.fromEntries(pairs),
      value: BigInt(line.slice(line.lastIndexOf(' ') + 1)),
    });
  }
  for (const [name, { samples }] of families) if (samples.length === 0) throw new Error(`${name} has no samples`);
  return families;
};
