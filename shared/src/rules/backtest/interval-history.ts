/** A rule on its interval, over columns that the engine gives for many evaluations at once. */
import { type Labels, METRIC_NAME, seriesKey } from "../../model/labels.ts";
import type { AlertRule } from "../../model/rule.ts";
import type { MatrixSeries } from "../../promql/api.ts";
import { type EvaluationMemory, evaluationMemory, judgeEvaluation } from "../judge-evaluation.ts";
import type { RulePlan } from "../rule-plan.ts";
import { type Episode, EpisodeRecorder } from "./episodes.ts";

/** What the rule's expressions give over some evaluations; null where they were not asked. */
export interface EvaluatedColumns {
  readonly found: readonly MatrixSeries[];
  readonly present: readonly MatrixSeries[] | null;
  readonly held: readonly MatrixSeries[] | null;
}

interface AlertHistory {
  readonly recorder: EpisodeRecorder;
  readonly memory: EvaluationMemory;
}

interface Columns {
  readonly labels: Labels;
  found?: MatrixSeries;
  present?: MatrixSeries;
  held?: MatrixSeries;
}

export class IntervalHistory {
  readonly #plan: RulePlan;
  readonly #rule: AlertRule;
  readonly #above: boolean;
  readonly #out: Episode[];
  readonly #alerts = new Map<string, AlertHistory>();

  constructor(rule: AlertRule, plan: RulePlan, above: boolean, out: Episode[]) {
    this.#plan = plan;
    this.#rule = rule;
    this.#above = above;
    this.#out = out;
  }

  get alerts(): number {
    return this.#alerts.size;
  }

  /** Evaluations at `startMs`, `startMs + stepMs`, …, `count` of them, after those that were run before. */
  run(columns: EvaluatedColumns, startMs: number, stepMs: number, count: number): void {
    const byKey = new Map<string, Columns>();
    const gather = (what: "found" | "present" | "held", all: readonly MatrixSeries[] | null): void => {
      for (const series of all ?? []) {
        const { [METRIC_NAME]: _name, ...labels } = series.labels;
        const key = seriesKey(labels);
        let own = byKey.get(key);
        if (own === undefined) byKey.set(key, (own = { labels }));
        own[what] = series;
      }
    };
    gather("found", columns.found);
    gather("present", columns.present);
    gather("held", columns.held);
    for (const [key, own] of byKey) {
      let alert = this.#alerts.get(key);
      if (alert === undefined) {
        const recorder = new EpisodeRecorder(own.labels, this.#rule, this.#above, this.#out);
        this.#alerts.set(key, (alert = { recorder, memory: evaluationMemory() }));
      }
    }
    for (const [key, alert] of this.#alerts) this.#runOne(alert, byKey.get(key), columns.present !== null, startMs, stepMs, count);
  }

  #runOne(
    { recorder, memory }: AlertHistory,
    own: Omit<Columns, "labels"> | undefined,
    knowsPresence: boolean,
    startMs: number,
    stepMs: number,
    count: number,
  ): void {
    const found = new ColumnReader(own?.found);
    const present = new ColumnReader(own?.present);
    const held = new ColumnReader(own?.held);
    const { conditional } = this.#plan;
    for (let i = 0; i < count; i++) {
      const t = startMs + i * stepMs;
      const breaches = found.has(t);
      if (!conditional) {
        if (breaches || recorder.state !== null) recorder.step({ active: breaches, value: found.value, at: t });
        continue;
      }
      const isThere = !knowsPresence || present.has(t);
      const holds = held.has(t);
      const observation = judgeEvaluation(
        this.#plan,
        memory,
        breaches ? found.value : null,
        isThere,
        holds ? held.value : null,
        t,
        recorder.openness,
      );
      recorder.step(observation ?? { active: false, value: 0, at: t });
    }
  }

  finish(): void {
    for (const { recorder } of this.#alerts.values()) recorder.finish();
  }
}

/** Reads a column that has a point at some of the steps, forward. */
class ColumnReader {
  readonly #series: MatrixSeries | undefined;
  #at = 0;
  value = 0;

  constructor(series: MatrixSeries | undefined) {
    this.#series = series;
  }

  /** Whether there is a point at `t`; its value is in `value` then. */
  has(t: number): boolean {
    const { timestamps, values, histograms } = this.#series ?? NOTHING;
    while (this.#at < timestamps.length && (timestamps[this.#at] as number) < t) this.#at++;
    if (timestamps[this.#at] !== t) return false;
    this.value = histograms?.[this.#at]?.count ?? (values[this.#at] as number);
    return true;
  }
}

const NOTHING: MatrixSeries = { labels: {}, timestamps: [], values: [] };
