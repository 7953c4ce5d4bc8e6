// Walks over the words of an expression, one after the other.
import type { NetError } from '../../model/errors.ts';
import { filterFault } from './fault.ts';
import { maxDepth, maxTerms } from './limits.ts';
import { nameOf, type Token } from './tokens.ts';

export class TokenReader {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;
  #terms = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The token `ahead` of the next one; beyond the end there is only the end. */
  peek(ahead = 0): Token {
    return this.#tokens[this.#next + ahead] ?? { kind: 'end', text: '', at: this.#tokens.at(-1)?.at ?? 0 };
  }

  take(): Token {
    const token = this.peek();
    this.#next += 1;
    return token;
  }

  /** Takes the next token if it is one of these signs or words. */
  accept(...texts: readonly string[]): Token | undefined {
    const token = this.peek();
    return (token.kind === 'sign' || token.kind === 'word') && texts.includes(token.text) ? this.take() : undefined;
  }

  expect(sign: string, hint: string): void {
    const token = this.peek();
    if (this.accept(sign) === undefined) throw this.unexpected(token, hint);
  }

  unexpected(token: Token, hint: string): NetError {
    const message = token.kind === 'end' ? 'the expression ends too early.' : `${nameOf(token)} does not belong here.`;
    return filterFault(message, token.at, hint);
  }

  /** Parses something within parentheses; deeper than the bound is refused. */
  nested<Parsed>(parse: () => Parsed): Parsed {
    this.#depth += 1;
    if (this.#depth > maxDepth)
      throw filterFault(
        `more than ${maxDepth} parentheses within each other.`,
        this.peek().at,
        'Use fewer parentheses.',
      );
    const parsed = parse();
    this.#depth -= 1;
    return parsed;
  }

  countTerm(): void {
    this.#terms += 1;
    if (this.#terms > maxTerms)
      throw filterFault(
        `more than ${maxTerms} tests.`,
        this.peek().at,
        'Join values of one field: tcp.port in {80, 443, 8000..8100}.',
      );
  }
}
