/**
 * Series of a subquery whose names are to be dropped and which are one series then, as of a metric that was renamed: `rate(old[5m]) or rate(new[5m])`. They are
 * joined where they have no step in common, as at the end of a query (merge-columns.ts); where they have one, that end says so.
 */
import { METRIC_NAME, seriesKey } from "../../model/labels.ts";
import type { WindowSeries } from "../select/window-series.ts";
import { withoutMetadata } from "./metadata-labels.ts";
import { type Pace, SERIES_NS, type Stepwise } from "./pace.ts";

/** To put a value in its place. */
const VALUE_NS = 8;

export function* joinRenamed(all: readonly WindowSeries[], pace: Pace): Stepwise<WindowSeries[]> {
  const names = new Set<string | undefined>();
  for (const { labels, dropName } of all) if (dropName) names.add(labels[METRIC_NAME]);
  if (names.size < 2) return [...all];
  const groups = new Map<string, WindowSeries[]>();
  for (const series of all) {
    const key = series.dropName ? seriesKey(withoutMetadata(series.labels)) : `named ${seriesKey(series.labels)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [series]);
    else group.push(series);
    if (pace.spend(2 * SERIES_NS)) yield;
  }
  const joined: WindowSeries[] = [];
  for (const group of groups.values()) {
    let one: WindowSeries | null = null;
    for (const series of group) {
      one = one === null ? series : joinedInTime(one, series);
      if (group.length > 1 && pace.spend(samplesOf(one ?? series) * VALUE_NS)) yield;
      if (one === null) break;
    }
    if (one === null) joined.push(...group);
    else joined.push(one);
  }
  return joined;
}

const samplesOf = ({ floats, histograms }: WindowSeries): number => floats.length + histograms.length;

/** Null where both have a value at one time. */
function joinedInTime(a: WindowSeries, b: WindowSeries): WindowSeries | null {
  const shared =
    meet(a.floatTimes, b.floatTimes) ||
    meet(a.floatTimes, b.histogramTimes) ||
    meet(a.histogramTimes, b.floatTimes) ||
    meet(a.histogramTimes, b.histogramTimes);
  if (shared) return null;
  const ofFloats = order(a.floatTimes, b.floatTimes);
  const ofHistograms = order(a.histogramTimes, b.histogramTimes);
  const histograms = [...a.histograms, ...b.histograms];
  return {
    labels: withoutMetadata(a.labels),
    dropName: false,
    floatTimes: inOrder(a.floatTimes, b.floatTimes, ofFloats),
    floats: inOrder(a.floats, b.floats, ofFloats),
    histogramTimes: inOrder(a.histogramTimes, b.histogramTimes, ofHistograms),
    histograms: Array.from(ofHistograms, (index) => histograms[index]).filter((histogram) => histogram !== undefined),
  };
}

/** Whether two rising columns have a value in common. */
function meet(a: Float64Array, b: Float64Array): boolean {
  let j = 0;
  for (const time of a) {
    while (j < b.length && (b[j] ?? 0) < time) j++;
    if (j === b.length) return false;
    if (b[j] === time) return true;
  }
  return false;
}

/** Places in `a` followed by `b`, both rising, by their values. */
function order(a: Float64Array, b: Float64Array): Uint32Array {
  const places = new Uint32Array(a.length + b.length);
  let [i, j] = [0, 0];
  for (let at = 0; at < places.length; at++) {
    const first = j === b.length || (i < a.length && (a[i] ?? 0) < (b[j] ?? 0));
    places[at] = first ? i++ : a.length + j++;
  }
  return places;
}

const inOrder = (a: Float64Array, b: Float64Array, places: Uint32Array): Float64Array =>
  Float64Array.from(places, (place) => (place < a.length ? a[place] : b[place - a.length]) ?? 0);
