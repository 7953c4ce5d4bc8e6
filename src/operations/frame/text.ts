// The text block beside a structured answer: its JSON, short enough for any client, saying what was left out.

/** Some clients refuse results above roughly this size. */
export const maxTextCharacters = 20_000;

export const textOf = (answer: unknown): string => {
  const json = JSON.stringify(answer);
  if (json.length < maxTextCharacters) return json;
  const notice = `\n[cut: the whole answer has ${json.length} characters and is in structuredContent; ask for less with filters, limits or a cursor]`;
  return `${json.slice(0, maxTextCharacters - notice.length - 1)}${notice}`;
};
