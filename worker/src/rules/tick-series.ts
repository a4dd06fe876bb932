/** Series as rules see them at one moment: the stored ones, and those that came to be in this very evaluation. */
import { type Labels, seriesKey } from "@sightline/shared/model/labels";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { type BatchSeries, type SampleValue, type SelectedSeries, valueColumn } from "@sightline/shared/model/sample";
import type { SelectRequest } from "@sightline/shared/promql/api";
import { type Pace, SERIES_NS, type Stepwise } from "@sightline/shared/promql/evaluation/pace";
import { matchesLabels } from "@sightline/shared/promql/matchers";
import { type PacedSelect, readPaced } from "@sightline/shared/promql/slices";

export interface TickSample {
  readonly labels: Labels;
  readonly value: SampleValue;
  readonly histogram?: NativeHistogram;
}

/** To hold a series against the matchers of a request. */
const MATCH_NS = 200;

const COMPUTED = { type: "unknown", unit: "", help: "" } as const;

export class TickSeries {
  readonly #stored: PacedSelect;
  readonly #at: number;
  readonly #own = new Map<string, SelectedSeries>();
  readonly #recorded: BatchSeries[] = [];

  /** `at`: the time of evaluation, ms. */
  constructor(stored: PacedSelect, at: number) {
    this.#stored = stored;
    this.#at = at;
  }

  /** Seen by the rules of this evaluation, and not stored. */
  show({ labels, value, histogram }: TickSample): void {
    this.#own.set(seriesKey(labels), {
      labels,
      timestamps: Float64Array.of(this.#at),
      values: valueColumn([value]),
      ...(histogram === undefined ? {} : { histograms: [histogram] }),
    });
  }

  /** Seen by the rules after it, and stored. */
  record(sample: TickSample): void {
    this.show(sample);
    const own = this.#own.get(seriesKey(sample.labels));
    if (own !== undefined) this.#recorded.push({ ...own, metadata: COMPUTED, temporality: "cumulative" });
  }

  /** Of a series that no rule of this evaluation has recorded. */
  end(labels: Labels): void {
    if (!this.#own.has(seriesKey(labels))) this.record({ labels, value: "stale" });
  }

  get recorded(): readonly BatchSeries[] {
    return this.#recorded;
  }

  readonly select: PacedSelect = (request, pace) => this.#select(this.#stored, request, pace);

  /** The same with only these of the stored ones. */
  over(some: PacedSelect): PacedSelect {
    return (request, pace) => this.#select(some, request, pace);
  }

  *#select(from: PacedSelect, request: SelectRequest, pace: Pace): Stepwise<readonly SelectedSeries[]> {
    const stored = yield* readPaced(from, request, pace);
    const at = this.#at;
    if (at <= request.startMs || at > request.endMs) return stored;
    const own: [key: string, series: SelectedSeries][] = [];
    for (const [key, series] of this.#own) {
      if (matchesLabels(request.matchers, series.labels)) own.push([key, series]);
      if (pace.spend(MATCH_NS)) yield;
    }
    if (own.length === 0) return stored;
    const merged = new Map<string, SelectedSeries>();
    for (const series of stored) {
      merged.set(seriesKey(series.labels), series);
      if (pace.spend(SERIES_NS)) yield;
    }
    for (const [key, series] of own) merged.set(key, joined(merged.get(key), series));
    return [...merged.values()];
  }
}

/** The sample of now behind those that are stored. */
function joined(stored: SelectedSeries | undefined, now: SelectedSeries): SelectedSeries {
  const length = stored?.timestamps.length ?? 0;
  if (stored === undefined || length === 0 || (stored.timestamps[length - 1] ?? 0) >= (now.timestamps[0] ?? 0)) return now;
  const timestamps = new Float64Array(length + 1);
  const values = new Float64Array(length + 1);
  timestamps.set(stored.timestamps);
  values.set(stored.values);
  timestamps.set(now.timestamps, length);
  values.set(now.values, length);
  const histograms =
    stored.histograms === undefined && now.histograms === undefined
      ? {}
      : { histograms: [...Array.from({ length }, (_, i) => stored.histograms?.[i]), now.histograms?.[0]] };
  return { ...stored, timestamps, values, ...histograms };
}
