// What the schemas cannot see: references between policy files, and values against the ranges they belong to.
import { checkValue, describeRange, prohibitedReason } from '../model/card-value.ts';
import type { Card, Limits, Profile } from '../model/policy.ts';
import { sysctlKeyPattern } from '../model/sysctl.ts';
import type { ParsedFile, Problem } from './parse.ts';

export interface PolicyFiles {
  cards: readonly ParsedFile<Card>[];
  profiles: readonly ParsedFile<Profile>[];
  limits: ParsedFile<Limits>;
}

const boundsProblems = (card: ParsedFile<Card>): Problem[] => {
  const { range } = card.value;
  const bounds = range.type === 'integer' ? [range] : range.type === 'vector' ? range.parts : [];
  return bounds.flatMap(({ min, max }) =>
    min > max
      ? [card.problem(['range'], `the range ends (${max}) before it begins (${min})`, 'Swap min and max.')]
      : [],
  );
};

const cardProblems = (card: ParsedFile<Card>): Problem[] => {
  const { id, category, key, default: kernelDefault } = card.value;
  const problems = boundsProblems(card);
  if (card.source.name !== `cards/${id}.yaml`) {
    problems.push(card.problem(['id'], `the card "${id}" is in ${card.source.name}`, `Name the file ${id}.yaml.`));
  }
  if (!id.startsWith(`${category}.`)) {
    problems.push(card.problem(['category'], `category ${category} is not that of ${id}`, 'Make them agree.'));
  }
  if (category === 'sysctl' && key === undefined) {
    problems.push(card.problem(['id'], 'a sysctl card needs its key', 'Add the field key.'));
  }
  if (key !== undefined && !sysctlKeyPattern.test(key)) {
    const fix = 'Only keys below net. can have a card, such as net.ipv4.tcp_rmem.';
    problems.push(card.problem(['key'], `"${key}" is not a network sysctl`, fix));
  }
  const reason = kernelDefault === undefined ? undefined : checkValue(card.value, kernelDefault);
  if (reason !== undefined) {
    const fix = `Widen the range (${describeRange(card.value.range)}) or correct the default.`;
    problems.push(card.problem(['default'], `default ${kernelDefault ?? ''}: ${reason}`, fix));
  }
  return problems;
};

const duplicates = <T>(files: readonly ParsedFile<T>[], field: string, namesOf: (value: T) => readonly string[]) => {
  const seen = new Map<string, string>();
  return files.flatMap((file) =>
    namesOf(file.value).flatMap((name) => {
      const before = seen.get(name);
      seen.set(name, file.source.file);
      if (before === undefined) return [];
      return [file.problem([field], `${field} "${name}" is already in ${before}`, 'Keep one of the two.')];
    }),
  );
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const sysctlProblems = (profile: ParsedFile<Profile>, files: PolicyFiles): Problem[] => {
  const wishes = profile.value.changes['sysctl'];
  if (wishes === undefined) return [];
  if (!isRecord(wishes)) return [profile.problem(['changes', 'sysctl'], 'sysctl holds key: value', 'Correct it.')];
  return Object.entries(wishes).flatMap(([key, value]) => {
    const path = ['changes', 'sysctl', key];
    const card = files.cards.find((file) => file.value.key === key)?.value;
    if (card === undefined) return [profile.problem(path, `no card has the key ${key}`, 'Add its card, or remove it.')];
    if (typeof value !== 'string' && typeof value !== 'number') {
      return [profile.problem(path, `${key} is neither text nor number`, 'Quote the value.')];
    }
    const reason = checkValue(card, value) ?? prohibitedReason(files.limits.value, card, value);
    if (reason === undefined) return [];
    return [profile.problem(path, `${key}: ${reason}`, `Allowed by ${card.id}: ${describeRange(card.range)}.`)];
  });
};

const profileProblems = (profile: ParsedFile<Profile>, files: PolicyFiles): Problem[] => {
  const { name, active_cards: active, changes } = profile.value;
  const ids = new Set(files.cards.map((file) => file.value.id));
  const knobs = new Set(files.cards.map((file) => file.value.knob));
  const problems = active.flatMap((id, index) =>
    ids.has(id)
      ? []
      : [profile.problem(['active_cards', index], `there is no card "${id}"`, 'Correct the id, or add the card.')],
  );
  if (profile.source.name !== `profiles/${name}.yaml`) {
    const fix = `Name the file ${name}.yaml.`;
    problems.push(profile.problem(['name'], `the profile "${name}" is in ${profile.source.name}`, fix));
  }
  for (const knob of Object.keys(changes)) {
    if (knobs.has(knob)) continue;
    const fix = `Knobs with cards: ${[...knobs].join(', ')}.`;
    problems.push(profile.problem(['changes', knob], `no card belongs to a knob "${knob}"`, fix));
  }
  return [...problems, ...sysctlProblems(profile, files)];
};

const limitsProblems = (limits: ParsedFile<Limits>, cards: PolicyFiles['cards']): Problem[] => {
  const { prohibited, confirm_timeout_s: timeout } = limits.value;
  const problems = prohibited.flatMap((entry, index) =>
    cards.some((file) => file.value.id === entry.card)
      ? []
      : [limits.problem(['prohibited', index, 'card'], `there is no card "${entry.card}"`, 'Correct the id.')],
  );
  if (timeout.min > timeout.default || timeout.default > timeout.max) {
    const message = 'the default confirm timeout is not between min and max';
    problems.push(limits.problem(['confirm_timeout_s', 'default'], message, 'Order them min <= default <= max.'));
  }
  return problems;
};

export const checkPolicy = (files: PolicyFiles): Problem[] => [
  ...files.cards.flatMap(cardProblems),
  ...duplicates(files.cards, 'id', (card) => [card.id, ...(card.aliases ?? [])]),
  ...duplicates(files.cards, 'key', (card) => (card.key === undefined ? [] : [card.key])),
  ...duplicates(files.profiles, 'name', (profile) => [profile.name]),
  ...files.profiles.flatMap((profile) => profileProblems(profile, files)),
  ...limitsProblems(files.limits, files.cards),
];
