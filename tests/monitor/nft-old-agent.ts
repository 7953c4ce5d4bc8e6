// Counts by nft as on a kernel without table owners: an nft that knows none stands in for the real one. A line `leftovers` removes what dead ones left.
// Arguments: INTERFACE NFT FOLDER, or - NFT FOLDER to count nothing.
import { createInterface } from 'node:readline';
import { createExec } from '../../src/host/exec.ts';
import { removeNftLeftovers } from '../../src/host/traffic/nft-leftovers.ts';
import { openNft } from '../../src/host/traffic/nft.ts';

const [iface = '', nft = '', folder = ''] = process.argv.slice(2);
const exec = createExec();
const old = { ...exec, find: async () => nft };
const counter =
  iface === '-'
    ? undefined
    : await openNft(
        { rung: 'nft', direction: 'incoming', iface, ifindex: 0, talkers: 'address' },
        { exec: old, runtimeDir: async () => folder },
        new AbortController().signal,
      );
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'leftovers') console.log(JSON.stringify(await removeNftLeftovers(folder, exec)));
  else console.log(Number((await counter?.read())?.packets));
}
await counter?.close();
