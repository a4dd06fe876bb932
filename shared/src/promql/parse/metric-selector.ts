/** What `match[]` takes: one selector such as `up{job="api"}`, in the words of Prometheus's `ParseMetricSelector`. */
import { METRIC_NAME } from "../../model/labels.ts";
import type { Matcher } from "../../model/matcher.ts";
import { type Result, fail, ok } from "../../model/result.ts";
import { ExpressionBudget } from "../../re2/compile-expression.ts";
import { positionOf } from "../failure.ts";
import { MAX_LENGTH, parseQuery } from "./parse.ts";
import { type LexedToken, lexQuery } from "./prometheus-lexer.ts";
import { tokenWords } from "./syntax-error.ts";

const OPENS_NOTHING = "vector selector must contain at least one non-empty matcher";

const NOTHING_SELECTIVE = "match[] must contain at least one non-empty matcher";

/** The first token that is no part of a selector: a name, then braces, each at most once. */
function beyondSelector(tokens: readonly LexedToken[]): LexedToken | undefined {
  let at = tokens[0]?.kind === "word" ? 1 : 0;
  if (tokens[at]?.text === "{") {
    while (at < tokens.length && !(tokens[at]?.kind === "sign" && tokens[at]?.text === "}")) at++;
    at++;
  }
  return tokens[at];
}

/** For all selectors of a question: together they have what one query may have. */
export const budgetOf = (selectors: readonly string[]): ExpressionBudget =>
  new ExpressionBudget(
    Math.min(
      MAX_LENGTH,
      selectors.reduce((sum, { length }) => sum + length, 0),
    ),
  );

/**
 * Failure `bad_data`, worded as Prometheus's: a range, an offset or a function has no place in it, and one matcher must not match the empty text.
 * `expressions`: of all selectors of a question.
 */
export function parseMetricSelector(text: string, expressions?: ExpressionBudget): Result<readonly Matcher[]> {
  const { tokens, fault } = lexQuery(text);
  const beyond = beyondSelector(tokens);
  if (beyond !== undefined)
    return fail("bad_data", `${positionOf(text, beyond.from)}: parse error: unexpected ${tokenWords(beyond, false)}`);
  if (tokens.length === 0 && fault === undefined)
    return fail("bad_data", `${positionOf(text, text.length)}: parse error: unexpected end of input`);
  const parsed = parseQuery(text, expressions === undefined ? {} : { expressions });
  if (!parsed.ok) {
    return parsed.error.message.endsWith(OPENS_NOTHING) ? fail("bad_data", NOTHING_SELECTIVE) : parsed;
  }
  return parsed.value.kind === "vector_selector" ? ok(parsed.value.matchers) : fail("bad_data", `${JSON.stringify(text)} is no selector`);
}

/**
 * A selector as federation takes it, which may match the empty text with all that it has: then with a matcher besides that
 * every series fulfils. Null for one without any matcher, which selects nothing there. Failures as above, but for that one.
 */
export function openSelector(text: string, expressions?: ExpressionBudget): Result<string | null> {
  const parsed = parseMetricSelector(text, expressions);
  if (parsed.ok) return ok(text);
  if (parsed.error.message !== NOTHING_SELECTIVE) return parsed;
  const { tokens } = lexQuery(text);
  const [last, before] = [tokens.at(-1), tokens.at(-2)];
  if (last === undefined || before === undefined || before.text === "{") return ok(null);
  const comma = before.kind === "sign" && before.text === "," ? "" : ",";
  return ok(`${text.slice(0, last.from)}${comma}${METRIC_NAME}!=""}`);
}
