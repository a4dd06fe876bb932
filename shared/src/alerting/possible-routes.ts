/** Where alerts may go of which only some labels are known beforehand. */
import type { Labels } from "../model/labels.ts";
import type { Matcher } from "../model/matcher.ts";
import { matchesLabels } from "../promql/matchers.ts";
import type { EffectiveRoute } from "./route-tree.ts";

type Verdict = "yes" | "no" | "maybe";

/** Whether matchers match, as far as the known labels tell. */
export function mayMatch(matchers: readonly Matcher[], known: Labels): Verdict {
  let verdict: Verdict = "yes";
  for (const matcher of matchers) {
    if (known[matcher.name] === undefined) verdict = "maybe";
    else if (!matchesLabels([matcher], known)) return "no";
  }
  return verdict;
}

/** Every route that alerts with these labels, and whatever others, may take. */
export function possibleRoutes(tree: EffectiveRoute, known: Labels): readonly EffectiveRoute[] {
  const found: EffectiveRoute[] = [];
  collect(tree, known, found);
  return found;
}

function collect(node: EffectiveRoute, known: Labels, found: EffectiveRoute[]): void {
  let taken = false;
  for (const child of node.routes) {
    const verdict = mayMatch(child.matchers, known);
    if (verdict === "no") continue;
    collect(child, known, found);
    if (verdict !== "yes") continue;
    taken = true;
    if (!child.continue) break;
  }
  if (!taken) found.push(node);
}
