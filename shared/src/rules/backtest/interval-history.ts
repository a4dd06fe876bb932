/** A rule on its interval, over columns that the engine gives for many evaluations at once. */
import type { AlertObservation } from "../../alerting/alert-state.ts";
import type { NativeHistogram } from "../../model/histogram.ts";
import { type Labels, METRIC_NAME, seriesKey } from "../../model/labels.ts";
import type { AlertRule } from "../../model/rule.ts";
import type { MatrixSeries } from "../../promql/api.ts";
import type { PrometheusTemplatePorts } from "../../template/prometheus-functions.ts";
import { expandAlertTemplates } from "../../template/alert-template.ts";
import { varyingLabels, withRuleLabels } from "../alert-labels.ts";
import { type EvaluationMemory, evaluationMemory, judgeEvaluation } from "../judge-evaluation.ts";
import type { RulePlan } from "../rule-plan.ts";
import { type Episode, EpisodeRecorder } from "./episodes.ts";
import { VaryingEpisodes } from "./varying-episodes.ts";

/** What the rule's expressions give over some evaluations; null where they were not asked. */
export interface EvaluatedColumns {
  readonly found: readonly MatrixSeries[];
  readonly present: readonly MatrixSeries[] | null;
  readonly held: readonly MatrixSeries[] | null;
}

interface AlertHistory {
  readonly recorder: EpisodeRecorder | VaryingEpisodes;
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
  readonly #varying: Readonly<Record<string, string>> | null;
  readonly #templates: (atMs: number) => PrometheusTemplatePorts;

  /** `templates`: what the rule's labels may ask, at a time. */
  constructor(rule: AlertRule, plan: RulePlan, above: boolean, out: Episode[], templates: (atMs: number) => PrometheusTemplatePorts) {
    this.#templates = templates;
    this.#varying = varyingLabels(rule);
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
      if (alert === undefined) this.#alerts.set(key, (alert = { recorder: this.#recorder(own), memory: evaluationMemory() }));
    }
    for (const [key, alert] of this.#alerts) this.#runOne(alert, byKey.get(key), columns.present !== null, startMs, stepMs, count);
  }

  #recorder({ labels, found }: Columns): AlertHistory["recorder"] {
    const record = (of: Labels): EpisodeRecorder => new EpisodeRecorder(of, this.#rule, this.#above, this.#out);
    const varying = this.#varying;
    if (varying === null) return record(labels);
    const source = found?.labels ?? labels;
    const labelsAt = ({ value, histogram, at }: AlertObservation): Labels =>
      withRuleLabels(labels, expandAlertTemplates(varying, source, histogram ?? value, this.#templates(at), this.#rule.name));
    return new VaryingEpisodes(labelsAt, record);
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
        if (breaches || !recorder.isIdle) recorder.step({ active: breaches, value: found.value, ...found.given, at: t });
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
  /** What `$value` is where it is no number. */
  given: { readonly histogram?: NativeHistogram } = {};

  constructor(series: MatrixSeries | undefined) {
    this.#series = series;
  }

  /** Whether there is a point at `t`; its value is in `value` then. */
  has(t: number): boolean {
    const { timestamps, values, histograms } = this.#series ?? NOTHING;
    while (this.#at < timestamps.length && (timestamps[this.#at] as number) < t) this.#at++;
    if (timestamps[this.#at] !== t) return false;
    const histogram = histograms?.[this.#at];
    this.given = histogram === undefined ? {} : { histogram };
    this.value = histogram?.count ?? (values[this.#at] as number);
    return true;
  }
}

const NOTHING: MatrixSeries = { labels: {}, timestamps: [], values: [] };
