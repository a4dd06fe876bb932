/**
 * The setting of a rule that would have kept quiet over a past in which it fired again and again, found by replaying that
 * past with each candidate, and then a breach that lasts: what would miss that is no suggestion.
 */
import { type AlertInstanceState, stepAlertState } from "../alerting/alert-state.ts";
import { formatDuration, spokenDuration } from "../model/duration.ts";
import type { Labels } from "../model/labels.ts";
import { seriesKey } from "../model/labels.ts";
import type { AlertRule } from "../model/rule.ts";
import type { Select } from "../promql/api.ts";
import type { Expr } from "../promql/ast.ts";
import { evaluate } from "../promql/engine.ts";
import { comparedOperand, thresholdComparison } from "./expression-forms.ts";
import { planRule } from "./rule-plan.ts";

export interface SettingSuggestion {
  /** A field of the rule, or `window` for an average over that time. */
  readonly field: "for" | "keep_firing_for" | "recovery_threshold" | "window";
  /** As it is written in a rule file. */
  readonly value: string;
  /** Firings over the past looked at, as it was and as it would have been. */
  readonly firingsBefore: number;
  readonly firings: number;
  /** How long after a lasting breach begins it fires, ms. */
  readonly detectsAfterMs: number;
}

const SECOND = 1000;
const MINUTE = 60_000;
/** Of the past looked at. */
const HISTORY_MS = 2 * 60 * MINUTE;
const STEP_MS = 5 * SECOND;
const LASTING_MS = 60 * MINUTE;
const DURATIONS = [30 * SECOND, MINUTE, 2 * MINUTE, 3 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE];
/** Which of the quiet values a recovery threshold may lie at. */
const QUIET_SHARES = [0.5, 0.25, 0.1, 0.02];

interface Setting {
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly recovery: number | null;
  readonly windowMs: number;
}

interface Candidate extends Pick<SettingSuggestion, "field" | "value"> {
  readonly setting: Setting;
}

/** `labels`: of the series that flapped, without its name. Null where there is no better setting, or no threshold to look at. */
export function suggestSetting(rule: AlertRule, labels: Labels, select: Select, endMs: number): SettingSuggestion | null {
  const plan = planRule(rule);
  const expr = plan.ok ? plan.value.expr : null;
  const comparison = expr === null ? null : thresholdComparison(expr);
  const operand = expr === null ? null : comparedOperand(expr);
  if (comparison === null || operand === null || comparison.op === "==" || comparison.op === "!=") return null;
  const points = columnOf(operand, labels, select, endMs);
  if (points.length === 0) return null;
  const above = comparison.op.startsWith(">");
  // Below is above with the sign changed: one replay does for both.
  const values = above ? points : points.map((value) => -value);
  return bestSetting(values, above ? comparison.threshold : -comparison.threshold, rule, above);
}

/** The operand of the comparison every 5 s; NaN where there is none. */
function columnOf(operand: Expr, labels: Labels, select: Select, endMs: number): Float64Array {
  const steps = HISTORY_MS / STEP_MS;
  const startMs = endMs - (steps - 1) * STEP_MS;
  const result = evaluate(operand, { startMs, endMs, stepMs: STEP_MS }, select);
  if (!result.ok || result.value.value.type !== "matrix") return new Float64Array(0);
  const key = seriesKey(labels);
  const series = result.value.value.series.find(({ labels: { __name__: _name, ...own } }) => seriesKey(own) === key);
  if (series === undefined) return new Float64Array(0);
  const column = new Float64Array(steps).fill(Number.NaN);
  series.timestamps.forEach((t: number, i: number) => (column[Math.round((t - startMs) / STEP_MS)] = series.values[i] ?? Number.NaN));
  return column;
}

function bestSetting(values: Float64Array, threshold: number, rule: AlertRule, above: boolean): SettingSuggestion | null {
  const now: Setting = { forMs: rule.forMs, keepFiringForMs: rule.keepFiringForMs, recovery: null, windowMs: 0 };
  const lasting = breachLevel(values, threshold);
  if (lasting === null) return null;
  const firingsBefore = replay(values, threshold, now).firings;
  let best: SettingSuggestion | null = null;
  for (const { field, value, setting } of candidates(values, threshold, now, above)) {
    const { firings } = replay(values, threshold, setting);
    const whole = new Float64Array(values.length + LASTING_MS / STEP_MS).fill(lasting);
    whole.set(values);
    const detected = replay(whole, threshold, setting, values.length);
    if (detected.firstAt === null || firings >= firingsBefore) continue;
    const detectsAfterMs = (detected.firstAt - values.length) * STEP_MS;
    if (best !== null && (firings > best.firings || (firings === best.firings && detectsAfterMs >= best.detectsAfterMs))) continue;
    best = { field, value, firingsBefore, firings, detectsAfterMs };
  }
  return best;
}

/** The middle of the breaching values: what a breach that lasts looks like. */
function breachLevel(values: Float64Array, threshold: number): number | null {
  const breaching = values.filter((value) => value > threshold).sort();
  return breaching[breaching.length >> 1] ?? null;
}

function candidates(values: Float64Array, threshold: number, now: Setting, above: boolean): Candidate[] {
  const quiet = values.filter((value) => value <= threshold).sort();
  const longer = (than: number): number[] => DURATIONS.filter((ms) => ms > than);
  const levels = new Set(QUIET_SHARES.map((share) => rounded(quiet[Math.floor(share * quiet.length)] ?? threshold)));
  return [
    ...longer(now.forMs).map((ms): Candidate => ({ field: "for", value: formatDuration(ms), setting: { ...now, forMs: ms } })),
    ...longer(0).map((ms): Candidate => ({ field: "window", value: formatDuration(ms), setting: { ...now, windowMs: ms } })),
    ...[...levels]
      .filter((level) => level < threshold)
      .map((level): Candidate => ({
        field: "recovery_threshold",
        value: String(above ? level : -level),
        setting: { ...now, recovery: level },
      })),
    ...longer(now.keepFiringForMs).map((ms): Candidate => ({
      field: "keep_firing_for",
      value: formatDuration(ms),
      setting: { ...now, keepFiringForMs: ms },
    })),
  ];
}

/** Down to three digits, so that it reads as a setting. */
function rounded(value: number): number {
  if (value === 0) return 0;
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 2);
  return Number((Math.floor(value / unit) * unit).toPrecision(3));
}

/** How often it fires, and at which step it first fires or fires already from `from` on. */
function replay(values: Float64Array, threshold: number, setting: Setting, from = 0): { firings: number; firstAt: number | null } {
  const timing = { forMs: setting.forMs, keepFiringForMs: setting.keepFiringForMs, cooldownMs: 0 };
  const width = setting.windowMs / STEP_MS;
  let state: AlertInstanceState | null = null;
  let firings = 0;
  let firstAt: number | null = null;
  for (let i = 0; i < values.length; i++) {
    const value = width > 0 ? meanUntil(values, i, width) : (values[i] as number);
    const holds = setting.recovery !== null && value >= setting.recovery;
    const step = stepAlertState(state, { active: value > threshold, holds, value, at: i * STEP_MS }, timing);
    if (step.transition?.to === "firing") firings++;
    state = step.state;
    if (i >= from && firstAt === null && state?.state === "firing") firstAt = i;
  }
  return { firings, firstAt };
}

/** Of those of the last `width` values that there are; each time anew, for of a running sum a huge one leaves nothing to those after it. */
function meanUntil(values: Float64Array, last: number, width: number): number {
  let [sum, count] = [0, 0];
  for (let i = Math.max(0, last - width + 1); i <= last; i++) {
    const value = values[i] as number;
    if (value !== value) continue;
    sum += value;
    count++;
  }
  return sum / count;
}

/** A sentence, for the alert. */
export function describeSuggestion({ field, value, firingsBefore, firings, detectsAfterMs }: SettingSuggestion): string {
  const what = field === "window" ? `an average over ${value} (\`window: ${value}\`)` : `\`${field}: ${value}\``;
  const times = (count: number): string => (count === 0 ? "not at all" : count === 1 ? "once" : `${count} times`);
  const late = detectsAfterMs === 0 ? "at once" : `after ${spokenDuration(detectsAfterMs)}`;
  return `With ${what} it would have fired ${times(firings)} in the last two hours instead of ${times(firingsBefore)}; a breach that lasts is still told ${late}.`;
}
