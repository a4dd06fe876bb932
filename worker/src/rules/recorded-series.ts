/**
 * What recording rules gave last, so that series are marked as ended when their rule gives them no more, or is no more itself (Prometheus,
 * rules/group.go: CopyState, cleanupStaleSeries).
 */
import { type Labels, METRIC_NAME, seriesKey } from "@sightline/shared/model/labels";
import type { Matcher } from "@sightline/shared/model/matcher";
import type { RecordingRule, RuleGroup } from "@sightline/shared/model/rule";
import { isStale, isStaleAt, type SelectedSeries } from "@sightline/shared/model/sample";
import { type Pace, SERIES_NS, type Stepwise } from "@sightline/shared/promql/evaluation/pace";
import { matchesLabels } from "@sightline/shared/promql/matchers";
import { type PacedSelect, readPaced } from "@sightline/shared/promql/slices";
import { LOOKBACK_MS } from "@sightline/shared/rules/streaming/program-runner";
import type { CompiledRecording } from "./compiled-rule.ts";
import type { TickSeries } from "./tick-series.ts";

type Series = ReadonlyMap<string, Labels>;

interface Given {
  readonly recording: CompiledRecording;
  readonly intervalMs: number;
  /** By key. Null: this object has not evaluated it. */
  series: Series | null;
  /** Then what it gave under another configuration is to be looked for in storage. */
  readonly isChanged: boolean;
}

/** Of a rule that is no more. */
interface Gone {
  readonly recording: CompiledRecording;
  /** Null: in storage. */
  readonly series: Series | null;
  /** Ended then, ms, or by its group's next evaluation, which a group that is gone does not have. */
  readonly dueAt: number;
}

/** The evaluation that ends them: where, at what time, and what is stored in this shard. */
interface Ending {
  readonly series: TickSeries;
  /** Ms. */
  readonly at: number;
  readonly stored: PacedSelect;
  readonly pace: Pace;
}

const NONE: Series = new Map();

export class RecordedSeries {
  /** By group, name and labels, by which Prometheus knows a rule again. */
  #given: ReadonlyMap<string, Given> = new Map();
  #placeOf: ReadonlyMap<CompiledRecording, string> = new Map();
  #gone: readonly Gone[] = [];

  configure(recordings: readonly CompiledRecording[], groups: readonly RuleGroup[], nowMs: number): void {
    const intervals = new Map(groups.map(({ name, intervalMs }) => [name, intervalMs]));
    const before = new Map(this.#given);
    const given = new Map<string, Given>();
    const placeOf = new Map<CompiledRecording, string>();
    for (const recording of recordings) {
      const place = freePlace(recording, given);
      const old = before.get(place);
      before.delete(place);
      const isChanged = old !== undefined && (old.isChanged || old.recording.rule.expr !== recording.rule.expr);
      given.set(place, { recording, intervalMs: intervals.get(recording.group) ?? 0, series: old?.series ?? null, isChanged });
      placeOf.set(recording, place);
    }
    const gone = Array.from(before.values(), ({ recording, series, intervalMs }) => ({ recording, series, dueAt: nowMs + 2 * intervalMs }));
    this.#gone = [...this.#gone, ...gone];
    this.#given = given;
    this.#placeOf = placeOf;
  }

  /** Another shard evaluates the rules from now on: what they gave goes on there. */
  leave(): void {
    this.#given = this.#placeOf = new Map();
    this.#gone = [];
  }

  /** A rule was evaluated: what it gave before and gives no more ends. */
  *give(recording: CompiledRecording, series: Series, ending: Ending): Stepwise<void> {
    const given = this.#given.get(this.#placeOf.get(recording) ?? "");
    if (given === undefined) return;
    const isStored = given.series === null;
    const before = given.series ?? (given.isChanged ? yield* storedOf(recording.rule, ending) : NONE);
    given.series = series;
    for (const [key, labels] of before) if (!series.has(key) && !this.#goesOn(key, labels, isStored)) ending.series.end(labels);
  }

  /** When the next of them is to be ended, ms. */
  nextAt(): number | null {
    return this.#gone.length === 0 ? null : Math.min(...this.#gone.map(({ dueAt }) => dueAt));
  }

  /** `group`: has just been evaluated. Series that another rule gives now go on. */
  *endGone(ending: Ending, group?: string): Stepwise<void> {
    const isDue = ({ recording, dueAt }: Gone): boolean => recording.group === group || dueAt <= ending.at;
    const due = this.#gone.filter(isDue);
    this.#gone = this.#gone.filter((one) => !due.includes(one));
    for (const { recording, series } of due)
      for (const [key, labels] of series ?? (yield* storedOf(recording.rule, ending))) {
        if (!this.#goesOn(key, labels, series === null)) ending.series.end(labels);
        if (ending.pace.spend(SERIES_NS)) yield;
      }
  }

  /** Whether a rule gives it now; of what is only known to be stored, whether it is of a rule whose turn is yet to come. */
  #goesOn(key: string, labels: Labels, isStored: boolean): boolean {
    const givers = [...this.#given.values()];
    return givers.some(({ series, recording }) => series?.has(key) ?? (isStored && matchesLabels(matchersOf(recording.rule), labels)));
  }
}

/** Rules that are alike are told apart by their order. */
function freePlace({ group, rule }: CompiledRecording, taken: ReadonlyMap<string, unknown>): string {
  const place = `${group}\u00FF${rule.record}\u00FF${seriesKey(rule.labels)}`;
  for (let twin = 1; ; twin++) if (!taken.has(`${place}\u00FF${twin}`)) return `${place}\u00FF${twin}`;
}

/** Of the series that may be the rule's. */
const matchersOf = ({ record, labels }: RecordingRule): Matcher[] =>
  Object.entries({ ...labels, [METRIC_NAME]: record }).map(([name, value]) => ({ name, op: "=", value }));

/** Those that have not ended. */
function* storedOf(rule: RecordingRule, { at, stored, pace }: Ending): Stepwise<Series> {
  const found = yield* readPaced(stored, { matchers: matchersOf(rule), startMs: at - LOOKBACK_MS, endMs: at }, pace);
  return new Map(found.filter((series) => !hasEnded(series)).map((series) => [seriesKey(series.labels), series.labels]));
}

/** Whether its newest sample says so. */
export function hasEnded({ values, histograms }: SelectedSeries): boolean {
  const newest = values.length - 1;
  if (newest < 0) return true;
  const histogram = histograms?.[newest];
  return histogram === undefined ? isStaleAt(values, newest) : isStale(histogram.sum);
}
