/** Matchers as Alertmanager's configuration and amtool write them: `severity=~"critical|error"`, quotes optional, several in braces. */
import type { Matcher } from "../model/matcher.ts";
import { fail, ok, type Result } from "../model/result.ts";
import { compileMatcher } from "../promql/matchers.ts";

const ONE = /^\s*(?:([\p{L}_:][\p{L}\p{N}_:.-]*)|"((?:[^"\\]|\\.)*)")\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^",{}]*?))\s*$/su;

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };
const unescaped = (text: string): string => text.replaceAll(/\\(.)/gs, (_whole, character: string) => ESCAPES[character] ?? character);

/** Splits at commas that are not inside quotes. */
function parts(text: string): readonly string[] {
  const found: string[] = [];
  let from = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\" && quoted) i++;
    else if (text[i] === '"') quoted = !quoted;
    else if (text[i] === "," && !quoted) {
      found.push(text.slice(from, i));
      from = i + 1;
    }
  }
  found.push(text.slice(from));
  return found.filter((part) => part.trim() !== "");
}

function parseOne(text: string): Result<Matcher> {
  const match = ONE.exec(text);
  const op = match?.[3];
  if (match === null || (op !== "=" && op !== "!=" && op !== "=~" && op !== "!~")) {
    return fail("bad_matcher", `${JSON.stringify(text.trim())} is not a matcher; write it as severity="critical" or team=~"a|b".`);
  }
  const name = match[1] ?? unescaped(match[2] ?? "");
  if (name === "") return fail("bad_matcher", `The matcher ${JSON.stringify(text.trim())} names no label.`);
  const matcher: Matcher = { name, op, value: match[4] === undefined ? (match[5] ?? "").trim() : unescaped(match[4]) };
  const compiled = compileMatcher(matcher);
  return compiled.ok ? ok(matcher) : fail("bad_matcher", `The matcher ${text.trim()} does not compile: ${compiled.error.message}.`);
}

/** One matcher, or several between commas, in braces or not. Fails with `bad_matcher`. */
export function parseMatchers(text: string): Result<readonly Matcher[]> {
  const trimmed = text.trim();
  const inner = trimmed.startsWith("{") && trimmed.endsWith("}") ? trimmed.slice(1, -1) : trimmed;
  const matchers: Matcher[] = [];
  for (const part of parts(inner)) {
    const matcher = parseOne(part);
    if (!matcher.ok) return matcher;
    matchers.push(matcher.value);
  }
  return ok(matchers);
}

export const formatMatcher = ({ name, op, value }: Matcher): string => `${name}${op}${JSON.stringify(value)}`;
