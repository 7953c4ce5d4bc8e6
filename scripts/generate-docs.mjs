// Writes docs/reference from the operations and the policy in dist/, and docs/capture-accuracy.md from the tables of the tests; with --check it
// only says whether the files are as they should be.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from './build.mjs';
import { developmentNode, repository } from './lib/paths.mjs';
import { renderCards, renderProfiles, renderRules } from './lib/policy-docs.mjs';
import { must } from './lib/processes.mjs';

const folder = join(repository, 'docs');

const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');

function typeOf(schema) {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(alternatives)) return [...new Set(alternatives.map(typeOf))].join(' or ');
  if (Array.isArray(schema.type)) return schema.type.join(' or ');
  if (schema.type === 'array') return `array of ${schema.items === undefined ? 'values' : typeOf(schema.items)}`;
  return schema.type ?? 'any';
}

function notesOf(schema) {
  const notes = [];
  if (schema.description !== undefined) notes.push(schema.description);
  if (schema.minimum !== undefined || schema.maximum !== undefined)
    notes.push(`${schema.minimum ?? ''} to ${schema.maximum ?? ''}`.trim());
  if (schema.maxLength !== undefined) notes.push(`at most ${schema.maxLength} characters`);
  if (schema.maxItems !== undefined) notes.push(`at most ${schema.maxItems}`);
  if (schema.default !== undefined) notes.push(`default \`${JSON.stringify(schema.default)}\``);
  return notes.join('; ');
}

/** Rows for the properties of an object, objects inside it below their own path. */
function rows(schema, required, path = '') {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const full = path === '' ? name : `${path}.${name}`;
    const inner = property.type === 'array' ? property.items : property;
    const nested =
      inner?.properties === undefined
        ? []
        : rows(inner, inner.required ?? [], property.type === 'array' ? `${full}[]` : full);
    return [[full, typeOf(property), required.includes(name) ? 'yes' : '', notesOf(property)], ...nested];
  });
}

const table = (head, body) =>
  body.length === 0
    ? ['None.']
    : [
        `| ${head.join(' | ')} |`,
        `|${head.map(() => '---').join('|')}|`,
        ...body.map((row) => `| ${row.map(cell).join(' | ')} |`),
      ];

function section(operation) {
  const { annotations } = operation;
  const input = operation.inputSchema();
  const output = operation.outputSchema();
  const required = output.anyOf?.[0]?.required ?? output.required ?? [];
  const hints = [
    annotations.readOnly ? 'changes nothing' : 'changes the host',
    ...(annotations.destructive ? ['destructive'] : []),
    ...(annotations.idempotent ? ['idempotent'] : []),
    ...(annotations.openWorld ? ['reaches beyond this host'] : []),
    ...(operation.long === true ? ['may become a job'] : []),
    operation.needs === 'none' ? 'needs no privilege' : `needs ${operation.needs.toUpperCase()}`,
  ];
  return [
    `### ${operation.name}`,
    '',
    `${operation.title}. ${operation.description}`,
    '',
    `Toolset ${operation.toolset}; ${hints.join(', ')}.`,
    '',
    'Arguments:',
    '',
    ...table(['Name', 'Type', 'Required', 'Notes'], rows(input, input.required ?? [])),
    '',
    'Result:',
    '',
    ...table(
      ['Field', 'Type', 'Always', 'Notes'],
      rows(output, required).filter(([name]) => name !== 'error'),
    ),
    '',
  ];
}

async function renderTools() {
  const { allOperations } = await import(new URL('../dist/operations/index.js', import.meta.url));
  const toolsets = [...new Set(allOperations.map(({ toolset }) => toolset))];
  const lines = [
    '# Tools',
    '',
    'Generated from the operations by `npm run docs`; do not edit. Every tool is an MCP tool, `netmcp call NAME JSON`, and a command (`get_interfaces` is `netmcp get-interfaces`).',
    'A failed call answers `{"error": {"code", "message", "hint", "retryable"}}`.',
    '',
    ...toolsets.flatMap((toolset) => [
      `## ${toolset}`,
      '',
      ...allOperations.filter((operation) => operation.toolset === toolset).flatMap(section),
    ]),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

/** The tables are TypeScript, which only the development Node reads. */
async function renderAccuracy() {
  const program = join(repository, 'scripts', 'capture-accuracy.ts');
  return must([developmentNode(), program], { capture: true });
}

async function renderAll() {
  const policy = JSON.parse(await readFile(join(repository, 'dist', 'policy.json'), 'utf8'));
  const { factNames } = await import(new URL('../dist/policy/evaluate.js', import.meta.url));
  return {
    'reference/tools.md': await renderTools(),
    'reference/cards.md': renderCards(policy),
    'reference/profiles.md': renderProfiles(policy),
    'reference/rules.md': renderRules(policy, factNames),
    'capture-accuracy.md': await renderAccuracy(),
  };
}

async function main(check) {
  await build({ onlyWhenStale: true });
  await mkdir(join(folder, 'reference'), { recursive: true });
  let stale = 0;
  for (const [name, wanted] of Object.entries(await renderAll())) {
    const target = join(folder, name);
    if (!check) await writeFile(target, wanted);
    else if ((await readFile(target, 'utf8').catch(() => '')) !== wanted) {
      stale += 1;
      process.stderr.write(`docs/${name} is stale: run \`npm run docs\`.\n`);
    }
  }
  return stale === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.includes('--check'));
