import type { Labels } from "@sightline/shared/model/labels";
import type { Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import { compareLabels, sortByLabels } from "@sightline/shared/promql/evaluation/label-order";
import { Pace, SERIES_NS } from "@sightline/shared/promql/evaluation/pace";
import type { SeriesQuery } from "../objects/labels-rpc.ts";
import type { OrderedCursor, OrderedPage } from "../objects/ordered-pages-rpc.ts";
import type { ArchiveVisit } from "../storage/archive-visit.ts";
import type { RunArchive } from "../storage/run-archive.ts";
import type { SeriesStore } from "../storage/series-store.ts";
import { batchOf, SAMPLE_NS, SHARE_NS, spanOf, whileArchived } from "./export-pages.ts";
import { matchUnion } from "./label-reads.ts";
import { inSteps } from "./query-source.ts";
import type { SeriesReads } from "./series-reads.ts";

const DAY_MS = 86_400_000;
/** Samples at which a page ends. */
const PAGE_SAMPLES = 200_000;
/** Series that are read together go through the days once: at most these samples of them. */
const GROUP_SAMPLES = 2 * PAGE_SAMPLES;
/** Samples that take as long as a series with its labels. */
const SERIES_SAMPLES = 250;

interface Ordered {
  readonly selectors: string;
  readonly end: number;
  readonly size: number;
  readonly series: readonly { readonly ref: number; readonly labels: Labels }[];
}

/** The order of the walk under way; any other is made again. */
const orders = new WeakMap<SeriesStore, Ordered>();

async function orderOf(reads: SeriesReads, query: SeriesQuery, pace: Pace, pause: () => Promise<void>): Promise<Result<Ordered>> {
  const { index } = reads.store;
  const selectors = JSON.stringify(query.matchers);
  const known = orders.get(reads.store);
  if (known?.selectors === selectors && known.end === index.end && known.size === index.size) return ok(known);
  const { end, size } = index;
  const matched = await inSteps(matchUnion(reads.store, query.matchers, pace), pause);
  if (!matched.ok) return matched;
  const found: { ref: number; labels: Labels }[] = [];
  for (const ref of matched.value) {
    const labels = index.labels(ref);
    if (labels !== undefined) found.push({ ref, labels });
    if (pace.spend(SERIES_NS)) await pause();
  }
  const order = { selectors, end, size, series: await inSteps(sortByLabels(found, pace), pause) };
  orders.set(reads.store, order);
  return ok(order);
}

/** Place of the first series that is not before these labels. */
function placeOf(series: Ordered["series"], labels: Labels): number {
  let low = 0;
  let high = series.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareLabels(series[middle]?.labels ?? {}, labels) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The next part of what selectors match, in the order of labels. A series is read day by day, and as many together as
 * should fill a page by what the ones before held; so memory holds two pages or a day of one series, whatever is asked for. Failures as of an export.
 */
export async function orderedPage(
  reads: SeriesReads,
  archive: RunArchive | null,
  query: SeriesQuery,
  cursor: OrderedCursor | null,
  pause: () => Promise<void>,
  pageSamples = PAGE_SAMPLES,
): Promise<Result<OrderedPage>> {
  const pace = new Pace(SHARE_NS, SHARE_NS);
  return whileArchived(archive, async (): Promise<Result<OrderedPage>> => {
    const ordered = await orderOf(reads, query, pace, pause);
    if (!ordered.ok) return ordered;
    const { series } = ordered.value;
    const span = await spanOf(reads, archive, query);
    if (!span.ok) return span;
    const { now, startMs, endMs } = span.value;
    const pieces: SelectedSeries[] = [];
    let samples = 0;
    let at = cursor === null ? 0 : placeOf(series, cursor.labels);
    if (startMs >= endMs) at = series.length;
    const first = series[at];
    const goesOn = cursor !== null && first !== undefined && compareLabels(first.labels, cursor.labels) === 0;
    let fromMs = goesOn ? Math.max(startMs, cursor.fromMs) : startMs;
    let width = 1;
    while (at < series.length) {
      const group = series.slice(at, at + width);
      const refs = group.map(({ ref }) => ref);
      const whole = fromMs === startMs;
      const groups: SelectedSeries[][] = group.map(() => []);
      let held = 0;
      let toMs = fromMs;
      while (toMs < endMs && held < (width === 1 ? pageSamples - samples : GROUP_SAMPLES)) {
        const from = toMs;
        toMs = Math.min(endMs, (Math.floor(from / DAY_MS) + 1) * DAY_MS);
        const readDay = (visit?: ArchiveVisit): (SelectedSeries | null)[] => reads.store.readPlaces(refs, from, toMs, now, visit);
        const day = archive?.reaches(from, toMs) === true ? await archive.throughWhole(readDay) : readDay();
        const before = held;
        for (const [i, one] of day.entries()) {
          if (one === null) continue;
          groups[i]?.push(one);
          held += one.timestamps.length;
        }
        if (pace.spend(refs.length * SERIES_NS + (held - before) * SAMPLE_NS)) await pause();
      }
      if (toMs < endMs && width > 1) {
        // More than those before them: one at a time.
        width = 1;
        continue;
      }
      for (const parts of groups) pieces.push(...parts);
      samples += held + group.length * SERIES_SAMPLES;
      if (toMs < endMs) {
        const { labels } = group[0] ?? { labels: {} };
        return ok({ batch: batchOf(reads, pieces), next: { labels, fromMs: toMs } });
      }
      at += group.length;
      fromMs = startMs;
      const next = series[at];
      if (next !== undefined && samples >= pageSamples)
        return ok({ batch: batchOf(reads, pieces), next: { labels: next.labels, fromMs: startMs } });
      const each = whole ? held / group.length + SERIES_SAMPLES : pageSamples;
      width = Math.max(1, Math.min(4 * width, Math.floor((pageSamples - samples) / each)));
    }
    return ok({ batch: batchOf(reads, pieces), next: null });
  });
}
