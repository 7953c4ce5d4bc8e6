// Routes of the main table as `ip -o -d route show` prints them: what identifies one, what repeats it word by word, and what may be changed.
import * as z from 'zod';

export const families = ['ipv4', 'ipv6'] as const;
export type Family = (typeof families)[number];

export const metricNames = ['initcwnd', 'initrwnd', 'congctl'] as const;
/** As ip prints it, `lock` included. */
const metricValueSchema = z.string().regex(/^(?:lock )?[A-Za-z0-9][A-Za-z0-9_-]{0,15}$/, 'not a value of a route');
export const routeMetricsSchema = z.strictObject({
  initcwnd: metricValueSchema.optional(),
  initrwnd: metricValueSchema.optional(),
  congctl: metricValueSchema.optional(),
});
export type RouteMetrics = z.infer<typeof routeMetricsSchema>;

/** What identifies a route of the main table, as a state names it: `ipv4 default tos 0 metric 100`. */
export const routeKeyPattern =
  /^ipv[46] [0-9a-f.:/]{2,43} tos [A-Za-z0-9_-]{1,16} metric [0-9]{1,10}$|^ipv[46] default tos [A-Za-z0-9_-]{1,16} metric [0-9]{1,10}$/;

/** A word that may stand in a command: never an option, never anything a shell reads. */
const wordPattern = /^[A-Za-z0-9_][A-Za-z0-9_.:/@+-]{0,63}$|^::[0-9a-f:./]{0,40}$/;
const word = z.string().regex(wordPattern);

const routeSchema = z.strictObject({
  key: z.string().regex(routeKeyPattern),
  family: z.enum(families),
  destination: word,
  /** Everything else that must be said to repeat it, without its device. */
  words: z.array(word).max(64),
  metrics: routeMetricsSchema,
  protocol: z.string().max(32),
  /** Why it cannot be changed without loss. */
  refusal: z.string().max(300).optional(),
});
export type Route = z.infer<typeof routeSchema>;

/** Routes of one interface; null: nothing was read. */
export const routesObservedSchema = z
  .strictObject({
    routes: z.array(routeSchema),
    /** There are so many that only the default routes were kept. */
    partial: z.boolean(),
  })
  .nullable();
export type RoutesObserved = z.infer<typeof routesObservedSchema>;

/** Words with one value that `ip route change` takes as it prints them. */
const valued = new Set(['via', 'dev', 'proto', 'scope', 'src', 'metric', 'tos', 'pref']);
/** The same, with `lock` allowed before the value. */
const lockable = new Set([
  ...metricNames,
  ...['mtu', 'advmss', 'window', 'rtt', 'rttvar', 'ssthresh', 'cwnd', 'reordering', 'hoplimit', 'features'],
  ...['rto_min', 'quickack', 'fastopen_no_cookie'],
]);
/** State of the link, no attribute of the route. */
const passing = new Set(['linkdown', 'dead']);

const isMetric = (name: string): name is keyof RouteMetrics => metricNames.some((metric) => metric === name);

interface Parsed {
  attributes: Map<string, string[]>;
  refusal: string | undefined;
}

const parseAttributes = (words: readonly string[]): Parsed => {
  const attributes = new Map<string, string[]>();
  const rest = [...words];
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (passing.has(name)) continue;
    if (attributes.has(name)) return { attributes, refusal: `it says "${name}" twice` };
    if (name === 'onlink') {
      attributes.set(name, []);
      continue;
    }
    if (name === 'nexthop' || name === '\\')
      return { attributes, refusal: 'it has several next hops, which would have to be set together' };
    if (name === 'expires')
      return {
        attributes,
        refusal: 'it expires unless a router renews it, and a changed one would no longer be renewed',
      };
    if (!valued.has(name) && !lockable.has(name))
      return { attributes, refusal: `it has an attribute that cannot be repeated exactly: ${name.slice(0, 40)}` };
    const prefix = (name === 'via' && rest[0] === 'inet6') || (lockable.has(name) && rest[0] === 'lock');
    const values = rest.splice(0, prefix ? 2 : 1);
    if (values.length < (prefix ? 2 : 1) || values.some((value) => !wordPattern.test(value)))
      return { attributes, refusal: `its ${name} cannot be read` };
    attributes.set(name, values);
  }
  return { attributes, refusal: undefined };
};

/** ip locks rto_min by itself and does not take the word. */
const repeated = (name: string, values: readonly string[]): string[] =>
  name === 'rto_min' ? [name, ...values.slice(-1)] : [name, ...values];

interface Line {
  key: string;
  unicast: boolean;
  devices: string[];
  /** Undefined for what is no route as we know them: it is neither listed nor changed. */
  route: Route | undefined;
}

const parseLine = (line: string, family: Family): Line => {
  const [type = '', destination = '', ...words] = line
    .replaceAll('\\', ' \\ ')
    .split(/\s+/)
    .filter((part) => part !== '');
  const { attributes, refusal } = parseAttributes(words);
  const first = (name: string): string | undefined => attributes.get(name)?.[0];
  // One behind `nexthop` counts too, and so does a metric behind what was not understood: rivals must be seen.
  const after = (name: string): string | undefined => words[words.indexOf(name) + 1];
  const metric = first('metric') ?? (words.includes('metric') ? after('metric') : '0');
  const tos = first('tos') ?? (words.includes('tos') ? after('tos') : '0');
  const key = `${family} ${destination} tos ${tos ?? ''} metric ${metric ?? ''}`;
  const kept = [...attributes].filter(([name]) => !isMetric(name) && name !== 'dev');
  const metrics = Object.fromEntries(
    [...attributes].filter(([name]) => isMetric(name)).map(([name, values]) => [name, values.join(' ')]),
  );
  const route = routeSchema.safeParse({
    key,
    family,
    destination,
    words: kept.flatMap(([name, values]) => repeated(name, values)),
    metrics,
    protocol: first('proto') ?? 'boot',
    ...(refusal === undefined ? {} : { refusal }),
  });
  const devices = words.flatMap((name, index) => (name === 'dev' ? [words[index + 1] ?? ''] : []));
  return { key, unicast: type === 'unicast', devices, route: route.data };
};

/** Unicast routes over the interface; ip finds a route to change by its key alone, so one that shares it is refused. */
export const parseRoutes = (text: string, family: Family, iface: string): Route[] => {
  const lines = text
    .split('\n')
    // Lines that start with a blank belong to a next hop object, whose route is refused for its nhid.
    .filter((line) => /^\S/.test(line))
    .map((line) => parseLine(line, family));
  const counts = new Map<string, number>();
  for (const { key } of lines) counts.set(key, (counts.get(key) ?? 0) + 1);
  return lines
    .flatMap(({ unicast, devices, route }) =>
      unicast && devices.includes(iface) && route !== undefined ? [route] : [],
    )
    .map((route) =>
      (counts.get(route.key) ?? 0) > 1
        ? {
            ...route,
            refusal: 'another route has the same destination and metric, and the kernel might change that one',
          }
        : route,
    );
};

/** One spelling of an address or prefix: `2001:DB8:0::/32` -> `2001:db8::/32`, `192.0.2.1/32` -> `192.0.2.1`. */
export const normaliseDestination = (text: string): string => {
  if (text === 'default') return text;
  const [address = '', length] = text.toLowerCase().split('/');
  const host = address.includes(':') ? new URL(`http://[${address}]/`).hostname.slice(1, -1) : address;
  const whole = address.includes(':') ? '128' : '32';
  if (length === '0' && (host === '::' || host === '0.0.0.0')) return 'default';
  return length === undefined || length === whole ? host : `${host}/${length}`;
};
