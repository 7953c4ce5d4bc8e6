// Completion of profile names, card ids and interfaces: what begins with the text first, then what contains it; at most 100.
import type { CompleteRequestParams, CompleteResult } from '@modelcontextprotocol/server';
import { canonicalCardId } from '../model/policy.ts';
import { didYouMean, interfaceNames, invalidParams, quoted, type Knowledge } from './knowledge.ts';
import { prompts } from './prompts.ts';
import { cardTemplate, fixedResources, profileTemplate } from './resources.ts';

const maxValues = 100;
/** No name is longer; more of a caller's text than this is not looked at. */
const maxCharacters = 200;

interface Source {
  names: (knowledge: Knowledge) => Promise<string[]>;
  /** Spellings that mean the same made one. */
  plain: (text: string) => string;
}

const lower = (text: string): string => text.toLowerCase();
const profileSource: Source = {
  names: async (knowledge) => [...(await knowledge.policy()).profiles.keys()],
  plain: lower,
};
const cardSource: Source = {
  names: async (knowledge) => [...(await knowledge.policy()).cards.keys()],
  plain: canonicalCardId,
};
const interfaceSource: Source = { names: interfaceNames, plain: lower };

const promptSources: Readonly<Record<string, Source>> = {
  goal: profileSource,
  interface: interfaceSource,
  card: cardSource,
};

const templates: ReadonlyMap<string, { variable: string; source: Source }> = new Map([
  [cardTemplate, { variable: 'id', source: cardSource }],
  [profileTemplate, { variable: 'name', source: profileSource }],
]);

/** Matches in the order of `names`, those that begin with the text before those that contain it. */
export const matching = (names: readonly string[], text: string, plain: (text: string) => string): string[] => {
  if (text.length > maxCharacters) return [];
  const wanted = plain(text);
  const begins = names.filter((name) => plain(name).startsWith(wanted));
  const contains = names.filter((name) => !plain(name).startsWith(wanted) && plain(name).includes(wanted));
  return [...begins, ...contains];
};

const answer = (values: readonly string[]): CompleteResult => ({
  completion: { values: values.slice(0, maxValues), total: values.length, hasMore: values.length > maxValues },
});

const noArgument = (owner: string, name: string, known: readonly string[]): Error =>
  invalidParams(`${owner} has no argument ${quoted(name)}. Known: ${known.join(', ')}.`);

const sourceOfPrompt = (name: string, argument: string): Source => {
  const prompt = prompts.find((one) => one.name === name);
  if (prompt === undefined) {
    const names = prompts.map((one) => one.name);
    throw invalidParams(
      `There is no prompt ${quoted(name)}. ${didYouMean(name, names, `Prompts: ${names.join(', ')}.`)}`,
    );
  }
  const known: string[] = prompt.arguments.map((one) => one.name);
  const source = known.includes(argument) ? promptSources[argument] : undefined;
  if (source === undefined) throw noArgument(name, argument, known);
  return source;
};

const sourceOfTemplate = (uri: string, argument: string): Source | undefined => {
  const template = templates.get(uri);
  if (template === undefined) {
    // A fixed address has nothing to fill in.
    if (fixedResources.some((resource) => resource.uri === uri)) return undefined;
    const known = [...templates.keys()];
    throw invalidParams(
      `There is no resource template ${quoted(uri)}. ${didYouMean(uri, known, `Templates: ${known.join(', ')}.`)}`,
    );
  }
  if (argument !== template.variable) throw noArgument(uri, argument, [template.variable]);
  return template.source;
};

export const complete = async (
  knowledge: Knowledge,
  { ref, argument }: Pick<CompleteRequestParams, 'ref' | 'argument'>,
): Promise<CompleteResult> => {
  const source =
    ref.type === 'ref/prompt' ? sourceOfPrompt(ref.name, argument.name) : sourceOfTemplate(ref.uri, argument.name);
  if (source === undefined) return answer([]);
  return answer(matching(await source.names(knowledge), argument.value, source.plain));
};
