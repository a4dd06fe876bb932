import { cameBackAt, hasComeBack, isToldByMany } from "@sightline/shared/insights/come-back";
import { hasPassed } from "@sightline/shared/insights/event-end";
import type { RecentAnomaly } from "@sightline/shared/model/insight";
import { seriesKey } from "@sightline/shared/model/labels";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import { newestMedian } from "@sightline/shared/statistics/newest-median";
import { withCounts, type JudgedSamples } from "../rules/detection/judged-samples.ts";
import { beganAnew } from "../rules/detection/counted-steps.ts";
import { countOf } from "../rules/detection/sum-count-pairs.ts";
import type { SeriesStore } from "../storage/series-store.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
/** How many values tell of a level and of scatter, and how far is looked for them at least and at most. */
const LEVEL_VALUES = 12;
/** So many tell where a level stands now. */
const NEWEST_VALUES = 5;
const SCATTER_VALUES = 60;
/** Of a long event not every place is looked at for where it was farthest. */
const MOST_LEVELS = 400;
const LEAST_SPAN_MS = 60 * MINUTE;
const MOST_SPAN_MS = DAY / 2;
/** Is asked anew after so long, ms; of so many at a time, and of fewer where these have read so much: some 30 ms. The others have their turn when it is asked next. */
const FRESH_MS = 15_000;
const MOST_SAMPLES = 100_000;
const MOST_ASKED = 60;

/** Whether an event was back when it was asked last. */
interface Known {
  readonly atMs: number;
  readonly back: boolean;
  /** Of the event, ms. */
  readonly t: number;
  /** Of a level: where it was seen farthest from what was expected while it was not back; and where it stood last. */
  readonly farthest?: number;
  readonly level?: number;
  /** When it came back, ms, where that is known. */
  readonly backAt?: number;
}

/** Whether events that no single value tells of are over. What is over stays so: what begins again is told again. */
export class ComeBacks {
  readonly #store: SeriesStore;
  readonly #known = new Map<string, Known>();
  /** Read since it was asked. */
  #samples = 0;

  constructor(store: SeriesStore) {
    this.#store = store;
  }

  /**
   * The same anomalies, newest first, each that is told by many values with whether these are back; of what was not looked at yet they are not. And since
   * when they are, also of others that are over.
   */
  of(anomalies: readonly RecentAnomaly[], nowMs: number): readonly RecentAnomaly[] {
    const known = this.#known;
    const movedSince = new Set<string>();
    const unsure: RecentAnomaly[] = [];
    for (const anomaly of anomalies) {
      const { id, kind, t, value, expected, labels } = anomaly;
      if (!isToldByMany(kind)) {
        const { atMs = -Infinity, backAt } = known.get(id) ?? {};
        if (hasPassed(anomaly) && backAt === undefined && nowMs - atMs >= FRESH_MS) unsure.push(anomaly);
        continue;
      }
      // A level that has moved the other way since has ended what moved it before.
      const [key, up] = [seriesKey(labels), Math.sign(value - expected)];
      const ended = (kind === "level_shift" || kind === "trend_change") && movedSince.has(`${-up} ${key}`);
      if (kind === "level_shift") movedSince.add(`${up} ${key}`);
      const told = ended ? { ...known.get(id), atMs: nowMs, back: true, t } : known.get(id);
      if (told !== undefined) known.set(id, told);
      if (told === undefined || (!told.back && nowMs - told.atMs >= FRESH_MS)) unsure.push(anomaly);
    }
    // Those that were looked at longest ago, so that each has its turn.
    const askedAt = ({ id }: RecentAnomaly): number => known.get(id)?.atMs ?? -Infinity;
    this.#samples = 0;
    for (const anomaly of unsure
      .toSorted((a, b) => (askedAt(a) < askedAt(b) ? -1 : askedAt(a) > askedAt(b) ? 1 : 0))
      .slice(0, MOST_ASKED)) {
      if (this.#samples > MOST_SAMPLES) break;
      known.set(anomaly.id, { ...known.get(anomaly.id), atMs: nowMs, t: anomaly.t, ...this.#lookAt(anomaly, nowMs) });
    }
    // Insights ask of all, rules of a metric each.
    for (const [id, { t }] of known) if (t < nowMs - DAY) known.delete(id);
    return anomalies.map((anomaly) => withEnd(anomaly, known.get(anomaly.id)));
  }

  #lookAt(anomaly: RecentAnomaly, nowMs: number): Pick<Known, "back" | "level" | "farthest" | "backAt"> {
    const { id, t, kind, expected, newest } = anomaly;
    if (newest === null || newest.t <= t) return { back: false };
    if (!isToldByMany(kind)) {
      // The first value that would have ended it.
      const end = this.#judged(anomaly, t - 1, newest.t, nowMs).find((point) => hasPassed({ ...anomaly, newest: point }));
      return { back: false, ...(end === undefined ? {} : { backAt: end.t }) };
    }
    const values = kind === "variance_change" ? SCATTER_VALUES : LEVEL_VALUES;
    const judged = (afterMs: number, endMs: number): readonly Point[] => this.#judged(anomaly, afterMs, endMs, nowMs);
    const since = (ms: number): readonly Point[] => judged(Math.max(t, newest.t - ms), newest.t).slice(-values);
    const soon = since(LEAST_SPAN_MS);
    const now = soon.length < values ? since(MOST_SPAN_MS) : soon;
    const [first, last] = [now[0]?.t, now.at(-1)?.t];
    if (first === undefined || last === undefined) return { back: false };
    const spanMs = Math.min(MOST_SPAN_MS, Math.max(LEAST_SPAN_MS, (2 * values * (last - first)) / Math.max(1, now.length - 1)));
    const scattered = kind === "variance_change";
    const dayBefore = scattered ? [] : judged(first - DAY - 1, last - DAY);
    const toldAt = scattered ? t : t - DAY;
    const before = judged(toldAt - spanMs, toldAt - 1).slice(-values);
    const begun = scattered ? judged(t - 1, Math.min(newest.t, t + spanMs)).slice(0, values) : [];
    const back = hasComeBack(anomaly, { now: now.map(of), dayBefore: dayBefore.map(of), before: before.map(of), begun: begun.map(of) });
    if (kind !== "level_shift" && kind !== "trend_change") return { back };
    const { farthest } = this.#known.get(id) ?? {};
    // Whoever looks first finds where it was before, and whoever finds it back, since when.
    const seen = back || farthest === undefined ? judged(t - 1, newest.t) : now;
    // What a season did since then is no part of it.
    const end = back ? cameBackAt(anomaly, seen.map(of), aDayBefore(seen, judged(t - DAY - 1, newest.t - DAY))) : -1;
    const until = end < 0 ? seen : seen.slice(0, end);
    const went = until.length === 0 || (back && farthest !== undefined) ? farthest : farthestOf(until.map(of), expected, farthest);
    const level = newestMedian(now.map(of), NEWEST_VALUES);
    return { back, level, ...(went === undefined ? {} : { farthest: went }), ...(end < 0 ? {} : { backAt: seen[end]!.t }) };
  }

  /** What the series was judged by after `afterMs` until `endMs`. */
  #judged({ labels, judgedBy }: RecentAnomaly, afterMs: number, endMs: number, nowMs: number): readonly Point[] {
    const read = (of: RecentAnomaly["labels"]): SelectedSeries | undefined => {
      const ref = this.#store.index.find(of);
      return ref === undefined ? undefined : this.#store.read([ref], afterMs, endMs, nowMs)[0];
    };
    const own = read(labels);
    const isSum = judgedBy === "mean" && own?.histograms === undefined;
    const samples = isSum ? withCounts(own, read(countOf(labels))) : own;
    this.#samples += samples?.timestamps.length ?? 0;
    return samples === undefined ? [] : pointsOf(samples, judgedBy);
  }
}

/** Of each point the value of a day before it, or the last one before that; none where nothing is known. */
function aDayBefore(points: readonly Point[], before: readonly Point[]): readonly number[] {
  let k = 0;
  if (before.length === 0) return [];
  return points.map(({ t }) => {
    while (k + 1 < before.length && (before[k + 1] as Point).t <= t - DAY) k++;
    return (before[k] as Point).value;
  });
}

/** Of the levels that some values in a row tell, and of what is known already. */
function farthestOf(values: readonly number[], expected: number, known = newestMedian(values, NEWEST_VALUES)): number {
  let farthest = known;
  const stride = Math.max(1, Math.floor(values.length / MOST_LEVELS));
  for (let end = NEWEST_VALUES; end <= values.length; end += stride) {
    const level = newestMedian(values.slice(end - NEWEST_VALUES, end), NEWEST_VALUES);
    if (Math.abs(level - expected) > Math.abs(farthest - expected)) farthest = level;
  }
  return farthest;
}

function withEnd(anomaly: RecentAnomaly, known: Known | undefined): RecentAnomaly {
  const { back = false, level, farthest, backAt } = known ?? {};
  // Whether what one value tells goes on the newest says.
  if (!isToldByMany(anomaly.kind)) return backAt === undefined || !hasPassed(anomaly) ? anomaly : { ...anomaly, backAt };
  // What is on its way back went as far as it went.
  const goesBack = level !== undefined && farthest !== undefined && (level - anomaly.expected) / (farthest - anomaly.expected) < 1 / 2;
  const went = back || goesBack ? farthest : level;
  return { ...anomaly, back, ...(went === undefined ? {} : { level: went }), ...(back && backAt !== undefined ? { backAt } : {}) };
}

interface Point {
  readonly t: number;
  readonly value: number;
}

const of = ({ value }: Point): number => value;

function pointsOf({ timestamps, values, counts, histograms }: JudgedSamples, judgedBy: RecentAnomaly["judgedBy"]): readonly Point[] {
  const sum = (i: number): number => histograms?.[i]?.sum ?? (values[i] as number);
  const counted = (i: number): number => histograms?.[i]?.count ?? counts?.[i] ?? Number.NaN;
  const valueAt = (i: number): number => {
    if (judgedBy === "value") return values[i] as number;
    const anew = beganAnew(sum(i - 1), sum(i));
    const grown = anew ? sum(i) : sum(i) - sum(i - 1);
    if (judgedBy === "rate") return grown / (((timestamps[i] as number) - (timestamps[i - 1] as number)) / 1000);
    return grown / (anew ? counted(i) : counted(i) - counted(i - 1));
  };
  const points: Point[] = [];
  for (let i = judgedBy === "value" ? 0 : 1; i < timestamps.length; i++) {
    const value = valueAt(i);
    if (Number.isFinite(value)) points.push({ t: timestamps[i] as number, value });
  }
  return points;
}
