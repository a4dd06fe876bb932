/**
 * The words of a query, also of one that does not parse: what the grammar rejects whole is still to be explained and completed.
 * A name with dots is one word: outside of quotes it is none of PromQL's, but what somebody has begun to write.
 */
const TOKEN =
  /\s+|#[^\n]*|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|`[^`]*`?|0x[0-9a-fA-F]+|[0-9.][0-9.a-zA-Z_]*|[a-zA-Z_:][a-zA-Z0-9_:.]*|=~|!~|==|!=|<=|>=|<\/|>\/|[\s\S]/y;

export interface Token {
  readonly text: string;
  readonly from: number;
}

export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    if (!/^(\s|#)/.test(match[0])) tokens.push({ text: match[0], from: match.index });
    if (TOKEN.lastIndex >= text.length) break;
  }
  return tokens;
}
