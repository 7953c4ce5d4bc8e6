// Runs inside a namespace: attaches a program that lets every packet pass to an interface by the clsact rung, or removes what dead ones left.
// Arguments: INTERFACE DIRECTION, or none. Lines on standard input: `detach`, `leftovers`.
import { createInterface } from 'node:readline';
import { bpfCalls } from '../../src/host/bpf/calls.ts';
import { createExec } from '../../src/host/exec.ts';
import { readIdentity } from '../../src/host/identity.ts';
import { readLinkByName } from '../../src/host/netlink/links.ts';
import { openNetlink } from '../../src/host/netlink/socket.ts';
import { attachClsact, type Attached } from '../../src/host/traffic/clsact.ts';
import { removeLeftovers } from '../../src/host/traffic/leftovers.ts';
import { NetError } from '../../src/model/errors.ts';
import { openRuntimeDirectory } from '../../src/store/directory.ts';

/** `return TC_ACT_UNSPEC`: what comes behind decides. */
const loadProgram = async (): Promise<number> => {
  const calls = await bpfCalls();
  const code = Buffer.from('b7000000ffffffff9500000000000000', 'hex');
  const license = Buffer.from('GPL\0');
  const attributes = Buffer.alloc(64);
  attributes.writeUInt32LE(3, 0);
  attributes.writeUInt32LE(2, 4);
  attributes.writeBigUInt64LE(calls.address(code), 8);
  attributes.writeBigUInt64LE(calls.address(license), 16);
  const fd = calls.bpf(5, attributes);
  if (fd < 0) throw new Error(`BPF_PROG_LOAD: errno ${-fd}`);
  return fd;
};

const say = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`);
};

const runtimeDir = await openRuntimeDirectory((await readIdentity()).netns);
const [iface, direction] = process.argv.slice(2);
let attached: Attached | undefined;
if (iface !== undefined) {
  const socket = await openNetlink();
  const link = await readLinkByName(socket, iface);
  socket.close();
  try {
    const hook = direction === 'outgoing' ? 'outgoing' : 'incoming';
    attached = await attachClsact(runtimeDir, {
      iface,
      ifindex: link?.ifindex ?? 9999,
      hook,
      programFd: await loadProgram(),
    });
    say('attached');
  } catch (error) {
    if (!(error instanceof NetError)) throw error;
    say({ code: error.code, message: error.message, hint: error.hint });
  }
}
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'detach') {
    await attached?.detach();
    say('detached');
  } else {
    say(await removeLeftovers({ runtimeDir, exec: createExec() }));
  }
}
