import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import { Pace, SERIES_NS } from "@sightline/shared/promql/evaluation/pace";
import { encodeBatch } from "@sightline/shared/protocol/batch";
import type { SeriesQuery } from "../objects/labels-rpc.ts";
import type { ExportCursor, ExportPage } from "../objects/rpc.ts";
import type { ArchiveVisit } from "../storage/archive-visit.ts";
import { ArchiveDamage, type RunArchive } from "../storage/run-archive.ts";
import type { SeriesStore } from "../storage/series-store.ts";
import { storedSpan } from "../storage/stored-span.ts";
import { forgottenPart } from "./export-forgotten.ts";
import { matchUnion } from "./label-reads.ts";
import { inSteps } from "./query-source.ts";
import type { SeriesReads } from "./series-reads.ts";
import { unboundArchive, unreadArchive } from "./missing-samples.ts";

const DAY_MS = 86_400_000;
/** Samples at which a page ends; one slice of series more may be in it. */
const PAGE_SAMPLES = 100_000;
/** Samples that take as long as a series with its labels: of very many label values a page has few series. */
const SERIES_SAMPLES = 250;
/** Series of one metric that walk through the days together: a day's blocks are then read once for all of them. */
const GROUP_SERIES = 512;
/** Series of a page's first read: a day of them at a sample a second is 700,000 samples, the largest a page can be. */
const FIRST_SERIES = 8;
/** The last ms a Date can hold. */
const EVER = 8.64e15;
const UNKNOWN = { type: "unknown", unit: "", help: "" } as const;

/** To unpack a sample, and to look at a series' metric. */
export const SAMPLE_NS = 5;
const METRIC_NS = 150;
/** Work after which others go first, ns. */
export const SHARE_NS = 5_000_000;

/** How others go first while a page is made. */
interface Run {
  readonly pace: Pace;
  readonly pause: () => Promise<void>;
}

interface MetricRefs {
  readonly metric: string;
  /** Ascending. */
  readonly refs: readonly number[];
}

interface Plan {
  readonly selectors: string;
  readonly end: number;
  readonly size: number;
  readonly metrics: readonly MetricRefs[];
}

/** The plan of the export under way, so that a page need not match its selectors anew; any other is made again. */
const plans = new WeakMap<SeriesStore, Plan>();

async function planOf(reads: SeriesReads, query: SeriesQuery, run: Run): Promise<Result<Plan>> {
  const { index } = reads.store;
  const selectors = JSON.stringify([query.matchers, query.limit]);
  const known = plans.get(reads.store);
  if (known?.selectors === selectors && known.end === index.end && known.size === index.size) return ok(known);
  // As it was before: whatever comes in between is not in this plan, and the next one must find that out.
  const { end, size } = index;
  const matched = await inSteps(matchUnion(reads.store, query.matchers, run.pace), run.pause);
  if (!matched.ok) return matched;
  const byMetric = new Map<string, number[]>();
  for (const ref of query.limit > 0 ? matched.value.slice(0, query.limit) : matched.value) {
    const metric = index.metric(ref);
    const refs = byMetric.get(metric);
    if (refs === undefined) byMetric.set(metric, [ref]);
    else refs.push(ref);
    if (run.pace.spend(METRIC_NS)) await run.pause();
  }
  const metrics = [...byMetric].map(([metric, refs]) => ({ metric, refs })).sort((a, b) => (a.metric < b.metric ? -1 : 1));
  const plan = { selectors, end, size, metrics };
  plans.set(reads.store, plan);
  return ok(plan);
}

/** First index whose element is not below `value`. */
function firstFrom(refs: readonly number[], value: number): number {
  const found = refs.findIndex((ref) => ref >= value);
  return found === -1 ? refs.length : found;
}

/**
 * The next part of everything that selectors match: metric by metric, a group of its series day by day, so that memory
 * holds about `pageSamples` whatever is asked for. `cursor` null begins; `pause` lets others go first. A series may be in many pages; its samples come
 * oldest first, those that only the archive has among them; series of which the object knows nothing any more come last. Failures: those of selectors; `unavailable` when the archive
 * cannot be reached, `archive_damaged` when what it should have is not there, `archive_unbound` when none is bound that has a part of it.
 */
export async function exportPage(
  reads: SeriesReads,
  archive: RunArchive | null,
  query: SeriesQuery,
  cursor: ExportCursor | null,
  pageSamples = PAGE_SAMPLES,
  pause: () => Promise<void> = () => Promise.resolve(),
): Promise<Result<ExportPage>> {
  // The call is a share by itself.
  const run = { pace: new Pace(SHARE_NS, SHARE_NS), pause };
  return whileArchived(archive, async () => {
    const planned = await planOf(reads, query, run);
    return planned.ok ? await nextPage(reads, archive, planned.value, query, cursor, pageSamples, run) : planned;
  });
}

/** Failures of the archive as values: `unavailable`, `archive_damaged`. */
export async function whileArchived<T>(archive: RunArchive | null, read: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await read();
  } catch (error) {
    if (archive === null) throw error;
    if (error instanceof ArchiveDamage) return fail("archive_damaged", error.message);
    return { ok: false, error: unreadArchive(error instanceof Error ? error.message : String(error)) };
  }
}

/** The times that a query can find anything in: after `startMs`, up to `endMs`. Failure `archive_unbound`. */
export async function spanOf(
  reads: SeriesReads,
  archive: RunArchive | null,
  query: SeriesQuery,
): Promise<Result<{ readonly now: number; readonly startMs: number; readonly endMs: number }>> {
  const asked = { startMs: query.startMs - 1, endMs: Math.min(query.endMs, EVER) };
  const unbound = archive === null ? unboundArchive(reads, asked.startMs, asked.endMs) : null;
  if (unbound !== null) return { ok: false, error: unbound };
  const stored = storedSpan(reads.store);
  // What may not leave before it is archived can be older than the retention. Who asks for the last minutes needs no archive.
  const archived = archive?.reaches(asked.startMs, asked.endMs) === true ? await archive.days() : null;
  const startMs = Math.max(asked.startMs, Math.min(stored.oldest, (archived?.oldest ?? Infinity) * DAY_MS) - 1);
  const endMs = Math.min(asked.endMs, Math.max(stored.newest, ((archived?.newest ?? -Infinity) + 1) * DAY_MS));
  return ok({ now: reads.now(), startMs, endMs });
}

async function nextPage(
  reads: SeriesReads,
  archive: RunArchive | null,
  { metrics }: Plan,
  query: SeriesQuery,
  cursor: ExportCursor | null,
  pageSamples: number,
  { pace, pause }: Run,
): Promise<Result<ExportPage>> {
  const span = await spanOf(reads, archive, query);
  if (!span.ok) return span;
  const { now, startMs, endMs } = span.value;
  let matched = 0;
  for (const { refs } of metrics) matched += refs.length;
  const found: SelectedSeries[] = [];
  let samples = 0;
  const [after, begun] = cursor !== null && "archivedRun" in cursor ? [cursor, null] : [null, cursor];
  let at = begun;
  let m = begun === null ? 0 : metrics.findIndex(({ metric }) => metric >= begun.metric);
  if (m === -1 || after !== null) m = metrics.length;
  // A metric that is gone since the last page takes its place in the group with it.
  if (at !== null && metrics[m]?.metric !== at.metric) at = null;
  if (startMs >= endMs) m = metrics.length;
  while (m < metrics.length) {
    const { metric, refs } = metrics[m] as MetricRefs;
    const first = at === null ? 0 : firstFrom(refs, at.groupFrom);
    const last = at === null ? Math.min(refs.length, GROUP_SERIES) : firstFrom(refs, at.groupTo + 1);
    let next = at === null ? first : firstFrom(refs, at.ref);
    const fromMs = at === null ? startMs : at.fromMs;
    const toMs = Math.min(endMs, (Math.floor(fromMs / DAY_MS) + 1) * DAY_MS);
    let width = FIRST_SERIES;
    while (next < last) {
      if (samples >= pageSamples) {
        const group = { groupFrom: refs[first] as number, groupTo: refs[last - 1] as number };
        return page(reads, found, matched, { metric, ref: refs[next] as number, ...group, fromMs });
      }
      const before = samples;
      const part = refs.slice(next, Math.min(last, next + width));
      const readPart = (visit?: ArchiveVisit): SelectedSeries[] => reads.store.read(part, fromMs, toMs, now, visit);
      const read = archive?.reaches(fromMs, toMs) === true ? await archive.throughWhole(readPart) : readPart();
      for (const one of read) {
        found.push(one);
        samples += one.timestamps.length + SERIES_SAMPLES;
      }
      next += part.length;
      if (pace.spend(part.length * SERIES_NS + (samples - before) * SAMPLE_NS)) await pause();
      // As many series as should fill the page, by what the last ones held.
      const each = (samples - before) / part.length;
      width = Math.max(1, Math.min(4 * width, Math.floor((pageSamples - samples) / Math.max(each, 1))));
    }
    if (toMs < endMs && last > first) {
      const ref = refs[first] as number;
      at = { metric, ref, groupFrom: ref, groupTo: refs[last - 1] as number, fromMs: toMs };
    } else if (last < refs.length) {
      const ref = refs[last] as number;
      const groupTo = refs[Math.min(refs.length, last + GROUP_SERIES) - 1] as number;
      at = { metric, ref, groupFrom: ref, groupTo, fromMs: startMs };
    } else {
      m++;
      at = null;
    }
  }
  if (archive?.reaches(startMs, endMs) !== true || (query.limit > 0 && matched >= query.limit)) return page(reads, found, matched, null);
  const rest = await forgottenPart(reads, archive, query.matchers, { startMs, endMs }, after, pageSamples - samples);
  if (!rest.ok) return rest;
  return page(reads, [...found, ...rest.value.series], matched, rest.value.next);
}

function page(reads: SeriesReads, found: readonly SelectedSeries[], matched: number, next: ExportCursor | null): Result<ExportPage> {
  return ok({ batch: batchOf(reads, found), matched, next });
}

/** Series in the batch encoding. */
export function batchOf(reads: SeriesReads, found: readonly SelectedSeries[]): ArrayBuffer {
  const series = found.map((one) => ({
    ...one,
    metadata: reads.metadataOf(one.labels) ?? UNKNOWN,
    temporality: "cumulative" as const,
  }));
  return encodeBatch({ series }).buffer;
}
