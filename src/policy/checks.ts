// What the schemas cannot see: references between policy files, and values against the ranges they belong to.
import { boundsReason, checkValue, describeRange, parameterReason, prohibitedReason } from '../model/card-value.ts';
import type { Card, Condition, Limits, Profile, Rules } from '../model/policy.ts';
import { factNamePattern } from './evaluate.ts';
import { valuesByPath } from './inherit.ts';
import { sysctlKeyPattern } from '../model/sysctl.ts';
import type { ParsedFile, Problem } from './parse.ts';
import { isRecord } from '../model/record.ts';

export interface PolicyFiles {
  cards: readonly ParsedFile<Card>[];
  profiles: readonly ParsedFile<Profile>[];
  limits: ParsedFile<Limits>;
  rules: ParsedFile<Rules>;
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

const parameterProblems = (card: ParsedFile<Card>): Problem[] =>
  (card.value.parameters ?? []).flatMap((parameter, index) => {
    const { min, max, values, name } = parameter;
    const own: (string | number | boolean)[] = parameter.default === undefined ? [] : [parameter.default];
    if (min !== undefined && max !== undefined && min > max) {
      return [
        card.problem(['parameters', index, 'min'], `${name} ends (${max}) before it begins (${min})`, 'Swap them.'),
      ];
    }
    return [...own, ...parameter.examples].flatMap((value) => {
      const reason = parameterReason(parameter, { min, max, values }, value);
      if (reason === undefined) return [];
      return [
        card.problem(['parameters', index], `${String(value)}: ${reason}`, 'Correct the default or the example.'),
      ];
    });
  });

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
  for (const [index, example] of (card.value.examples ?? []).entries()) {
    const refused = checkValue(card.value, example);
    if (refused !== undefined) {
      problems.push(card.problem(['examples', index], `example ${example}: ${refused}`, 'Correct the example.'));
    }
  }
  if (card.value.range.type === 'object' && (card.value.parameters ?? []).length === 0) {
    problems.push(card.problem(['range'], 'a card with an object range needs parameters', 'Describe its parameters.'));
  }
  problems.push(...parameterProblems(card));
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
    const reason =
      checkValue(card, value) ??
      boundsReason(files.limits.value, card, value) ??
      prohibitedReason(files.limits.value, card, value);
    if (reason === undefined) return [];
    return [profile.problem(path, `${key}: ${reason}`, `Allowed by ${card.id}: ${describeRange(card.range)}.`)];
  });
};

/** Every active card has a value and its why, or is left out with a reason; nobody else is mentioned. */
const accountProblems = (profile: ParsedFile<Profile>, files: PolicyFiles): Problem[] => {
  const { active_cards: active, why, left_out: leftOut, changes } = profile.value;
  const valued = new Set<string>();
  for (const path of valuesByPath(changes).keys()) {
    const knob = path.split('.', 1)[0] ?? path;
    const cards = files.cards.map((file) => file.value);
    const own = cards.filter((card) =>
      knob === 'sysctl' ? card.key === path.slice('sysctl.'.length) : card.knob === knob && active.includes(card.id),
    );
    if (!own.some((card) => active.includes(card.id))) {
      const [first] = own;
      const fix = first === undefined ? 'Remove the value.' : `Add ${first.id} to active_cards.`;
      return [profile.problem(['changes', knob], `no active card stands for ${path}`, fix)];
    }
    for (const card of own) valued.add(card.id);
  }
  return [
    ...active.flatMap((id, index) => {
      const said = [why[id], leftOut[id]].filter((text) => text !== undefined).length;
      if (said === 1) return [];
      const message = said === 0 ? `${id} has neither a why nor a left_out` : `${id} has a why and a left_out`;
      return [profile.problem(['active_cards', index], message, 'Give exactly one of the two.')];
    }),
    ...Object.keys(why)
      .filter((id) => !active.includes(id) || !valued.has(id))
      .map((id) =>
        profile.problem(['why', id], `${id} has a why and no value`, 'Set it in changes, or move it to left_out.'),
      ),
    ...Object.keys(leftOut)
      .filter((id) => !active.includes(id))
      .map((id) =>
        profile.problem(['left_out', id], `${id} is no active card`, 'Add it to active_cards, or remove it.'),
      ),
  ];
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
  problems.push(...accountProblems(profile, files));
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

const conditionProblems = (
  rules: ParsedFile<Rules>,
  conditions: readonly Condition[],
  path: readonly PropertyKey[],
): Problem[] =>
  conditions.flatMap(({ fact }, index) =>
    factNamePattern.test(fact)
      ? []
      : [
          rules.problem(
            [...path, index, 'fact'],
            `there is no fact "${fact}"`,
            'docs/reference/rules.md names the facts.',
          ),
        ],
  );

const rulesProblems = (rules: ParsedFile<Rules>, files: PolicyFiles): Problem[] => {
  const { combinations, adaptations } = rules.value;
  const knobs = new Set(files.cards.map((file) => file.value.knob));
  const keys = new Set(files.cards.map((file) => file.value.key));
  const seen = new Set<string>();
  const twice = (['combinations', 'adaptations'] as const).flatMap((list) =>
    rules.value[list].flatMap(({ id }, index) => {
      const before = seen.has(id);
      seen.add(id);
      return before
        ? [rules.problem([list, index, 'id'], `the rule "${id}" is there twice`, 'Rename one of the two.')]
        : [];
    }),
  );
  return [
    ...twice,
    ...combinations.flatMap((rule, index) => [
      ...conditionProblems(rules, rule.when, ['combinations', index, 'when']),
      ...rule.touches.flatMap((place, at) =>
        knobs.has(place) || keys.has(place.replace(/^sysctl[.]/, ''))
          ? []
          : [
              rules.problem(
                ['combinations', index, 'touches', at],
                `no card stands for "${place}"`,
                'Name a knob or sysctl.KEY.',
              ),
            ],
      ),
    ]),
    ...adaptations.flatMap((rule, index) => {
      const path = ['adaptations', index];
      const card = files.cards.find((file) => file.value.id === rule.card)?.value;
      const profiles = (rule.profiles ?? []).filter((name) => !files.profiles.some((file) => file.value.name === name));
      const strange = [...valuesByPath(rule.set).keys()].filter((place) =>
        card?.key === undefined ? place.split('.', 1)[0] !== card?.knob : place !== `sysctl.${card.key}`,
      );
      return [
        ...conditionProblems(rules, rule.when, [...path, 'when']),
        ...(card === undefined
          ? [rules.problem([...path, 'card'], `there is no card "${rule.card}"`, 'Correct the id.')]
          : []),
        ...profiles.map((name) =>
          rules.problem([...path, 'profiles'], `there is no profile "${name}"`, 'Correct the name.'),
        ),
        ...(card === undefined
          ? []
          : strange.map((place) =>
              rules.problem(
                [...path, 'set'],
                `${place} is not what the card ${card.id} sets`,
                'One rule decides about one card.',
              ),
            )),
      ];
    }),
  ];
};

export const checkPolicy = (files: PolicyFiles): Problem[] => [
  ...files.cards.flatMap(cardProblems),
  ...duplicates(files.cards, 'id', (card) => [card.id, ...(card.aliases ?? [])]),
  ...duplicates(files.cards, 'key', (card) => (card.key === undefined ? [] : [card.key])),
  ...duplicates(files.profiles, 'name', (profile) => [profile.name]),
  ...files.profiles.flatMap((profile) => profileProblems(profile, files)),
  ...limitsProblems(files.limits, files.cards),
  ...rulesProblems(files.rules, files),
];
