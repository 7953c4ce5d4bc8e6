#!/usr/bin/env node
// Starts dist/ with a clear word when it cannot: Node too old, or nothing built.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`netmcp needs Node.js 20.19 or newer; this is ${process.versions.node}.\n`);
  process.exit(1);
}

const entry = new URL('../dist/main.js', import.meta.url);
const { accessSync, constants } = await import('node:fs');
try {
  accessSync(entry, constants.R_OK);
} catch (error) {
  const fix =
    error.code === 'ENOENT' ? 'run `npm run build` in its folder first' : `this user may not read it (${error.code})`;
  process.stderr.write(`dist cannot be loaded: ${fix}.\n`);
  process.exit(1);
}
const { main } = await import(entry.href);
process.exit(await main(process.argv.slice(2)));
