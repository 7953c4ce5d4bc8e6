// What the server's resources, prompts and completion may know of the real host: the policy in force and the names of interfaces.
import { fromUnknown } from './model/errors.ts';
import type { OperationPorts } from './model/operation-ports.ts';
import type { Knowledge } from './server/knowledge.ts';

/** A completion that comes later is no use to who types. */
const interfacesTimeoutMs = 3_000;

export const knowledgeOf = (ports: OperationPorts): Knowledge => ({
  policy: () => ports.policy(),
  interfaces: async () => {
    try {
      const { readInterfaces } = await import('./host/interfaces.ts');
      return Object.keys(await readInterfaces(ports, AbortSignal.timeout(interfacesTimeoutMs)));
    } catch (error) {
      ports.log.debug(`no interface names for completion: ${fromUnknown(error).message}`);
      return [];
    }
  },
});
