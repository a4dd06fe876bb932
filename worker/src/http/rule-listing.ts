import type { Matcher } from "@sightline/shared/model/matcher";
import { type Rule, type RuleGroup, isRecording } from "@sightline/shared/model/rule";
import { compareText } from "@sightline/shared/model/text-order";
import { matchesLabels } from "@sightline/shared/promql/matchers";
import { budgetOf } from "@sightline/shared/promql/parse/metric-selector";
import { parseSelector } from "../query/selector.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import type { Parameters } from "./parameters.ts";

/** Every group is of this file: a project's rules have no other. */
export const RULES_FILE = "sightline";

export const RULE_PARAMETERS = {
  type: "alert or record",
  "rule_name[]": "Only rules of these names",
  "rule_group[]": "Only these groups",
  "file[]": "Only groups of these files; all are of the file sightline",
  "match[]": "Only rules whose labels match one of these selectors",
  exclude_alerts: "true: without active alerts",
  group_limit: "Most groups in one answer",
  group_next_token: "groupNextToken of the answer before",
};

/** What a request for rules asks (Prometheus's web/api/v1 rules). */
export interface RuleListing {
  readonly isWanted: (rule: Rule) => boolean;
  readonly isGroupWanted: (group: RuleGroup) => boolean;
  readonly withoutAlerts: boolean;
  /** Null for all groups. */
  readonly most: number | null;
  readonly token: string;
}

const invalid = (name: string, message: string): HttpFailure =>
  new HttpFailure("bad_data", `invalid parameter ${JSON.stringify(name)}: ${message}`);

/** Throws in Prometheus's words. */
export function ruleListing(parameters: Parameters): RuleListing {
  const type = (parameters.get("type") ?? "").toLowerCase();
  if (!["", "alert", "record"].includes(type)) throw invalid("type", `not supported value ${JSON.stringify(type)}`);
  const names = parameters.all("rule_name[]");
  const groups = parameters.all("rule_group[]");
  const files = parameters.all("file[]");
  const selectors = parameters.all("match[]");
  const expressions = budgetOf(selectors);
  const matching = selectors.map((selector): readonly Matcher[] => unwrap(parseSelector(selector, expressions)));
  return {
    isWanted: (rule) =>
      (type === "" || (type === "record") === isRecording(rule)) &&
      (names.length === 0 || names.includes(rule.name)) &&
      (matching.length === 0 || matching.some((matchers) => matchesLabels(matchers, rule.labels))),
    isGroupWanted: ({ name }) => (groups.length === 0 || groups.includes(name)) && (files.length === 0 || files.includes(RULES_FILE)),
    withoutAlerts: flag(parameters, "exclude_alerts"),
    ...paging(parameters),
  };
}

/** As Go's strconv.ParseBool. */
function flag(parameters: Parameters, name: string): boolean {
  const written = parameters.get(name) ?? "";
  if (/^(1|t|T|TRUE|true|True)$/.test(written)) return true;
  if (/^(0|f|F|FALSE|false|False|)$/.test(written)) return false;
  throw invalid(name, `error converting ${name}: strconv.ParseBool: parsing ${JSON.stringify(written)}: invalid syntax`);
}

function paging(parameters: Parameters): Pick<RuleListing, "most" | "token"> {
  const limit = parameters.get("group_limit") ?? "";
  const token = parameters.get("group_next_token") ?? "";
  if (limit === "") {
    if (token !== "") throw invalid("group_limit", "group_limit needs to be present in order to paginate over the groups");
    return { most: null, token };
  }
  if (!/^[+-]?\d{1,15}$/.test(limit))
    throw invalid(
      "group_limit",
      `group_limit needs to be a valid number: strconv.ParseInt: parsing ${JSON.stringify(limit)}: invalid syntax`,
    );
  if (Number(limit) <= 0) throw invalid("group_limit", "group_limit needs to be greater than 0");
  return { most: Number(limit), token };
}

export interface RulePage {
  readonly groups: readonly RuleGroup[];
  /** Of the first group that is left for later. */
  readonly nextToken?: string;
}

/** The groups that are asked for, in the order of their names, from the token on. Throws for a token of no group. */
export async function rulePage(groups: readonly RuleGroup[], { isWanted, isGroupWanted, most, token }: RuleListing): Promise<RulePage> {
  const shown: RuleGroup[] = [];
  let found = token === "";
  for (const group of groups.toSorted((a, b) => compareText(a.name, b.name))) {
    if (!found) {
      if (token !== (await tokenOf(group))) continue;
      found = true;
    }
    if (!isGroupWanted(group)) continue;
    const rules = group.rules.filter(isWanted);
    if (rules.length === 0) continue;
    if (most !== null && shown.length === most) return { groups: shown, nextToken: await tokenOf(group) };
    shown.push({ ...group, rules });
  }
  if (!found) throw invalid("group_next_token", `invalid group_next_token '${token}'. were rule groups changed?`);
  return { groups: shown };
}

/** SHA-1 of file and name, as Prometheus makes it. */
async function tokenOf({ name }: RuleGroup): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(`${RULES_FILE};${name}`));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
