// The binaries the product may run, where they may lie, and the sub-commands allowed, as data. Nothing else starts.
import { debianPackages, shellLine, type Binary } from '../model/command.ts';
import { NetError } from '../model/errors.ts';

/** Absolute directories searched, in this order; the caller's PATH is never used. */
export const binaryDirectories: readonly string[] =
  process.platform === 'win32' ? ['C:\\Windows\\System32'] : ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/**
 * A form is words separated by blanks: a word stands for itself, `*` for one value, `--name=*` for an option with any value, a final `...`
 * for any number of values.
 * A value never starts with `-`, so that no name or number can become an option.
 */
interface Rules {
  /** Options allowed before a form. */
  options: readonly string[];
  forms: readonly string[];
  /** Form of every line of standard input, for the forms that read a batch of commands. */
  inputForms?: readonly string[];
  /** A word holding a match is refused: nft joins its arguments and reads them as one text. */
  forbiddenWord?: RegExp;
  /** Standard input holding a match is refused. */
  forbiddenInput?: RegExp;
}

const tcChanges = ['qdisc', 'class', 'filter'].flatMap((object) =>
  ['add', 'del', 'delete', 'change', 'replace'].map((verb) => `${object} ${verb} dev * ...`),
);
/** Quotes, continuation lines and control characters would make tc and ip split a line differently than we check it. */
const batchSyntax = /["'\\\0\r]/;

/** Letters mean other things elsewhere (-f forbids fragments on Windows and floods on Linux), so each system has its own forms. */
const pingOf: Record<'linux' | 'darwin' | 'win32', Rules> = {
  linux: {
    options: ['-n', '-4', '-6'],
    forms: ['', ' -t *'].flatMap((ttl) => ['', ' -M do'].map((df) => `-c * -i * -W * -s *${ttl}${df} *`)),
  },
  darwin: { options: ['-n', '-D'], forms: ['-c * -i * -W * -s * *', '-c * -i * -W * -s * -m * *'] },
  win32: { options: ['-4', '-6', '-f'], forms: ['-w * -l * -n * *', '-w * -l * -i * -n * *'] },
};

const liveCapture =
  '--fsize=* --core=0 -- timeout -s INT -k * * tcpdump -n --immediate-mode -U -B 16384 -i * -s * -w -';

const rules: Record<Binary, Rules> = {
  ip: {
    options: ['-j', '-d', '-s', '-o', '-4', '-6'],
    forms: [
      ...['link', 'addr', 'route', 'rule', 'neigh'].map((object) => `${object} show ...`),
      'route get * ...',
      // Whether an interface that is missing here is in another namespace.
      '-n * -j link show dev *',
      // Never add, del or replace: an existing route's attributes only, and never another type such as blackhole.
      'route change unicast * dev * ...',
      'link set * ...',
      'link add ...',
      'link del ...',
      '-batch -',
      '-force -batch -',
    ],
    inputForms: ['link set ...', 'link add ...', 'link del ...', 'rule show', 'route show table *'],
    forbiddenInput: batchSyntax,
  },
  tc: {
    options: ['-j', '-d', '-s'],
    forms: ['qdisc show ...', 'class show ...', 'filter show ...', ...tcChanges, '-batch -', '-force -batch -'],
    inputForms: tcChanges,
    forbiddenInput: batchSyntax,
  },
  nft: {
    options: ['-j', '-s', '-a', '-t', '-n', '-y'],
    forms: ['list ...', '-f -', '-c -f -'],
    forbiddenWord: /[;{}"\s]/,
    forbiddenInput: /^\s*include\b|\bflush\s+ruleset\b|\0/m,
  },
  ethtool: {
    options: ['--json'],
    forms: ['-k *', '-i *', '-g *', '-c *', '-l *', '-a *', '-S *', '*', '-K * * ...', '-G * * ...', '-C * * ...'],
  },
  modprobe: {
    options: [],
    forms: ['-q ifb numifbs=0', '-q nf_conntrack', '-n -q *'],
  },
  unshare: {
    options: [],
    // Only the feature probe: tc on the loopback of a namespace that ends with it.
    forms: ['--net -- tc -force -batch -', '--map-root-user --net -- tc -force -batch -'],
    inputForms: ['qdisc add dev lo ...', 'qdisc del dev lo ...', 'filter add dev lo ...', 'filter del dev lo ...'],
    forbiddenInput: batchSyntax,
  },
  // Every form is read only; values are addresses or names of interfaces and units that were checked before.
  ping: process.platform === 'darwin' || process.platform === 'win32' ? pingOf[process.platform] : pingOf.linux,
  // IPv6 on macOS.
  ping6: { options: ['-n'], forms: ['-c * -i * -s * *', '-c * -i * -s * -h * *'] },
  mtr: { options: ['-n', '-4', '-6', '-j', '-r'], forms: ['-c * -i * -m * -- *', '-c * -i * -G * -m * -- *'] },
  ss: { options: ['-H', '-n', '-t', '-u', '-e', '-i', '-O'], forms: ['state all'] },
  iw: {
    options: [],
    forms: [
      'dev',
      ...['info', 'link', 'station dump', 'survey dump', 'get power_save', 'scan', 'scan dump'].map(
        (what) => `dev * ${what}`,
      ),
      'reg get',
    ],
  },
  nmcli: {
    options: [],
    forms: [
      '-t -f * general status',
      '-t -f * device status',
      '-t -f * device show ...',
      '-t -f * connection show ...',
      '-t -f * connection show --active',
    ],
  },
  resolvectl: { options: [], forms: ['status', 'dns', 'domain'] },
  networkctl: { options: [], forms: ['--no-pager --no-legend list'] },
  systemctl: { options: ['--no-pager'], forms: ['is-active * ...', 'show --property=ActiveState,SubState,Id * ...'] },
  'systemd-detect-virt': { options: [], forms: ['--vm', '--container'] },
  timedatectl: { options: ['--no-pager'], forms: ['show'] },
  chronyc: { options: [], forms: ['-n -c tracking'] },
  hostname: { options: [], forms: ['-f', '-I'] },
  'iptables-legacy-save': { options: ['-c'], forms: ['-t *'] },
  'ip6tables-legacy-save': { options: ['-c'], forms: ['-t *'] },
  // Only below prlimit, which bounds its file.
  tcpdump: { options: [], forms: [] },
  // tcpdump to standard output, with a time limit of its own; a filter stands behind --, so that it is never an option.
  prlimit: {
    options: [],
    forms: ['', ' -p'].flatMap((own) =>
      ['', ' -c *'].flatMap((count) => ['', ' -- *'].map((filter) => `${liveCapture}${own}${count}${filter}`)),
    ),
  },
};

const matches = (form: string, words: readonly string[]): boolean => {
  const pattern = form.split(' ');
  const open = pattern.at(-1) === '...';
  const fixed = open ? pattern.slice(0, -1) : pattern;
  if (open ? words.length < fixed.length : words.length !== fixed.length) return false;
  return words.every((word, index) => {
    const expected = fixed[index] ?? '*';
    if (expected.endsWith('=*')) return word.startsWith(expected.slice(0, -1));
    return expected === '*' ? word !== '' && !word.startsWith('-') : word === expected;
  });
};

const withoutOptions = (options: readonly string[], args: readonly string[]): readonly string[] => {
  const first = args.findIndex((word) => !options.includes(word));
  return first === -1 ? [] : args.slice(first);
};

const refuse = (binary: Binary, what: string): NetError =>
  new NetError('not_permitted', `netmcp does not run ${what}.`, allowedHint(binary));

const allowedHint = (binary: Binary): string => {
  const { forms } = rules[binary];
  return forms.length === 0
    ? `No sub-command of ${binary} is allowed.`
    : `Allowed for ${binary}: ${forms.join(' | ')}.`;
};

const shown = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}...` : text);

/** Throws not_permitted unless the arguments and every line of the input have an allowed form. */
export const checkAllowed = (binary: Binary, args: readonly string[], stdin: string | undefined): void => {
  const { options, forms, inputForms, forbiddenWord, forbiddenInput } = rules[binary];
  const words = withoutOptions(options, args);
  const barred = (word: string): boolean => word.includes('\0') || forbiddenWord?.test(word) === true;
  if (args.some(barred) || !forms.some((form) => matches(form, words))) {
    throw refuse(binary, shown(shellLine([binary, ...args])));
  }
  if (stdin === undefined) return;
  if (!words.includes('-')) throw refuse(binary, `${shown(shellLine([binary, ...args]))} with standard input`);
  if (forbiddenInput?.test(stdin) === true) throw refuse(binary, `this input of ${binary}: it holds ${forbiddenInput}`);
  if (inputForms === undefined) return;
  for (const line of stdin.split('\n')) {
    const parts = line.split(/[ \t]+/).filter((word) => word !== '');
    if (parts.length === 0 || line.startsWith('#')) continue;
    if (!inputForms.some((form) => matches(form, parts))) {
      throw refuse(binary, `the line '${shown(line)}' in a batch of ${binary}`);
    }
  }
};

export const missingBinary = (binary: Binary): NetError =>
  new NetError(
    'missing_binary',
    `${binary} is not installed (looked in ${binaryDirectories.join(', ')}).`,
    `Install it: apt-get install ${debianPackages[binary]}`,
    { details: { binary, package: debianPackages[binary] } },
  );
