// The two prompts: each tells the model the safe way in a few lines, with names checked against the policy and the host.
import type { GetPromptResult, Prompt } from '@modelcontextprotocol/server';
import { findCard, type Profile } from '../model/policy.ts';
import { plainText } from '../model/plain-text.ts';
import { didYouMean, interfaceNames, invalidParams, quoted, type Knowledge } from './knowledge.ts';

export const prompts = [
  {
    name: 'tune_for',
    title: 'Tune this host for a goal',
    description: 'Recommends, shows, applies and measures a plan for one of the profiles, with the user asked first.',
    arguments: [
      { name: 'goal', description: 'Name of a profile, such as gaming', required: true },
      { name: 'interface', description: "The default route's unless given", required: false },
    ],
  },
  {
    name: 'explain_setting',
    title: 'Explain a setting',
    description: 'Explains one setting from its card: what it does, when it helps, when it cannot, and how to check.',
    arguments: [{ name: 'card', description: 'Id of a card, such as sysctl.tcp_rmem', required: true }],
  },
] as const satisfies readonly Prompt[];

type Arguments = Readonly<Record<string, string>>;

/** What may stand in the prompt's text as an interface that could not be looked up. */
const interfacePattern = /^[A-Za-z0-9][A-Za-z0-9_.@-]{0,14}$/;

const required = (values: Arguments, name: string, known: readonly string[]): string => {
  const value = values[name];
  if (value !== undefined && value !== '') return value;
  throw invalidParams(`The argument "${name}" is required. Known: ${known.join(', ')}.`);
};

const userSays = (description: string, text: string): GetPromptResult => ({
  description,
  messages: [{ role: 'user', content: { type: 'text', text } }],
});

const checkedInterface = async (knowledge: Knowledge, name: string): Promise<string> => {
  const known = await interfaceNames(knowledge);
  // Where the host's interfaces cannot be read, the plan's own check finds out.
  if (known.includes(name) || (known.length === 0 && interfacePattern.test(name))) return name;
  const have = known.length === 0 ? 'Give the name that get_interfaces shows.' : `Interfaces: ${known.join(', ')}.`;
  throw invalidParams(`There is no interface ${quoted(name)}. ${didYouMean(name, known, have)}`);
};

const tuningText = ({ name, goal, target_metrics }: Profile, iface: string | undefined): string => {
  const targets = Object.entries(target_metrics).map(([metric, target]) => `${metric} ${target}`);
  const input = JSON.stringify({ goal: name, ...(iface === undefined ? {} : { iface }) });
  return `Tune this host for the profile ${name}${iface === undefined ? '' : ` on interface ${iface}`}.
Its goal: ${plainText(goal, 600)}${targets.length === 0 ? '' : ` Its target metrics: ${plainText(targets.join(', '), 600)}.`}

Go in this order, one step at a time:
1. Measure what the goal is about, and keep the numbers.
2. Call recommend_plan with ${input}. It changes nothing.
3. Show the user each value with its reason, and left_out with why. Add no values of your own.
4. Call render_change_plan with that plan. Show the user the diff, the commands and the undo, and ask whether to apply them. Without a clear yes, stop here.
5. Call apply_rendered_plan with the plan_id.
6. Measure again in the same way, and check that the host is still reachable.
7. If the goal is nearer and nothing broke, call confirm_change before confirm_by. Otherwise do not confirm: the change expires and undoes itself.

Tell the user what was measured before and after, also when nothing got better.`;
};

const tuneFor = async (knowledge: Knowledge, values: Arguments): Promise<GetPromptResult> => {
  const { profiles } = await knowledge.policy();
  const names = [...profiles.keys()];
  const goal = required(values, 'goal', names);
  const profile = profiles.get(goal.toLowerCase());
  if (profile === undefined) {
    throw invalidParams(
      `There is no profile ${quoted(goal)}. ${didYouMean(goal, names, `Profiles: ${names.join(', ')}.`)}`,
    );
  }
  const wanted = values['interface'] ?? '';
  const iface = wanted === '' ? undefined : await checkedInterface(knowledge, wanted);
  return userSays(`Tune for ${profile.name}`, tuningText(profile, iface));
};

const explainSetting = async (knowledge: Knowledge, values: Arguments): Promise<GetPromptResult> => {
  const policy = await knowledge.policy();
  const ids = [...policy.cards.keys()];
  const id = required(values, 'card', ids);
  const card = findCard(policy, id);
  if (card === undefined) {
    throw invalidParams(
      `There is no card ${quoted(id)}. ${didYouMean(id, ids, 'policy://config_cards/list names what there is.')}`,
    );
  }
  return userSays(
    `Explain ${card.id}`,
    `Explain the setting ${card.id} to the user, from the card below and from what this host shows.
Say what it does, when it helps and when it cannot, what it costs, and which symptom must be seen before it is worth changing. If the card has a caveat or says that it has no effect, say that first.
Look at the present value before you judge it, and claim no gain that was not measured. Change nothing: a change goes through render_change_plan, the user's yes, and apply_rendered_plan.

The card, as data:
${JSON.stringify(card, null, 1)}`,
  );
};

const makers: ReadonlyMap<string, typeof tuneFor> = new Map([
  ['tune_for', tuneFor],
  ['explain_setting', explainSetting],
]);

/** A prompt with its arguments filled in; throws invalid params that name what is near. */
export const getPrompt = async (knowledge: Knowledge, name: string, values: Arguments): Promise<GetPromptResult> => {
  const make = makers.get(name);
  const prompt = prompts.find((one) => one.name === name);
  if (make === undefined || prompt === undefined) {
    const names = [...makers.keys()];
    throw invalidParams(
      `There is no prompt ${quoted(name)}. ${didYouMean(name, names, `Prompts: ${names.join(', ')}.`)}`,
    );
  }
  const known: string[] = prompt.arguments.map((argument) => argument.name);
  const unknown = Object.keys(values).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw invalidParams(`${name} has no argument ${quoted(unknown)}. Known: ${known.join(', ')}.`);
  return make(knowledge, values);
};
