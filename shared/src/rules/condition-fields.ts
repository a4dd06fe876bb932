/** What a rule of a file says besides Prometheus's fields about when it fires, goes on and ends. Throws Fault. */
import { SEVERITIES, type Severity, type SeverityStep } from "../model/alert.ts";
import { type AlertConditions, GAP_POLICIES, type GapPolicy, type MOfN } from "../model/rule.ts";
import type { Expr } from "../promql/ast.ts";
import { parseQuery } from "../promql/engine.ts";
import { printExpr } from "../promql/format/print.ts";
import { isMap, isSeq } from "yaml";
import { Fault } from "../format/yaml-node-fault.ts";
import { presenceForm, thresholdComparison, withRecoveryThreshold } from "./expression-forms.ts";
import { guardedExpression } from "./traffic-guard.ts";
import { type MapNode, duration, milliseconds, onlyKeys, text } from "./yaml-fields.ts";

export const CONDITION_KEYS = [
  "recovery_threshold",
  "keep_firing_expr",
  "keepFiringExpr",
  "m_of_n",
  "mOfN",
  "on_gap",
  "onGap",
  "gap_limit",
  "gapLimitMs",
  "min_samples",
  "minSamples",
  "min_rate",
  "minRate",
  "escalate",
];

/** More outcomes than this are not remembered: they fit one integer. */
const LONGEST_M_OF_N = 30;

/** What a rule has unless it says otherwise. */
interface UsualConditions {
  readonly onGap: GapPolicy;
  readonly keepFiringExpr?: string | undefined;
}

/** `expr` is the rule's expression. */
export function readConditions(node: MapNode, expr: Expr, severity: Severity, usual: UsualConditions): AlertConditions {
  const keepFiringExpr = readKeepFiring(node, expr) ?? usual.keepFiringExpr;
  const mOfN = readMOfN(node);
  const onGap = readGapPolicy(node, expr, usual.onGap);
  const gapLimitMs = duration(node, "gap_limit") ?? milliseconds(node, "gapLimitMs");
  if (gapLimitMs !== undefined && onGap === "resolve")
    throw new Fault("`gap_limit` bounds a gap that is held or fires: say `on_gap: hold` or `on_gap: fire` with it.", at(node, "gap_limit"));
  const minSamples = amount(node, "min_samples", "minSamples");
  const minRate = amount(node, "min_rate", "minRate");
  const guarded = guardedExpression(expr, { minSamples, minRate });
  if (!guarded.ok)
    throw new Fault(
      `\`${minSamples === undefined ? "min_rate" : "min_samples"}\`: ${guarded.error.message}.`,
      at(node, "min_samples", "min_rate"),
    );
  const escalate = readEscalation(node, severity);
  return {
    ...(keepFiringExpr === undefined ? {} : { keepFiringExpr }),
    ...(mOfN === undefined ? {} : { mOfN }),
    ...(onGap === "resolve" ? {} : { onGap }),
    ...(gapLimitMs === undefined ? {} : { gapLimitMs }),
    ...(minSamples === undefined ? {} : { minSamples }),
    ...(minRate === undefined ? {} : { minRate }),
    ...(escalate.length === 0 ? {} : { escalate }),
  };
}

/** The node of the first of these keys that is there. */
const at = (node: MapNode, ...keys: readonly string[]): unknown =>
  keys.map((key) => node.get(key, true)).find((value) => value !== undefined) ?? node;

function readKeepFiring(node: MapNode, expr: Expr): string | undefined {
  const written = text(node, "keep_firing_expr") ?? text(node, "keepFiringExpr");
  const threshold = text(node, "recovery_threshold");
  if (written !== undefined && threshold !== undefined)
    throw new Fault("`recovery_threshold` and `keep_firing_expr` say the same thing: give one of them.", at(node, "recovery_threshold"));
  if (written !== undefined) {
    const parsed = parseQuery(written);
    if (!parsed.ok)
      throw new Fault(`\`keep_firing_expr\` is not PromQL: ${parsed.error.message}.`, at(node, "keep_firing_expr", "keepFiringExpr"));
    return written;
  }
  if (threshold === undefined) return undefined;
  const recovery = Number(threshold);
  const place = at(node, "recovery_threshold");
  if (threshold.trim() === "" || !Number.isFinite(recovery))
    throw new Fault(`\`recovery_threshold\` must be a number, not ${JSON.stringify(threshold)}.`, place);
  const changed = withRecoveryThreshold(expr, recovery);
  if (changed !== null) return printExpr(changed);
  const compared = thresholdComparison(expr);
  if (compared === null || compared.op === "==" || compared.op === "!=")
    throw new Fault(
      "`recovery_threshold` needs an expression that compares with a number by >, >=, < or <=; say `keep_firing_expr` instead.",
      place,
    );
  const side = compared.op.startsWith(">") ? "above" : "below";
  throw new Fault(
    `The rule fires ${side} ${compared.threshold}, so it cannot resolve at ${recovery} already: a recovery threshold lies on the quiet side.`,
    place,
  );
}

function readMOfN(node: MapNode): MOfN | undefined {
  const map = node.get("mOfN", true);
  const written = isMap(map) ? `${text(map, "m") ?? ""} of ${text(map, "n") ?? ""}` : text(node, "m_of_n");
  if (written === undefined) return undefined;
  const found = /^(\d+) (?:of|\/) (\d+)$/.exec(written.trim());
  const [m, n] = [Number(found?.[1]), Number(found?.[2])];
  if (found === null || m < 1 || n < m || n > LONGEST_M_OF_N)
    throw new Fault(
      `\`m_of_n\` is written like \`3 of 5\`, with 1 to ${LONGEST_M_OF_N} and the first not above the second; got ${JSON.stringify(written)}.`,
      at(node, "m_of_n", "mOfN"),
    );
  return { m, n };
}

function readGapPolicy(node: MapNode, expr: Expr, otherwise: GapPolicy): GapPolicy {
  const written = text(node, "on_gap") ?? text(node, "onGap");
  const visible = presenceForm(expr) !== null;
  if (written === undefined) return visible ? otherwise : "resolve";
  const known = GAP_POLICIES.find((each) => each === written);
  const place = at(node, "on_gap", "onGap");
  if (known === undefined) throw new Fault(`\`on_gap\` is one of ${GAP_POLICIES.join(", ")}, not ${JSON.stringify(written)}.`, place);
  if (!visible && known !== "resolve")
    throw new Fault("`on_gap` has no meaning where the expression looks for silence itself (`absent`, `unless`): leave it out.", place);
  return known;
}

function amount(node: MapNode, ...keys: readonly [string, string]): number | undefined {
  const key = keys.find((each) => node.get(each, true) !== undefined);
  if (key === undefined) return undefined;
  const written = text(node, key) ?? "";
  const value = Number(written);
  if (written.trim() === "" || !Number.isFinite(value) || value <= 0)
    throw new Fault(`\`${key}\` must be a number above zero, not ${JSON.stringify(written)}.`, node.get(key, true));
  return value;
}

function readEscalation(node: MapNode, first: Severity): readonly SeverityStep[] {
  const value = node.get("escalate", true);
  if (value === undefined) return [];
  if (!isSeq(value)) throw new Fault("`escalate` is a list of `{after: 30m, severity: critical}`.", value);
  let [lastMs, last] = [0, first];
  return value.items.map((item) => {
    if (!isMap(item)) throw new Fault("A step of `escalate` has `after` and `severity`.", item);
    onlyKeys(item, ["after", "afterMs", "severity"]);
    const afterMs = duration(item, "after") ?? milliseconds(item, "afterMs");
    if (afterMs === undefined || afterMs <= lastMs)
      throw new Fault("`after` says how long the alert has fired, each step longer than the one before.", at(item, "after", "afterMs"));
    const written = text(item, "severity") ?? "";
    const severity = SEVERITIES.find((each) => each === written);
    if (severity === undefined)
      throw new Fault(`${JSON.stringify(written)} is not a severity; use one of ${SEVERITIES.join(", ")}.`, at(item, "severity"));
    if (SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(last))
      throw new Fault(`A step of \`escalate\` raises the severity: ${severity} is not above ${last}.`, at(item, "severity"));
    [lastMs, last] = [afterMs, severity];
    return { afterMs, severity };
  });
}
