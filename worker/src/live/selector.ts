import type { Labels } from "@sightline/shared/model/labels";
import type { Matcher } from "@sightline/shared/model/matcher";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import { parseQuery } from "@sightline/shared/promql/parse/parse";
import { matchesLabels } from "@sightline/shared/promql/matchers";

const CACHED = 4096;
const parsed = new Map<string, Result<readonly Matcher[]>>();

/** The matchers of `name{label="value"}`. Codes: `bad_data`. Kept, because every published batch asks again. */
export function parseSelector(text: string): Result<readonly Matcher[]> {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const result = parseNew(text);
  if (parsed.size >= CACHED) parsed.clear();
  parsed.set(text, result);
  return result;
}

function parseNew(text: string): Result<readonly Matcher[]> {
  const tree = parseQuery(text);
  if (!tree.ok) return tree;
  if (tree.value.kind !== "vector_selector") {
    return fail("bad_data", `${JSON.stringify(text)} is an expression; live subscriptions take selectors such as name{label="value"}.`);
  }
  return ok(tree.value.matchers);
}

export function selects(selector: string, labels: Labels): boolean {
  const matchers = parseSelector(selector);
  return matchers.ok && matchesLabels(matchers.value, labels);
}
