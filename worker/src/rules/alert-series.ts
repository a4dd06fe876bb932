import { type Labels, METRIC_NAME, seriesKey } from "@sightline/shared/model/labels";
import { isRecording, type RuleGroup } from "@sightline/shared/model/rule";
import type { BatchSeries } from "@sightline/shared/model/sample";
import type { Pace, Stepwise } from "@sightline/shared/promql/evaluation/pace";
import { readPaced } from "@sightline/shared/promql/slices";
import { LOOKBACK_MS } from "@sightline/shared/rules/streaming/program-runner";
import type { AlertBook } from "./alert-book.ts";
import type { EvaluationPorts } from "./api.ts";
import { hasEnded } from "./recorded-series.ts";
import { TickSeries } from "./tick-series.ts";

/** Of alerts that no group's rule raised: burn rates. */
const INTERVAL_MS = 15_000;

type Stored = Pick<EvaluationPorts, "select" | "selectStepwise">;

interface Written {
  /** When, ms. */
  at: number;
  /** What is to be marked as ended once it is no more. */
  series: ReadonlyMap<string, Labels>;
}

/** ALERTS and ALERTS_FOR_STATE as stored series: what Prometheus's users chart and annotate with. At each group's interval, as Prometheus writes them. */
export class AlertSeries {
  #groups: ReadonlyMap<string, RuleGroup> = new Map();
  /** By group. */
  readonly #written = new Map<string, Written>();
  /** Of alerts that were known before this object began: the group of each series they may have been written as. */
  readonly #restored = new Map<string, string>();
  /** Whether what was written before this object began has been looked up; without any series of that name there is nothing to. */
  #hasBegun = false;
  #areStored = false;

  configure(groups: readonly RuleGroup[]): void {
    this.#groups = new Map(groups.map((group) => [group.name, group]));
  }

  addSeries(labels: Labels): void {
    this.#areStored ||= labels[METRIC_NAME] === "ALERTS";
  }

  /** How they stand since they were written last is not known. */
  remember({ instances }: AlertBook): void {
    for (const { rule, told } of instances.values()) {
      const written = ["pending", "firing"].flatMap((to) => alertSamples({ ...told, to }));
      for (const { labels } of written) this.#restored.set(seriesKey(labels), rule?.group ?? "");
    }
  }

  /** Before the first evaluation: which series are stored and have not ended, also of alerts that were over before the restart and so are not known. */
  *begin(nowMs: number, { select, selectStepwise }: Stored, pace: Pace): Stepwise<void> {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const open = new Map<string, Map<string, Labels>>();
    for (const value of this.#areStored ? ["ALERTS", "ALERTS_FOR_STATE"] : []) {
      const request = { matchers: [{ name: METRIC_NAME, op: "=", value }], startMs: nowMs - LOOKBACK_MS, endMs: nowMs } as const;
      for (const series of yield* readPaced(selectStepwise ?? select, request, pace)) {
        const key = seriesKey(series.labels);
        const group = hasEnded(series) ? undefined : (this.#restored.get(key) ?? this.#groupOf(series.labels));
        if (group !== undefined) open.set(group, (open.get(group) ?? new Map<string, Labels>()).set(key, series.labels));
      }
    }
    for (const [group, series] of open) this.#written.set(group, { at: 0, series });
    this.#restored.clear();
  }

  /** The one group that has such an alert: what comes from elsewhere under that name is not ended here. */
  #groupOf(labels: Labels): string | undefined {
    const [group, another] = [...this.#groups.values()].filter(({ rules }) =>
      rules.some(
        (rule) =>
          !isRecording(rule) &&
          rule.name === labels["alertname"] &&
          Object.entries(rule.labels).every(([name, text]) => text.includes("{{") || (labels[name] ?? "") === text),
      ),
    );
    return another === undefined ? group?.name : undefined;
  }

  /** What is to be stored now: of the groups that were just evaluated, for that time, and of those whose rules stream when they are due. */
  take(book: AlertBook, nowMs: number, evaluated: ReadonlyMap<string, number>): readonly BatchSeries[] {
    const active = Map.groupBy(book.active(), (alert) => book.groupOf(alert.fingerprint));
    const recorded: BatchSeries[] = [];
    for (const group of new Set([...active.keys(), ...this.#written.keys()])) {
      const before = this.#written.get(group);
      if (!evaluated.has(group) && nowMs < this.#dueAt(group)) continue;
      const alerts = active.get(group) ?? [];
      if (alerts.length === 0 && (before === undefined || before.series.size === 0)) continue;
      // What was written between two evaluations may be later than the one that follows was due: time goes on all the same.
      const at = Math.max(evaluated.get(group) ?? nowMs, (before?.at ?? -1) + 1);
      const series = new TickSeries(() => [], at - (this.#groups.get(group)?.queryOffsetMs ?? 0));
      const written = new Map<string, Labels>();
      for (const { labels, value } of alerts.flatMap(alertSamples)) {
        series.record({ labels, value });
        written.set(seriesKey(labels), labels);
      }
      for (const [key, labels] of before?.series ?? []) if (!written.has(key)) series.end(labels);
      this.#written.set(group, { at, series: written });
      recorded.push(...series.recorded);
    }
    return recorded;
  }

  /** Shows rules the alerts there are, and that those which are stored and are no more have ended. */
  show(series: TickSeries, book: AlertBook): void {
    for (const written of this.#written.values()) for (const labels of written.series.values()) series.show({ labels, value: "stale" });
    for (const alert of book.active().flatMap(alertSamples)) series.show(alert);
  }

  /** While there are alerts, or some have just ended, or may have before a restart. */
  nextAt(book: AlertBook): number | null {
    if (this.#areStored && !this.#hasBegun) return 0;
    let next = Infinity;
    for (const group of book.openGroups()) next = Math.min(next, this.#dueAt(group));
    for (const [group, { series }] of this.#written) if (series.size > 0) next = Math.min(next, this.#dueAt(group));
    return next === Infinity ? null : next;
  }

  #dueAt(group: string): number {
    return (this.#written.get(group)?.at ?? 0) + (this.#groups.get(group)?.intervalMs ?? INTERVAL_MS);
  }
}

/** As Prometheus writes them: when it became active in whole seconds. */
export const alertSamples = ({
  labels,
  to,
  activeAt,
}: {
  readonly labels: Labels;
  readonly to: string;
  readonly activeAt: number;
}): readonly { readonly labels: Labels; readonly value: number }[] => [
  { labels: { ...labels, [METRIC_NAME]: "ALERTS", alertstate: to }, value: 1 },
  { labels: { ...labels, [METRIC_NAME]: "ALERTS_FOR_STATE" }, value: Math.floor(activeAt / 1000) },
];
