/** Rules that look across series, or at absence, and recording rules: the engine answers them, each group on its own interval and in its order. */
import { METRIC_NAME, type Labels, formatLabels, seriesKey } from "@sightline/shared/model/labels";
import { type AlertRule, type RuleEvaluation, type RuleFault, type RuleGroup, ruleKey } from "@sightline/shared/model/rule";
import type { BatchSeries } from "@sightline/shared/model/sample";
import { type Result, fail } from "@sightline/shared/model/result";
import type { SelectRequest } from "@sightline/shared/promql/api";
import { selectRequests } from "@sightline/shared/promql/engine";
import { type Pace, SERIES_NS, type Stepwise } from "@sightline/shared/promql/evaluation/pace";
import { type PacedSelect, readPaced } from "@sightline/shared/promql/slices";
import type { Expr } from "@sightline/shared/promql/ast";
import { judgeLabels } from "@sightline/shared/protocol/limits";
import { ALIKE, withRuleLabels } from "@sightline/shared/rules/alert-labels";
import { goingOnBySeries, sourceKey } from "@sightline/shared/rules/alerts-of-series";
import { conditionPorts, evaluateRuleStepwise, type RuleSample } from "@sightline/shared/rules/evaluate-rule";
import { IntervalConditions, type Verdict } from "@sightline/shared/rules/interval-conditions";
import type { AlertBook } from "./alert-book.ts";
import { type AlertSeries, alertSamples } from "./alert-series.ts";
import type { Elsewhere, EvaluationPorts, RulePlace } from "./api.ts";
import { type CompiledRecording, type CompiledRule, fingerprintOf } from "./compiled-rule.ts";
import { RecordedSeries } from "./recorded-series.ts";
import { TickSeries } from "./tick-series.ts";

/** An expression is evaluated for so long at most, whatever else goes first: as Prometheus's query.timeout. */
const TIMEOUT_MS = 120_000;
/** To put a recorded series together and look at its labels; to write what an alert is known by, and to take it a step further. */
const RECORD_NS = 4 * SERIES_NS;
const ALERT_NS = 20_000;

/** With no data for this long, groups rest this long between evaluations. */
const IDLE_AFTER_MS = 600_000;
const IDLE_INTERVAL_MS = 300_000;

interface AlertStep {
  readonly alert: CompiledRule;
  /** Of a rule that says more than its expression. */
  readonly conditions: IntervalConditions | null;
  /** Not evaluated until `wake`. */
  isAsleep: boolean;
}

type Step = AlertStep | { readonly recording: CompiledRecording };

interface Schedule {
  readonly group: RuleGroup;
  readonly steps: readonly Step[];
  /** Whether all its steps are. */
  isAsleep: boolean;
  /** When its newest evaluation was due, ms, and the newest that came to its end. */
  lastAt: number;
  doneAt: number;
}

/** What one evaluation of a group goes by. */
interface Moment {
  readonly group: RuleGroup;
  readonly series: TickSeries;
  /** What its rules read, of what is known here. */
  readonly select: PacedSelect;
  /** What this shard has. */
  readonly stored: PacedSelect;
  readonly book: AlertBook;
  /** What it sees and records is of this time, ms: the group's offset before it was due. */
  readonly at: number;
  /** Since when its alerts are active, and when its rules were evaluated, goes by this one. */
  readonly dueAt: number;
  readonly pace: Pace;
  readonly now: (() => number) | undefined;
}

const isAsleep = (step: Step): boolean => "alert" in step && step.isAsleep;

/** Samples of native histograms alone, which are those that streaming rules do not see. */
const histogramsOf = (select: PacedSelect): PacedSelect =>
  function* (request, pace) {
    const found = yield* readPaced(select, request, pace);
    return found.filter(({ histograms }) => histograms?.some((each) => each !== undefined) === true);
  };

export class IntervalRules {
  #schedules: Schedule[] = [];
  /** The groups that the newest `run` evaluated, and for which time, ms. */
  evaluated: ReadonlyMap<string, number> = new Map();
  readonly #asleep = new Map<AlertRule, { readonly step: AlertStep; readonly schedule: Schedule }>();
  #place: RulePlace = "alone";
  readonly #faults = new Map<CompiledRule | CompiledRecording, RuleFault>();
  readonly #recorded = new RecordedSeries();
  /** The newest of each rule, by its key; of rules that are gone, too, until that is asked for. */
  readonly #evaluations = new Map<string, RuleEvaluation>();

  configure(
    groups: readonly RuleGroup[],
    rules: readonly CompiledRule[],
    recordings: readonly CompiledRecording[],
    nowMs: number,
    place: RulePlace = "alone",
  ): void {
    this.#place = place;
    this.#faults.clear();
    // Of one that is under way what is left is not evaluated: it is due again.
    const before = new Map(this.#schedules.map((schedule) => [schedule.group.name, schedule.doneAt]));
    const steps = new Map<RuleGroup["rules"][number], Step>();
    const follows = place === "follower";
    for (const alert of rules) {
      if (alert.program !== null || alert.expr === null || (follows && !alert.perSeries)) continue;
      const conditions = alert.conditions === null ? null : new IntervalConditions(alert.conditions, alert.intervalMs);
      steps.set(alert.rule, { alert, conditions, isAsleep: alert.ofHistograms });
    }
    if (!follows) for (const recording of recordings) steps.set(recording.rule, { recording });
    if (follows) this.#recorded.leave();
    else this.#recorded.configure(recordings, groups, nowMs);
    this.#schedules = groups.flatMap((group) => {
      const own = group.rules.map((rule) => steps.get(rule)).filter((step) => step !== undefined);
      const lastAt = before.get(group.name) ?? 0;
      return own.length === 0 ? [] : [{ group, steps: own, isAsleep: own.every(isAsleep), lastAt, doneAt: lastAt }];
    });
    this.#asleep.clear();
    for (const schedule of this.#schedules)
      for (const step of schedule.steps) if ("alert" in step && step.isAsleep) this.#asleep.set(step.alert.rule, { step, schedule });
  }

  /** A streaming rule has native histograms to judge. */
  wake(rule: AlertRule): void {
    const found = this.#asleep.get(rule);
    if (found !== undefined) found.step.isAsleep = found.schedule.isAsleep = false;
  }

  #due(nowMs: number, newestDataMs: number): Schedule[] {
    return this.#schedules.filter((schedule) => !schedule.isAsleep && nowMs >= this.#dueAt(schedule, nowMs, newestDataMs));
  }

  /** What the groups that are due read; null when none is. */
  reads(nowMs: number, newestDataMs: number): readonly SelectRequest[] | null {
    const due = this.#due(nowMs, newestDataMs);
    if (due.length === 0) return null;
    const requests = new Map<string, SelectRequest>();
    for (const schedule of due) {
      const { group, steps } = schedule;
      const at = onGrid(schedule, nowMs) - (group.queryOffsetMs ?? 0);
      for (const step of steps) {
        if ("alert" in step && step.alert.perSeries) continue;
        const expr = "alert" in step ? step.alert.expr : step.recording.expr;
        if (expr === null) continue;
        const more = "alert" in step ? (step.conditions?.questions(at) ?? []) : [];
        for (const { expr: asked, ...times } of [{ expr, startMs: at, endMs: at, stepMs: 0 }, ...more])
          for (const request of selectRequests(asked, times)) requests.set(JSON.stringify(request), request);
      }
    }
    return [...requests.values()];
  }

  /**
   * Evaluates the groups that are due; what they record. A rule that fails keeps the state of its alerts until it can be
   * evaluated again. A leader evaluates what it has gathered for, at that time. Stops as `pace` says; with another configuration in
   * between it ends there, and what its rules gave until then stands.
   */
  *run(
    ports: EvaluationPorts,
    book: AlertBook,
    alerts: AlertSeries,
    tickMs: number,
    newestDataMs: number,
    pace: Pace,
    elsewhere?: Elsewhere,
  ): Stepwise<readonly BatchSeries[]> {
    this.evaluated = new Map();
    const nowMs = elsewhere?.at ?? tickMs;
    const own: PacedSelect = ports.selectStepwise ?? ports.select;
    const refusal = elsewhere === undefined || elsewhere.select.ok ? null : elsewhere.select.error.message;
    const select = elsewhere?.select.ok === true ? elsewhere.select.value : own;
    const schedules = this.#schedules;
    const due = this.#place === "leader" && elsewhere === undefined ? [] : this.#due(nowMs, newestDataMs);
    // None of them is due while they wait for one another.
    for (const schedule of due) schedule.lastAt = onGrid(schedule, nowMs);
    const evaluated = new Map<string, number>();
    const recorded: BatchSeries[] = [];
    for (const schedule of due) {
      const { group, lastAt } = schedule;
      // The time at which it was due, not that at which its turn came: `for` is whole intervals, and what is recorded lies on them.
      const at = lastAt - (group.queryOffsetMs ?? 0);
      const series = new TickSeries(select, at);
      for (const synthetic of ports.synthetic(lastAt)) series.show(synthetic);
      alerts.show(series, book);
      const moment = { group, series, select: series.select, stored: own, book, at, dueAt: lastAt, pace, now: ports.now };
      const steps = this.#evaluate(schedule, moment, refusal);
      const isWhole = yield* whileWanted(steps, () => this.#schedules === schedules);
      if (isWhole) yield* this.#recorded.endGone(moment, group.name);
      for (const one of series.recorded) recorded.push(one);
      if (!isWhole) break;
      schedule.doneAt = lastAt;
      evaluated.set(group.name, lastAt);
    }
    this.evaluated = evaluated;
    const ended = new TickSeries(own, nowMs);
    yield* this.#recorded.endGone({ series: ended, at: nowMs, stored: own, pace });
    return [...recorded, ...ended.recorded];
  }

  /** The rules of a group in their order. `refusal`: why other shards could not be read, which only rules of single series do without. */
  *#evaluate({ steps }: Schedule, moment: Moment, refusal: string | null): Stepwise<void> {
    // Of single series each shard judges its own.
    const own = moment.series.over(moment.stored);
    const histograms = histogramsOf(moment.stored);
    for (const step of steps) {
      if (isAsleep(step)) continue;
      const rule = "alert" in step ? step.alert : undefined;
      const perSeries = rule?.perSeries === true;
      const ofOne = rule?.ofHistograms === true ? histograms : own;
      const before = rule === undefined ? [] : moment.book.active(rule);
      const began = moment.now?.() ?? 0;
      const message = refusal === null || perSeries ? yield* this.#step(step, perSeries ? { ...moment, select: ofOne } : moment) : refusal;
      // The rules behind it see what it made of its alerts.
      for (const { labels } of before.flatMap(alertSamples)) moment.series.show({ labels, value: "stale" });
      for (const alert of rule === undefined ? [] : moment.book.active(rule).flatMap(alertSamples)) moment.series.show(alert);
      const compiled = "alert" in step ? step.alert : step.recording;
      const { name, expr } = compiled.rule;
      const key = ruleKey(moment.group.name, compiled.rule);
      this.#evaluations.set(key, { rule: key, at: moment.dueAt, tookMs: (moment.now?.() ?? 0) - began });
      if (message === null) this.#faults.delete(compiled);
      else this.#faults.set(compiled, { group: moment.group.name, name, expr, message, at: moment.dueAt });
    }
  }

  #step(step: Step, moment: Moment): Stepwise<string | null> {
    return "alert" in step ? stepAlerts(step, moment) : this.#record(step.recording, moment);
  }

  *#record(recording: CompiledRecording, moment: Moment): Stepwise<string | null> {
    const { rule, expr } = recording;
    const { group, series, pace } = moment;
    const result = yield* resultOf(expr, moment);
    if (!result.ok) return result.error.message;
    const limit = group.limit ?? 0;
    if (limit > 0 && result.value.length > limit)
      return `gives ${result.value.length} series, more than the group's limit of ${limit}; none was recorded`;
    const written = new Map<string, Labels>();
    const samples: RuleSample[] = [];
    for (const sample of result.value) {
      const labels = { ...withRuleLabels(sample.labels, rule.labels), [METRIC_NAME]: rule.record };
      const key = seriesKey(labels);
      if (written.has(key)) return `gives ${formatLabels(labels)} twice once the rule's labels are on; none was recorded`;
      written.set(key, labels);
      samples.push({ ...sample, labels });
      if (pace.spend(RECORD_NS)) yield;
    }
    let refused = 0;
    let refusal = "";
    for (const sample of samples) {
      const judged = judgeLabels(sample.labels);
      if (judged === null) series.record(sample);
      else {
        written.delete(seriesKey(sample.labels));
        refusal = judged.message;
        refused++;
      }
      if (pace.spend(RECORD_NS)) yield;
    }
    yield* this.#recorded.give(recording, written, moment);
    if (refused === 0) return null;
    const others = refused < samples.length ? "; the others were recorded" : "";
    return `${refused} of its ${samples.length} series cannot be stored: ${refusal}${others}`;
  }

  /** Of each rule's newest evaluation, those that failed. */
  faults(): readonly RuleFault[] {
    return [...this.#faults.values()];
  }

  /** The newest of each rule that is evaluated here. */
  evaluations(): readonly RuleEvaluation[] {
    const keys = this.#schedules.flatMap(({ group, steps }) =>
      steps.map((step) => ruleKey(group.name, ("alert" in step ? step.alert : step.recording).rule)),
    );
    const there = new Set(keys);
    for (const key of this.#evaluations.keys()) if (!there.has(key)) this.#evaluations.delete(key);
    return [...this.#evaluations.values()];
  }

  nextAt(nowMs: number, newestDataMs: number): number | null {
    let next = this.#recorded.nextAt();
    for (const schedule of this.#schedules) {
      if (schedule.isAsleep) continue;
      const at = this.#dueAt(schedule, nowMs, newestDataMs);
      if (next === null || at < next) next = at;
    }
    return next;
  }

  /** A leader without samples of its own is not idle: the others may have some. */
  #dueAt({ lastAt, group: { intervalMs } }: Schedule, nowMs: number, newestDataMs: number): number {
    const idle = this.#place !== "leader" && nowMs - newestDataMs > IDLE_AFTER_MS;
    return lastAt + (idle ? Math.max(intervalMs, IDLE_INTERVAL_MS) : intervalMs);
  }
}

/** Of the times that lie whole intervals after the evaluation before, the newest: an evaluation that comes late does not put off the others. */
function onGrid({ lastAt, group: { intervalMs } }: Schedule, nowMs: number): number {
  return lastAt === 0 ? nowMs : nowMs - ((nowMs - lastAt) % intervalMs);
}

/** Whether the steps came to their end before they were not wanted any more. */
function* whileWanted(steps: Stepwise<void>, isWanted: () => boolean): Stepwise<boolean> {
  while (steps.next().done !== true) {
    yield;
    if (!isWanted()) return false;
  }
  return true;
}

/** What an expression gives now; fails as the engine does, and with `timeout`. */
function* resultOf(expr: Expr, { at, select, pace, now }: Moment): Stepwise<Result<readonly RuleSample[]>> {
  const steps = evaluateRuleStepwise(expr, at, select, pace);
  const deadlineMs = (now?.() ?? 0) + TIMEOUT_MS;
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    yield;
    if (now !== undefined && now() > deadlineMs)
      return fail(
        "timeout",
        `query timed out in expression evaluation: the limit is ${TIMEOUT_MS / 1000} s; it should read less or fewer series`,
      );
  }
}

/** Whether two of the alerts have the same labels; Prometheus then drops the evaluation. */
function* hasAlike(rule: CompiledRule, verdicts: readonly Verdict[], { book, pace }: Moment): Stepwise<boolean> {
  const active = verdicts.filter(({ observation }) => observation.active);
  if (active.length < 2) return false;
  const keys = new Set<string>();
  for (const { source, observation } of active) {
    keys.add(seriesKey(book.labelsOf(rule, source, observation)));
    if (pace.spend(ALERT_NS)) yield;
  }
  return keys.size < active.length;
}

/** Null when it went well, else what went wrong. */
function* stepAlerts({ alert: rule, conditions }: AlertStep, moment: Moment): Stepwise<string | null> {
  if (rule.expr === null) return null;
  const { group, select, book, at, dueAt, pace } = moment;
  const result = yield* resultOf(rule.expr, moment);
  if (!result.ok) return result.error.message;
  const limit = group.limit ?? 0;
  const excess = limit > 0 && result.value.length > limit;
  const found = excess ? [] : result.value;
  const own = [...book.instances.values()].filter((instance) => instance.rule === rule && instance.given !== true);
  const going = conditions === null ? null : goingOnBySeries(own);
  const judged =
    conditions === null
      ? found.map(({ labels, ...given }) => ({ source: labels, observation: { active: true, ...given, at } }))
      : yield* conditions.judge(
          found,
          Array.from(going?.values() ?? [], ({ source, state }) => ({ source, firing: state.state === "firing" })),
          at,
          conditionPorts(at, select, pace),
        );
  const verdicts = judged.map(({ source, observation }) => ({ source, observation: { ...observation, at: dueAt } }));
  if (yield* hasAlike(rule, verdicts, moment)) return ALIKE;
  const seen = new Set<string>();
  for (const { source, observation } of verdicts) {
    const standing = observation.active ? undefined : going?.get(sourceKey(source));
    const fingerprint =
      standing?.fingerprint ?? fingerprintOf(rule, source, rule.varies ? book.labelsOf(rule, source, observation) : undefined);
    seen.add(fingerprint);
    book.step(rule, fingerprint, source, observation);
    if (pace.spend(ALERT_NS)) yield;
  }
  for (const { fingerprint, source } of own)
    if (!seen.has(fingerprint)) book.step(rule, fingerprint, source, { active: false, value: 0, at: dueAt });
  return excess ? `gives ${result.value.length} alerts, more than the group's limit of ${limit}; all of them were dropped` : null;
}
