/** Where the alerting rules of a file stand, each as a file of its own: what can be tested over the past. */
import { LineCounter, isMap, isNode, isSeq } from "yaml";
import { readYaml } from "../format/read-yaml.ts";
import { parseRuleFile } from "./rule-file.ts";
import { isThere } from "./yaml-fields.ts";

export interface RulePlace {
  readonly name: string;
  /** From 0. */
  readonly line: number;
  /** A rule file with this rule alone, as JSON. */
  readonly file: string;
}

/** Nothing for a file with a fault: that is told elsewhere. */
export function rulePlaces(source: string): readonly RulePlace[] {
  const groups = parseRuleFile(source);
  if (!groups.ok) return [];
  const lines = new LineCounter();
  const contents = readYaml(source, { lineCounter: lines }).documents[0]?.contents;
  const places: RulePlace[] = [];
  let rule = 0;
  const flat = groups.value.flatMap((group) => group.rules.map((one) => ({ one, group })));
  for (const node of ruleNodes(contents)) {
    const found = flat[rule++];
    if (found === undefined || "record" in found.one) continue;
    const { one, group } = found;
    const { line } = lines.linePos((isNode(node) ? node.range?.[0] : undefined) ?? 0);
    places.push({ name: one.name, line: line - 1, file: JSON.stringify({ ...group, rules: [one] }) });
  }
  return places;
}

/** In the order in which the parser reads them. */
function ruleNodes(root: unknown): readonly unknown[] {
  if (isSeq(root)) return root.items.filter(isThere);
  if (!isMap(root)) return [];
  const groups = root.get("groups", true);
  if (isSeq(groups)) return groups.items.flatMap(rulesOf);
  return root.has("rules") ? rulesOf(root) : [root];
}

function rulesOf(group: unknown): readonly unknown[] {
  const rules: unknown = isMap(group) ? group.get("rules", true) : undefined;
  return isSeq(rules) ? rules.items.filter(isThere) : isMap(rules) ? [rules] : [];
}
