// The system packages that tests, demo and lab use: found by their binaries, installed by apt when root.
import { existsSync, readFileSync } from 'node:fs';
import { which } from './paths.mjs';
import { must, run } from './processes.mjs';

/** Debian package -> a binary that shows it is there. */
const packages = {
  nftables: 'nft',
  iproute2: 'tc',
  ethtool: 'ethtool',
  'iputils-ping': 'ping',
  iperf3: 'iperf3',
  iptables: 'iptables-nft',
  procps: 'sysctl',
  kmod: 'modprobe',
  'util-linux': 'unshare',
  cpio: 'cpio',
  openssl: 'openssl',
  tshark: 'tshark',
  tcpdump: 'tcpdump',
  tcptrace: 'tcptrace',
  zstd: 'zstd',
  ...(process.arch === 'x64' ? { 'qemu-system-x86': 'qemu-system-x86_64' } : {}),
};

/** Of who changes the monitor's BPF program. Not every distribution has them; without them the test that rebuilds the object is skipped. */
const compilerPackages = { 'clang-14': 'clang-14', 'llvm-14': 'llvm-strip-14' };

/** A busybox that needs no library is another package than the ordinary one, with the same binary. */
function busyboxIsStatic() {
  return existsSync('/bin/busybox') && !readFileSync('/bin/busybox').includes('/ld-linux');
}

function missingOf(wanted) {
  return Object.entries(wanted)
    .filter(([, binary]) => which(binary) === undefined)
    .map(([name]) => name);
}

function missingPackages() {
  return [...missingOf(packages), ...(busyboxIsStatic() ? [] : ['busybox-static'])];
}

function installCommand(names) {
  return ['apt-get', 'install', '-y', '--no-install-recommends', ...names];
}

/**
 * Installs what is missing when root; else prints the one command that does.
 * @returns {Promise<boolean>} false when something is still missing that tests, demo or lab cannot do without
 */
export async function ensureSystemPackages() {
  if (process.platform !== 'linux') return true;
  if (!(await ensureNeeded())) return false;
  await tryCompiler();
  return true;
}

/** After the others, with the package lists as they are, so that where there is none every start costs only a moment. */
async function tryCompiler() {
  const names = missingOf(compilerPackages);
  if (names.length === 0 || which('apt-get') === undefined || process.getuid() !== 0) return;
  const { code } = await run(installCommand(names), { capture: true, env: { DEBIAN_FRONTEND: 'noninteractive' } });
  if (code === 0) return;
  process.stderr.write(`Without ${names.join(' and ')}, which only \`npm run bpf\` and one test need.\n`);
}

async function ensureNeeded() {
  const names = missingPackages();
  if (names.length === 0) return true;
  if (which('apt-get') === undefined) {
    process.stderr.write(`Missing, and there is no apt-get here. Install the equivalents of: ${names.join(' ')}\n`);
    return false;
  }
  if (process.getuid() !== 0) {
    process.stderr.write(
      `Some system packages are missing, and installing them needs root. Run this, then try again:\n` +
        `  sudo sh -c 'apt-get update && ${installCommand(names).join(' ')}'\n`,
    );
    return false;
  }
  process.stderr.write(`Installing system packages: ${names.join(' ')}\n`);
  await updatePackageLists();
  await must(installCommand(names), { capture: true, env: { DEBIAN_FRONTEND: 'noninteractive' } });
  const still = missingPackages();
  if (still.length > 0)
    throw new Error(`apt-get installed them without an error, yet these are missing: ${still.join(' ')}`);
  return true;
}

async function updatePackageLists() {
  await must(['apt-get', '-qq', 'update'], { capture: true });
}

/** Downloads and unpacks the lab's kernel. Why that was not possible, or undefined. */
export async function ensureLabKernel(script) {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  let answer = await run([script], { capture: true });
  if (answer.code === 3 && process.getuid() === 0) {
    process.stderr.write('Updating the package lists for the lab kernel\n');
    await updatePackageLists();
    answer = await run([script], { capture: true });
  }
  return answer.code === 0 ? undefined : answer.output.trim();
}
