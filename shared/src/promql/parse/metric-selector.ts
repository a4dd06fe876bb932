/** What `match[]` takes: one selector such as `up{job="api"}`, in the words of Prometheus's `ParseMetricSelector`. */
import type { Matcher } from "../../model/matcher.ts";
import { type Result, fail, ok } from "../../model/result.ts";
import { positionOf } from "../failure.ts";
import { parseQuery } from "./parse.ts";
import { type LexedToken, lexQuery } from "./prometheus-lexer.ts";
import { tokenWords } from "./syntax-error.ts";

const OPENS_NOTHING = "vector selector must contain at least one non-empty matcher";

/** The first token that is no part of a selector: a name, then braces, each at most once. */
function beyondSelector(tokens: readonly LexedToken[]): LexedToken | undefined {
  let at = tokens[0]?.kind === "word" ? 1 : 0;
  if (tokens[at]?.text === "{") {
    while (at < tokens.length && !(tokens[at]?.kind === "sign" && tokens[at]?.text === "}")) at++;
    at++;
  }
  return tokens[at];
}

/** Failure `bad_data`, worded as Prometheus's: a range, an offset or a function has no place in it, and one matcher must not match the empty text. */
export function parseMetricSelector(text: string): Result<readonly Matcher[]> {
  const { tokens, fault } = lexQuery(text);
  const beyond = beyondSelector(tokens);
  if (beyond !== undefined)
    return fail("bad_data", `${positionOf(text, beyond.from)}: parse error: unexpected ${tokenWords(beyond, false)}`);
  if (tokens.length === 0 && fault === undefined)
    return fail("bad_data", `${positionOf(text, text.length)}: parse error: unexpected end of input`);
  const parsed = parseQuery(text);
  if (!parsed.ok) {
    return parsed.error.message.endsWith(OPENS_NOTHING) ? fail("bad_data", "match[] must contain at least one non-empty matcher") : parsed;
  }
  return parsed.value.kind === "vector_selector" ? ok(parsed.value.matchers) : fail("bad_data", `${JSON.stringify(text)} is no selector`);
}
