// docs/reference/cards.md, profiles.md and rules.md from the policy as the build left it.
const note = 'Generated from `policy/` by `npm run docs`; do not edit.';
const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
const row = (cells) => `| ${cells.map(cell).join(' | ')} |`;
const table = (head, rows) => [row(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(row)];
const list = (items) => items.map((item) => `- ${item}`);
const code = (value) => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

function rangeText(range) {
  if (range.type === 'integer') return `integer, ${range.min} to ${range.max}`;
  if (range.type === 'enum') return `one of ${range.values.map(code).join(', ')}`;
  if (range.type === 'vector')
    return (
      range.parts.map(({ name, min, max }) => `${name} ${min} to ${max}`).join('; ') +
      (range.ascending ? '; ascending' : '')
    );
  return 'an object or list, see its parameters';
}

function boundsText(bounds) {
  if (bounds === undefined) return 'none: it cannot be set';
  if ('values' in bounds) return bounds.values.map(code).join(', ');
  if ('min' in bounds) return `${bounds.min} to ${bounds.max}`;
  return Object.entries(bounds.parts ?? bounds.parameters)
    .map(([name, inner]) => `${name} ${boundsText(inner)}`)
    .join('; ');
}

function parameterRow({ name, field, type, unit, min, max, values, default: standard, examples, meaning }) {
  const range = values === undefined ? `${min ?? ''} to ${max ?? ''}` : values.map(code).join(', ');
  return [
    name,
    field === '' ? 'the value' : code(field),
    type,
    unit ?? '',
    range === ' to ' ? '' : range,
    standard === undefined ? '' : code(standard),
    examples.map(code).join(', '),
    meaning,
  ];
}

function cardSection(card, limits) {
  const { symptom, impact } = card;
  const facts = [
    ['Set by', card.key === undefined ? `changes.${card.knob}` : `changes.sysctl, key ${code(card.key)}`],
    ['Unit', card.unit ?? ''],
    ['Type and range', rangeText(card.range)],
    ['Bounds in limits.yaml', boundsText(limits.bounds[card.id])],
    ['Kernel default', card.kernel_default],
    ['Examples', (card.examples ?? []).map(code).join(', ')],
    ['Scope', card.scope],
    ['Needs', card.kernel_needs ?? ''],
    ['Risk', card.risk],
    ['Other spellings', (card.aliases ?? []).map(code).join(', ')],
    [
      'Impact',
      Object.entries(impact)
        .map(([what, effect]) => `${what}: ${effect}`)
        .join('; '),
    ],
    ['Symptom', symptom === null ? 'none justifies it' : `${symptom.counter} (${symptom.from}): ${symptom.means}`],
    ['Verify', card.verify],
  ].filter(([, text]) => text !== '');
  const part = (title, items) => (items.length === 0 ? [] : [`**${title}**`, '', ...list(items), '']);
  return [
    `### ${card.id}`,
    '',
    `${card.name}: ${card.purpose}`,
    '',
    ...(card.caveat === undefined ? [] : [`> ${card.caveat}`, '']),
    ...table(['', ''], facts),
    '',
    ...(card.parameters === undefined
      ? []
      : [
          ...table(
            ['Parameter', 'Field', 'Type', 'Unit', 'Range', 'Default', 'Examples', 'Meaning'],
            card.parameters.map(parameterRow),
          ),
          '',
        ]),
    ...part(
      'For',
      card.use_cases.map(({ name, reason }) => `${name}: ${reason}`),
    ),
    ...part('Helps when', card.helps_when),
    ...part('Cannot help when', card.cannot_help_when),
    ...part(
      'Interactions',
      card.interactions.map((entry) => `${entry.with}: ${entry.effect}`),
    ),
    ...part(
      'Do not',
      card.anti_patterns.map(({ pattern, reason }) => `${pattern}: ${reason}`),
    ),
    ...part('References', card.references),
  ];
}

/** @returns {string} */
export function renderCards({ cards, limits }) {
  const categories = [...new Set(cards.map(({ category }) => category))].sort();
  return finish([
    '# Cards',
    '',
    `${note} A card is one setting that a plan may change; \`get_card\` gives one, \`list_policy\` lists them.`,
    '',
    ...table(
      ['Card', 'Purpose'],
      cards.map(({ id, purpose, no_effect: none }) => [
        `[${id}](#${id.replaceAll(/[^a-z0-9_]/g, '')})`,
        none === true ? `No effect. ${purpose}` : purpose,
      ]),
    ),
    '',
    ...categories.flatMap((category) => [
      `## ${category}`,
      '',
      ...cards.filter((card) => card.category === category).flatMap((card) => cardSection(card, limits)),
    ]),
  ]);
}

function values(changes) {
  return Object.entries(changes).flatMap(([knob, wish]) =>
    knob === 'sysctl' ? Object.entries(wish).map(([key, value]) => [key, value]) : [[knob, wish]],
  );
}

function profileSection(profile) {
  return [
    `## ${profile.name}`,
    '',
    `${profile.title}. ${profile.goal}`,
    '',
    ...(profile.extends === undefined
      ? []
      : [`Extends ${profile.extends}; replaces ${(profile.overrides ?? []).map(code).join(', ') || 'nothing'}.`, '']),
    `Targets: ${Object.entries(profile.target_metrics)
      .map(([name, target]) => `${name} ${target}`)
      .join('; ')}.`,
    '',
    ...table(
      ['Value', ''],
      values(profile.changes).map(([name, value]) => [code(name), code(value)]),
    ),
    '',
    ...table(['Card', 'Why'], Object.entries(profile.why)),
    '',
    ...(Object.keys(profile.left_out).length === 0
      ? []
      : [...table(['Left out', 'Why'], Object.entries(profile.left_out)), '']),
    ...(profile.deviations.length === 0
      ? []
      : ['Differs from the older documents:', '', ...list(profile.deviations), '']),
    'It will not:',
    '',
    ...list(profile.will_not),
    '',
  ];
}

/** @returns {string} */
export function renderProfiles({ profiles }) {
  return finish([
    '# Profiles',
    '',
    `${note} A profile is a set of values for a goal, with what it extends folded in; \`recommend_plan\` fits it to a host by the [rules](rules.md).`,
    '',
    ...profiles.flatMap(profileSection),
  ]);
}

function conditionText({ fact, known, is, in: among, not_in: others, at_least: least, at_most: most }) {
  const words = [];
  if (known !== undefined) words.push(known ? 'is known' : 'is unknown');
  if (is !== undefined) words.push(`is ${is}`);
  if (among !== undefined) words.push(`is one of ${among.join(', ')}`);
  if (others !== undefined) words.push(`is none of ${others.join(', ')}`);
  if (least !== undefined) words.push(`at least ${least}`);
  if (most !== undefined) words.push(`at most ${most}`);
  return `${code(fact)} ${words.join(' and ')}`;
}

/** @returns {string} */
export function renderRules({ rules }, factNames) {
  return finish([
    '# Rules',
    '',
    note,
    '',
    '## Combinations',
    '',
    'Said by `validate_change_plan` where a plan touches the setting; the finding carries the rule as its code.',
    '',
    ...table(
      ['Rule', 'Severity', 'When', 'Says'],
      rules.combinations.map((rule) => [
        rule.id,
        rule.severity,
        rule.when.map(conditionText).join(' and '),
        `${rule.message}. ${rule.hint}`,
      ]),
    ),
    '',
    '## Adaptations',
    '',
    'Used by `recommend_plan`; later rules win over earlier ones. `{fact, times, least, most, round}` is computed from the host.',
    '',
    ...table(
      ['Rule', 'Profiles', 'When', 'Sets', 'Why', 'Evidence'],
      rules.adaptations.map((rule) => [
        rule.id,
        (rule.profiles ?? ['all']).join(', '),
        rule.when.map(conditionText).join(' and ') || 'always',
        code(rule.set),
        rule.reason,
        rule.evidence,
      ]),
    ),
    '',
    '## Facts',
    '',
    `${factNames.map(code).join(', ')}; and the families ${code('has.qdisc.KIND')}, ${code('has.congestion_control.NAME')}, ${code('sysctl.KEY')} (what would stand; with \`.last\` the last of several numbers), ${code('wish.KNOB')}. A fact that is unknown fulfils only \`known: false\`.`,
    '',
  ]);
}

const finish = (lines) => `${lines.join('\n').trimEnd()}\n`;
