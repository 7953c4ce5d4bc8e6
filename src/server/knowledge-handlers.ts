// Resources, prompts and completion answered by one server; nothing of the policy is read before the first question.
import type { McpServer, ServerCapabilities } from '@modelcontextprotocol/server';
import { complete } from './completion.ts';
import { protocolErrorOf, type Knowledge } from './knowledge.ts';
import { getPrompt, prompts } from './prompts.ts';
import { fixedResources, readResource, resourceTemplates } from './resources.ts';

export const knowledgeCapabilities: ServerCapabilities = {
  resources: { listChanged: false },
  prompts: { listChanged: false },
  completions: {},
};

/** Surrounds work on a request, so that a transport can wait for its answer. */
export type During = <Value>(work: () => Promise<Value>) => Promise<Value>;

export const addKnowledge = ({ server }: McpServer, knowledge: Knowledge, during: During): void => {
  const answering: During = async (work) =>
    during(async () => {
      try {
        return await work();
      } catch (error) {
        throw protocolErrorOf(error);
      }
    });
  server.setRequestHandler('resources/list', () => ({ resources: fixedResources }));
  server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates }));
  server.setRequestHandler('resources/read', ({ params }) =>
    answering(async () => readResource(await knowledge.policy(), params.uri)),
  );
  server.setRequestHandler('prompts/list', () => ({ prompts: [...prompts] }));
  server.setRequestHandler('prompts/get', ({ params }) =>
    answering(() => getPrompt(knowledge, params.name, params.arguments ?? {})),
  );
  server.setRequestHandler('completion/complete', ({ params }) => answering(() => complete(knowledge, params)));
};
