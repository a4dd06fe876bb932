/** Rules that look across series, or at absence: the engine answers them, each group on its own interval. */
import type { RuleFault, RuleGroup } from "@sightline/shared/model/rule";
import { type Labels, seriesKey } from "@sightline/shared/model/labels";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { Select } from "@sightline/shared/promql/api";
import { evaluate } from "@sightline/shared/promql/engine";
import { matchesLabels } from "@sightline/shared/promql/matchers";
import type { AlertBook } from "./alert-book.ts";
import type { EvaluationPorts } from "./api.ts";
import { type CompiledRule, fingerprintOf, withoutName } from "./compiled-rule.ts";

/** With no data for this long, groups rest this long between evaluations. */
const IDLE_AFTER_MS = 600_000;
const IDLE_INTERVAL_MS = 300_000;

interface Schedule {
  readonly group: string;
  readonly intervalMs: number;
  readonly rules: readonly CompiledRule[];
  lastAt: number;
}

export class IntervalRules {
  #schedules: Schedule[] = [];
  readonly #faults = new Map<CompiledRule, RuleFault>();

  configure(groups: readonly RuleGroup[], rules: readonly CompiledRule[]): void {
    this.#faults.clear();
    const before = new Map(this.#schedules.map((schedule) => [schedule.group, schedule.lastAt]));
    this.#schedules = groups.flatMap((group) => {
      const own = rules.filter((rule) => rule.group === group.name && rule.program === null && rule.expr !== null);
      return own.length === 0 ? [] : [{ group: group.name, intervalMs: group.intervalMs, rules: own, lastAt: before.get(group.name) ?? 0 }];
    });
  }

  /** Evaluates the groups that are due. A rule that fails keeps the state of its alerts until it can be evaluated again. */
  run(ports: EvaluationPorts, book: AlertBook, nowMs: number, newestDataMs: number): void {
    const due = this.#schedules.filter((schedule) => nowMs >= dueAt(schedule, nowMs, newestDataMs));
    if (due.length === 0) return;
    const select = withSynthetic(ports, nowMs);
    for (const schedule of due) {
      schedule.lastAt = nowMs;
      for (const rule of schedule.rules) {
        const message = evaluateRule(rule, select, book, nowMs);
        if (message === null) this.#faults.delete(rule);
        else this.#faults.set(rule, { group: rule.group, name: rule.rule.name, expr: rule.rule.expr, message, at: nowMs });
      }
    }
  }

  /** Of each rule's newest evaluation, those that failed. */
  faults(): readonly RuleFault[] {
    return [...this.#faults.values()];
  }

  nextAt(nowMs: number, newestDataMs: number): number | null {
    let next: number | null = null;
    for (const schedule of this.#schedules) {
      const at = dueAt(schedule, nowMs, newestDataMs);
      if (next === null || at < next) next = at;
    }
    return next;
  }
}

const dueAt = ({ lastAt, intervalMs }: Schedule, nowMs: number, newestDataMs: number): number =>
  lastAt + (nowMs - newestDataMs > IDLE_AFTER_MS ? Math.max(intervalMs, IDLE_INTERVAL_MS) : intervalMs);

/** Null when it went well, else what went wrong. */
function evaluateRule(rule: CompiledRule, select: Select, book: AlertBook, nowMs: number): string | null {
  if (rule.expr === null) return null;
  const result = evaluate(rule.expr, { startMs: nowMs, endMs: nowMs, stepMs: 0 }, select);
  if (!result.ok) return result.error.message;
  const { value } = result.value;
  const found: { labels: Labels; value: number }[] =
    value.type === "vector"
      ? value.samples.map((sample) => ({
          labels: withoutName(sample.labels),
          value: sample.histogram === undefined ? sample.value : sample.histogram.count,
        }))
      : value.type === "scalar"
        ? [{ labels: {}, value: value.value }]
        : [];
  const active = new Set<string>();
  for (const { labels, value } of found) {
    const fingerprint = fingerprintOf(rule, labels);
    active.add(fingerprint);
    book.step(rule, fingerprint, labels, { active: true, value, at: nowMs });
  }
  for (const instance of book.instances.values())
    if (instance.rule === rule && !active.has(instance.fingerprint))
      book.step(rule, instance.fingerprint, instance.source, { active: false, value: 0, at: nowMs });
  return null;
}

/** Stored series and those that exist only now, such as how long each sender has been silent. */
function withSynthetic(ports: EvaluationPorts, nowMs: number): Select {
  const synthetic: SelectedSeries[] = ports
    .synthetic(nowMs)
    .map(({ labels, value }) => ({ labels, timestamps: Float64Array.of(nowMs), values: Float64Array.of(value) }));
  return (request) => {
    const stored = ports.select(request);
    if (synthetic.length === 0 || nowMs <= request.startMs || nowMs > request.endMs) return stored;
    const matching = synthetic.filter((series) => matchesLabels(request.matchers, series.labels));
    if (matching.length === 0) return stored;
    const taken = new Set(matching.map((series) => seriesKey(series.labels)));
    return [...stored.filter((series) => !taken.has(seriesKey(series.labels))), ...matching];
  };
}
