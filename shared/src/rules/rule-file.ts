/**
 * Rule files: Prometheus's format (`groups: - name, interval, rules: - alert, expr, for, labels, annotations`) with our
 * additions (RULES.md lists them), and the short form (`metric, condition, threshold, …`). JSON is YAML,
 * so the bodies of `/v1/rules` go through the same door. Every failure names its line.
 */
import type { Recommendation, Severity } from "../model/alert.ts";
import { SEVERITIES } from "../model/alert.ts";
import { type Result, fail, ok } from "../model/result.ts";
import type { RecordingRule, Rule, RuleGroup } from "../model/rule.ts";
import { parseQuery } from "../promql/engine.ts";
import { checkAlertTemplate } from "../template/alert-template.ts";
import type { Expr } from "../promql/ast.ts";
import { LineCounter, isMap, isSeq, parseDocument } from "yaml";
import { CONDITION_KEYS, readConditions } from "./condition-fields.ts";
import { shortFormExpression } from "./short-form.ts";
import { Fault, type MapNode, duration, milliseconds, onlyKeys, rangeStart, strings, text } from "./yaml-fields.ts";

const DEFAULT_INTERVAL_MS = 15_000;
const DEFAULT_COOLDOWN_MS = 300_000;

/** Failures: `bad_yaml`, `bad_rule`. A file is accepted whole or not at all. `only` names the one group it may hold, which need not repeat the name. */
export function parseRuleFile(yamlText: string, only?: string): Result<readonly RuleGroup[]> {
  const lines = new LineCounter();
  const document = parseDocument(yamlText, { lineCounter: lines, prettyErrors: true });
  const error = document.errors[0];
  if (error !== undefined) return fail("bad_yaml", `This is not YAML: ${error.message.split("\n")[0] ?? error.code}. Nothing was changed.`);
  try {
    const groups = readGroups(document.contents, only);
    const other = groups.find(({ name }) => only !== undefined && name !== only);
    if (only !== undefined && (other !== undefined || groups.length === 0)) {
      const found = other === undefined ? "no group" : `the group ${JSON.stringify(other.name)}`;
      return fail("bad_rule", `The body holds ${found} where ${JSON.stringify(only)} alone is put. Nothing was changed.`);
    }
    return ok(groups);
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    const offset = rangeStart(fault.node) ?? rangeStart(document.contents) ?? 0;
    const { line, col } = lines.linePos(offset);
    return fail("bad_rule", `line ${line}, column ${col}: ${fault.message} Nothing was changed.`);
  }
}

function readGroups(root: unknown, only: string | undefined): RuleGroup[] {
  if (isSeq(root)) return [group({ name: only ?? "rules" }, root)];
  if (!isMap(root)) throw new Fault("Expected `groups:` with a list of rule groups, or a list of rules.", root);
  const groups = root.get("groups", true);
  if (groups !== undefined) {
    onlyKeys(root, ["groups"]);
    if (!isSeq(groups)) throw new Fault("`groups` must be a list.", groups);
    const out = groups.items.map((item) => namedGroup(item));
    const names = new Set<string>();
    out.forEach((each, i) => {
      if (names.has(each.name)) throw new Fault(`There are two groups named ${JSON.stringify(each.name)}.`, groups.items[i]);
      names.add(each.name);
    });
    return out;
  }
  if (root.has("rules")) return [namedGroup(root, only)];
  return [group({ name: only ?? text(root, "name") ?? text(root, "alert") ?? "rule" }, root)];
}

function namedGroup(node: unknown, otherwise?: string): RuleGroup {
  if (!isMap(node)) throw new Fault("A rule group is a map with `name` and `rules`.", node);
  onlyKeys(node, [
    "name",
    "interval",
    "intervalMs",
    "rules",
    "limit",
    "labels",
    "query_offset",
    "queryOffsetMs",
    "partial_response_strategy",
  ]);
  const name = text(node, "name") ?? otherwise;
  if (name === undefined || name === "") throw new Fault("A rule group needs a name.", node);
  const rules = node.get("rules", true);
  const interval = duration(node, "interval") ?? milliseconds(node, "intervalMs");
  const limit = milliseconds(node, "limit");
  const queryOffsetMs = duration(node, "query_offset") ?? milliseconds(node, "queryOffsetMs");
  return group(
    {
      name,
      labels: strings(node, "labels"),
      ...(interval === undefined ? {} : { intervalMs: interval }),
      ...(limit === undefined || limit === 0 ? {} : { limit }),
      ...(queryOffsetMs === undefined || queryOffsetMs === 0 ? {} : { queryOffsetMs }),
    },
    rules,
  );
}

type GroupHead = Partial<Omit<RuleGroup, "rules">> & { readonly name: string; readonly labels?: Readonly<Record<string, string>> };

function group({ labels, ...head }: GroupHead, rules: unknown): RuleGroup {
  const items = isSeq(rules) ? rules.items : isMap(rules) ? [rules] : [];
  if (rules !== undefined && rules !== null && items.length === 0 && !isSeq(rules)) throw new Fault("`rules` must be a list.", rules);
  return {
    ...head,
    intervalMs: Math.max(1000, head.intervalMs ?? DEFAULT_INTERVAL_MS),
    rules: items.map((item) => readRule(item, labels ?? {})),
  };
}

const RULE_KEYS = [
  "alert",
  "name",
  "expr",
  "for",
  "forMs",
  "keep_firing_for",
  "keepFiringForMs",
  "cooldown",
  "cooldownMs",
  "severity",
  "labels",
  "annotations",
  "recommendations",
  "builtIn",
];
const SHORT_KEYS = ["metric", "condition", "threshold", "window", "aggregation", "per", "baseline", "within"];

function readRule(node: unknown, groupLabels: Readonly<Record<string, string>>): Rule {
  if (!isMap(node))
    throw new Fault(
      "A rule is a map with `alert` and `expr`, with `record` and `expr`, or with `metric`, `condition` and `threshold`.",
      node,
    );
  if (node.has("record")) return readRecording(node, groupLabels);
  const short = node.has("metric");
  onlyKeys(node, [...RULE_KEYS, ...CONDITION_KEYS, ...(short ? SHORT_KEYS : [])]);
  const name =
    text(node, "alert") ??
    text(node, "name") ??
    (short ? `${text(node, "metric")} ${text(node, "condition") ?? ""} ${text(node, "threshold") ?? ""}` : undefined);
  if (name === undefined || name === "") throw new Fault("A rule needs a name (`alert:` or `name:`).", node);
  const labels = strings(node, "labels");
  const expr = short ? shortExpression(node, labels) : (text(node, "expr") ?? "");
  const parsed = expression(node, name, expr);
  const annotations = strings(node, "annotations");
  templates(node, "labels", labels);
  templates(node, "annotations", annotations);
  const ruleLabels = { ...groupLabels, ...(short ? {} : labels) };
  const graded = severity(node, ruleLabels["severity"]);
  return {
    name,
    expr,
    forMs: duration(node, "for") ?? milliseconds(node, "forMs") ?? 0,
    keepFiringForMs: duration(node, "keep_firing_for") ?? milliseconds(node, "keepFiringForMs") ?? 0,
    cooldownMs: duration(node, "cooldown") ?? milliseconds(node, "cooldownMs") ?? DEFAULT_COOLDOWN_MS,
    severity: graded,
    labels: ruleLabels,
    annotations,
    recommendations: recommendations(node),
    builtIn: node.get("builtIn") === true,
    // Prometheus's format keeps Prometheus's meaning; what is written in our own words holds an alert over a gap.
    ...readConditions(node, parsed, graded, short ? "hold" : "resolve"),
  };
}

function shortExpression(node: MapNode, labels: Readonly<Record<string, string>>): string {
  const baseline = text(node, "baseline");
  const made = shortFormExpression({
    metric: text(node, "metric") ?? "",
    condition: text(node, "condition") ?? "",
    threshold: text(node, "threshold") ?? "",
    windowMs: duration(node, "window"),
    aggregation: text(node, "aggregation"),
    labels,
    per: text(node, "per"),
    baseline,
    baselineMs: baseline === undefined || baseline === "deploy" ? undefined : duration(node, "baseline"),
    withinMs: duration(node, "within"),
  });
  if (!made.ok) throw new Fault(made.error.message, node);
  return made.value;
}

const METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

function readRecording(node: MapNode, groupLabels: Readonly<Record<string, string>>): RecordingRule {
  onlyKeys(node, ["record", "name", "expr", "labels", "builtIn"]);
  const record = text(node, "record") ?? "";
  if (!METRIC.test(record)) throw new Fault(`${JSON.stringify(record)} is not a metric name to record under.`, node.get("record", true));
  const expr = text(node, "expr") ?? "";
  expression(node, record, expr);
  const labels = strings(node, "labels");
  templates(node, "labels", labels);
  return { record, name: record, expr, labels: { ...groupLabels, ...labels }, builtIn: false };
}

/** Throws Fault when an expression is missing or not PromQL. */
function expression(node: MapNode, name: string, expr: string): Expr {
  if (expr === "") throw new Fault(`Rule ${JSON.stringify(name)} needs an expression (\`expr:\`).`, node);
  const parsed = parseQuery(expr);
  if (!parsed.ok)
    throw new Fault(`The expression of ${JSON.stringify(name)} is not PromQL: ${parsed.error.message}.`, node.get("expr", true) ?? node);
  return parsed.value;
}

/** Throws Fault for the first text that is no template. */
function templates(node: MapNode, key: string, texts: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(texts)) {
    if (!text.includes("{{")) continue;
    const parsed = checkAlertTemplate(text);
    const value = node.get(key, true);
    if (!parsed.ok)
      throw new Fault(`\`${key}.${name}\` is not a template: ${parsed.error.message}.`, isMap(value) ? value.get(name, true) : value);
  }
}

function severity(node: MapNode, label: string | undefined): Severity {
  const written = text(node, "severity") ?? label ?? "warning";
  // `page` and the like are routing words of existing rule files: kept as a label, graded as a warning.
  const known = SEVERITIES.find((each) => each === written);
  if (known === undefined && text(node, "severity") !== undefined)
    throw new Fault(`${JSON.stringify(written)} is not a severity; use one of ${SEVERITIES.join(", ")}.`, node.get("severity", true));
  return known ?? "warning";
}

function recommendations(node: MapNode): Recommendation[] {
  const value = node.get("recommendations", true);
  if (value === undefined) return [];
  if (!isSeq(value)) throw new Fault("`recommendations` must be a list.", value);
  return value.items.map((item) => {
    if (!isMap(item)) throw new Fault("A recommendation has `type`, `priority` and `text`.", item);
    const priority = (["low", "medium", "high"] as const).find((each) => each === (text(item, "priority") ?? "medium"));
    if (priority === undefined) throw new Fault("`priority` is low, medium or high.", item);
    return { type: text(item, "type") ?? "advice", priority, text: text(item, "text") ?? "" };
  });
}
