/**
 * Rule files: Prometheus's format (`groups: - name, interval, rules: - alert, expr, for, labels, annotations`) with our
 * additions (RULES.md lists them), and the short form (`metric, condition, threshold, …`). JSON is YAML,
 * so the bodies of `/v1/rules` go through the same door. Every failure names its line.
 */
import type { Recommendation, Severity } from "../model/alert.ts";
import { SEVERITIES } from "../model/alert.ts";
import { METRIC_NAME } from "../model/labels.ts";
import { type Result, fail, ok } from "../model/result.ts";
import type { RecordingRule, Rule, RuleGroup } from "../model/rule.ts";
import { type ParseOptions, parseQuery } from "../promql/engine.ts";
import { hasInvalidUtf8 } from "../promql/parse/string-literal.ts";
import { checkAlertTemplate } from "../template/alert-template.ts";
import type { Expr } from "../promql/ast.ts";
import { isMap, isScalar, isSeq } from "yaml";
import { CONDITION_KEYS, readConditions } from "./condition-fields.ts";
import { lineAndColumn } from "../format/line-and-column.ts";
import { type YamlReading, faultInWords, readYaml } from "../format/read-yaml.ts";
import { resolveAliases } from "../format/resolve-aliases.ts";
import { Fault, rangeOf } from "../format/yaml-node-fault.ts";
import { SHORT_FORM_COOLDOWN_MS, type ShortForm, shortFormExpression, shortFormHold } from "./short-form.ts";
import { type MapNode, duration, isThere, milliseconds, onlyKeys, strings, text } from "./yaml-fields.ts";

const DEFAULT_INTERVAL_MS = 15_000;

/** What is wrong in a rule file and where: UTF-16 offsets, `to` exclusive. */
export interface RuleFileFault {
  readonly code: "bad_yaml" | "bad_rule";
  /** Without the position. */
  readonly message: string;
  readonly from: number;
  readonly to: number;
}

export interface RuleFileReading {
  readonly groups: readonly RuleGroup[];
  /** In the order of the file; one a rule at most. The groups are without the rules that have one. */
  readonly faults: readonly RuleFileFault[];
}

export interface RuleFileOptions extends ParseOptions {
  /** promtool's `--ignore-unknown-fields`, for files that hold more than rules; default false. */
  readonly ignoreUnknownFields?: boolean;
}

/** Reads as much of a file as can be read, for those who show all that is wrong. `only`: see `parseRuleFile`. */
export function readRuleFile(yamlText: string, only?: string, options: RuleFileOptions = {}): RuleFileReading {
  return readRules(readYaml(yamlText), yamlText.length, only, options);
}

/** The same of what was read as YAML, whose aliases are resolved then. Several documents in one file are one list of groups. */
export function readRules(yaml: YamlReading, length: number, only?: string, options: RuleFileOptions = {}): RuleFileReading {
  if (yaml.faults.length > 0) return { groups: [], faults: yaml.faults.map((fault) => ({ code: "bad_yaml", ...fault })) };
  const faults: Fault[] = [];
  const reading = { faults, names: new Set<string>(), options };
  const groups = yaml.documents.flatMap((document) => {
    const read = (): RuleGroup[] => {
      resolveAliases(document);
      return readGroups(document.contents, only, reading);
    };
    return collect(faults, read) ?? [];
  });
  const whole = { from: 0, to: length };
  return {
    groups,
    faults: faults.map((fault) => ({ code: "bad_rule", message: fault.message, ...(rangeOf(fault.node) ?? whole) })),
  };
}

/** Failures: `bad_yaml`, `bad_rule`, each naming every fault. A file is accepted whole or not at all. `only` names the one group it may hold, which need not repeat the name. */
export function parseRuleFile(yamlText: string, only?: string, options: RuleFileOptions = {}): Result<readonly RuleGroup[]> {
  const { groups, faults } = readRuleFile(yamlText, only, options);
  const [first] = faults;
  if (first !== undefined) {
    const told = faults.map((fault) => {
      if (first.code === "bad_yaml") return faultInWords(yamlText, fault);
      const { line, column } = lineAndColumn(yamlText, fault.from);
      return `line ${line}, column ${column}: ${fault.message}`;
    });
    return fail(first.code, `${told.join(" ")} Nothing was changed.`);
  }
  const other = groups.find(({ name }) => only !== undefined && name !== only);
  if (only !== undefined && (other !== undefined || groups.length === 0)) {
    const found = other === undefined ? "no group" : `the group ${JSON.stringify(other.name)}`;
    return fail("bad_rule", `The body holds ${found} where ${JSON.stringify(only)} alone is put. Nothing was changed.`);
  }
  return ok(groups);
}

/** Undefined when there was a fault, which is kept. */
function collect<T>(faults: Fault[], read: () => T): T | undefined {
  try {
    return read();
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    faults.push(fault);
    return undefined;
  }
}

/** What the readers of groups and rules share. */
interface Reading {
  readonly faults: Fault[];
  /** Of the groups so far. */
  readonly names: Set<string>;
  readonly options: RuleFileOptions;
}

const EXPECTED = "Expected `groups:` with a list of rule groups, or a list of rules.";

function readGroups(root: unknown, only: string | undefined, reading: Reading): RuleGroup[] {
  // As in Prometheus, nothing is a file without groups.
  if (root === null || root === undefined || (isScalar(root) && root.value === null) || (isMap(root) && root.items.length === 0)) return [];
  if (isSeq(root)) return [group({ name: only ?? "rules" }, root, reading)];
  if (!isMap(root)) throw new Fault(EXPECTED, root);
  const groups = root.get("groups", true);
  if (groups !== undefined) {
    onlyKeys(root, ["groups"], reading.options.ignoreUnknownFields);
    if (isScalar(groups) && groups.value === null) return [];
    if (!isSeq(groups)) throw new Fault("`groups` must be a list.", groups);
    return groups.items.filter(isThere).flatMap((item) => {
      const each = collect(reading.faults, () => namedGroup(item, undefined, reading));
      if (each === undefined) return [];
      if (reading.names.has(each.name)) reading.faults.push(new Fault(`There are two groups named ${JSON.stringify(each.name)}.`, item));
      reading.names.add(each.name);
      return [each];
    });
  }
  if (root.has("rules")) return [namedGroup(root, only, reading)];
  if (!["alert", "record", "name", "expr", "metric"].some((key) => root.has(key))) throw new Fault(EXPECTED, root.items[0]?.key ?? root);
  return [group({ name: only ?? text(root, "name") ?? text(root, "alert") ?? "rule" }, root, reading)];
}

function namedGroup(node: unknown, otherwise: string | undefined, reading: Reading): RuleGroup {
  if (!isMap(node)) throw new Fault("A rule group is a map with `name` and `rules`.", node);
  onlyKeys(
    node,
    ["name", "interval", "intervalMs", "rules", "limit", "labels", "query_offset", "queryOffsetMs", "partial_response_strategy"],
    reading.options.ignoreUnknownFields,
  );
  const name = text(node, "name") ?? otherwise;
  if (name === undefined || name === "") throw new Fault("A rule group needs a name.", node);
  const rules = node.get("rules", true);
  const interval = duration(node, "interval") ?? milliseconds(node, "intervalMs");
  const limit = whole(node, "limit");
  const queryOffsetMs = duration(node, "query_offset") ?? milliseconds(node, "queryOffsetMs");
  return group(
    {
      name,
      labels: labelsOf(node),
      ...(interval === undefined ? {} : { intervalMs: interval }),
      ...(limit === undefined || limit <= 0 ? {} : { limit }),
      ...(queryOffsetMs === undefined || queryOffsetMs === 0 ? {} : { queryOffsetMs }),
    },
    rules,
    reading,
  );
}

type GroupHead = Partial<Omit<RuleGroup, "rules">> & { readonly name: string; readonly labels?: Readonly<Record<string, string>> };

function group({ labels, ...head }: GroupHead, rules: unknown, reading: Reading): RuleGroup {
  const items = isSeq(rules) ? rules.items.filter(isThere) : isMap(rules) ? [rules] : [];
  if (isThere(rules) && items.length === 0 && !isSeq(rules)) throw new Fault("`rules` must be a list.", rules);
  return {
    ...head,
    intervalMs: Math.max(1000, head.intervalMs ?? DEFAULT_INTERVAL_MS),
    rules: items.flatMap((item) => collect(reading.faults, () => readRule(item, labels ?? {}, reading.options)) ?? []),
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

function readRule(node: unknown, groupLabels: Readonly<Record<string, string>>, options: RuleFileOptions): Rule {
  if (!isMap(node))
    throw new Fault(
      "A rule is a map with `alert` and `expr`, with `record` and `expr`, or with `metric`, `condition` and `threshold`.",
      node,
    );
  if (node.has("record")) return readRecording(node, groupLabels, options);
  const short = node.has("metric");
  onlyKeys(node, [...RULE_KEYS, ...CONDITION_KEYS, ...(short ? SHORT_KEYS : [])], options.ignoreUnknownFields);
  const name =
    text(node, "alert") ??
    text(node, "name") ??
    (short ? ["metric", "condition", "threshold"].flatMap((key) => text(node, key) ?? []).join(" ") : undefined);
  if (name === undefined || name === "") throw new Fault("A rule needs a name (`alert:` or `name:`).", node);
  const labels = labelsOf(node);
  const forMs = duration(node, "for") ?? milliseconds(node, "forMs") ?? 0;
  const form = short ? shortForm(node, labels, forMs) : null;
  const expr = form === null ? (text(node, "expr") ?? "") : shortExpression(node, form);
  const parsed = expression(node, name, expr, options);
  const annotations = strings(node, "annotations");
  templates(node, "labels", labels);
  templates(node, "annotations", annotations);
  const ruleLabels = { ...groupLabels, ...(short ? {} : labels) };
  const graded = severity(node, ruleLabels["severity"]);
  return {
    name,
    expr,
    forMs,
    keepFiringForMs: duration(node, "keep_firing_for") ?? milliseconds(node, "keepFiringForMs") ?? 0,
    cooldownMs: duration(node, "cooldown") ?? milliseconds(node, "cooldownMs") ?? (short ? SHORT_FORM_COOLDOWN_MS : 0),
    severity: graded,
    labels: ruleLabels,
    annotations,
    recommendations: recommendations(node),
    builtIn: node.get("builtIn") === true,
    // Prometheus's format keeps Prometheus's meaning; what is written in our own words holds an alert over a gap.
    ...readConditions(node, parsed, graded, form === null ? { onGap: "resolve" } : { onGap: "hold", keepFiringExpr: shortFormHold(form) }),
  };
}

function shortForm(node: MapNode, labels: Readonly<Record<string, string>>, forMs: number): ShortForm {
  const baseline = text(node, "baseline");
  return {
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
    forMs,
  };
}

function shortExpression(node: MapNode, form: ShortForm): string {
  const made = shortFormExpression(form);
  if (!made.ok) throw new Fault(made.error.message, node);
  return made.value;
}

/** A recording rule may have them empty. */
const OF_ALERTS = ["for", "keep_firing_for", "annotations"];

function labelsOf(node: MapNode): Readonly<Record<string, string>> {
  const labels = strings(node, "labels");
  for (const name of Object.keys(labels))
    if (name === METRIC_NAME || name === "") throw new Fault(`invalid label name: ${JSON.stringify(name)}.`, node.get("labels", true));
  return labels;
}

/** As Go reads it, in the ways of YAML 1.1: `010` is 8, `1_000` a thousand. */
function whole(node: MapNode, key: string): number | undefined {
  const written = text(node, key);
  if (written === undefined) return undefined;
  const [, sign = "", digits = ""] = /^([+-]?)(\d\w*(?:\.0*)?)$/.exec(written.trim()) ?? [];
  const plain = digits.replaceAll("_", "");
  const value = plain === "" ? NaN : Number(/^0[0-7]+$/.test(plain) ? `0o${plain}` : plain);
  if (!Number.isSafeInteger(value)) throw new Fault(`\`${key}\` must be a whole number.`, node.get(key, true));
  return sign === "-" ? -value : value;
}

function readRecording(node: MapNode, groupLabels: Readonly<Record<string, string>>, options: RuleFileOptions): RecordingRule {
  onlyKeys(node, ["record", "name", "expr", "labels", "builtIn", ...OF_ALERTS], options.ignoreUnknownFields);
  for (const key of OF_ALERTS) {
    const value = node.get(key, true);
    const nothing = value === undefined || (isMap(value) && value.items.length === 0) || (isScalar(value) && duration(node, key) === 0);
    if (!nothing) throw new Fault(`invalid field '${key}' in recording rule.`, value);
  }
  const record = text(node, "record") ?? "";
  if (record === "" || hasInvalidUtf8(record))
    throw new Fault(`${JSON.stringify(record)} is not a metric name to record under.`, node.get("record", true));
  // Any text is a name since Prometheus 3, but this one was meant otherwise.
  if (/[{}]/.test(record))
    throw new Fault(`braces present in the recording rule name; should it be in expr?: ${record}.`, node.get("record", true));
  const expr = text(node, "expr") ?? "";
  expression(node, record, expr, options);
  const labels = labelsOf(node);
  return { record, name: record, expr, labels: { ...groupLabels, ...labels }, builtIn: false };
}

/** Throws Fault when an expression is missing or not PromQL. */
function expression(node: MapNode, name: string, expr: string, options: ParseOptions): Expr {
  if (expr === "") throw new Fault(`Rule ${JSON.stringify(name)} needs an expression (\`expr:\`).`, node);
  const parsed = parseQuery(expr, options);
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
