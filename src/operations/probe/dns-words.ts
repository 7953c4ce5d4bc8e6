// A DNS answer in one line for people, alike for one question and for many.

interface Told {
  query: string;
  type: string;
  rcode: string;
  values: readonly string[];
  loop: boolean;
  timeMs: number;
  nameserver: string;
}

const shownValues = 3;
/** Types whose values are addresses or names. */
const plainTypes = ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'PTR', 'SRV'];

const meanings: Readonly<Record<string, string>> = {
  NXDOMAIN: 'the name does not exist',
  SERVFAIL: 'the server could not find out',
  REFUSED: 'the server refuses to answer this',
  FORMERR: 'the server could not read the question',
  NOTIMP: 'the server does not support this question',
};

export const tellAnswer = ({ query, type, rcode, values, loop, timeMs, nameserver }: Told): string => {
  const from = `(${timeMs} ms, asked ${nameserver})`;
  if (rcode !== 'NOERROR') return `${query} ${type}: ${rcode}, ${meanings[rcode] ?? 'an error of the server'} ${from}.`;
  if (loop) return `${query} ${type}: its aliases lead in a circle ${from}.`;
  if (values.length === 0) return `${query} exists but has no ${type} record ${from}.`;
  // Free text of strangers stands in the records only.
  if (!plainTypes.includes(type))
    return `${query} has ${values.length} ${type} record${values.length === 1 ? '' : 's'} ${from}.`;
  const more = values.length > shownValues ? ` and ${values.length - shownValues} more` : '';
  const first = values.slice(0, shownValues).map((value) => (value.length > 80 ? `${value.slice(0, 80)}…` : value));
  return `${query} ${type}: ${first.join(', ')}${more} ${from}.`;
};
