import type { RuleGroup } from "@sightline/shared/model/rule";
import { parseRuleFile } from "@sightline/shared/rules/rule-file";

/** Of a rule file that is known to be right. */
export function groupsOf(text: string): readonly RuleGroup[] {
  const groups = parseRuleFile(text);
  if (!groups.ok) throw new Error(groups.error.message);
  return groups.value;
}
