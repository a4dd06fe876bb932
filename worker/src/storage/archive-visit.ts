import type { Matcher } from "@sightline/shared/model/matcher";
import { type Labels, METRIC_NAME, seriesKey } from "@sightline/shared/model/labels";
import type { Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { ArchiveCatalog } from "./archive-catalog.ts";
import { type MatcherPredicate, matcherPredicate } from "./matcher-predicate.ts";
import { orderKeys } from "./ordered-keys.ts";
import type { RowEntry, RunEntry } from "./run-manifest.ts";
import { DAY_MS, dayOf } from "./run-manifest.ts";
import type { RunRow } from "./run-row.ts";
import type { RunKeys, RunStore } from "./run-store.ts";
import { rowsOf } from "./run-store.ts";
import { SampleRun } from "./sample-run.ts";
import type { IndexedSeries, SeriesIndex } from "./series-index.ts";

/** What a read lacked: a row of a run, or (null) the definitions of its series. */
export interface Lacking {
  readonly run: RunEntry;
  readonly row: RowEntry | null;
}

/** What the object itself knows and has. */
export interface KnownSeries {
  readonly index: SeriesIndex;
  readonly runs: Pick<RunStore, "runs" | "holds">;
}

export interface ArchivedRow {
  readonly run: RunEntry;
  readonly row: RowEntry;
}

/** Runs of an archive that may hold series which the object does not know: of days older than anything in it, and those of which it came to know as they were. */
export function forgottenRuns(archived: readonly RunEntry[], startMs: number, endMs: number, { runs }: KnownSeries): readonly RunEntry[] {
  const kept = runs.runs.reduce((day, run) => Math.min(day, run.day), Infinity);
  return archived.filter((run) => (run.day < kept || run.apart === true) && run.day >= dayOf(startMs + 1) && run.day * DAY_MS < endMs);
}

const lackingKey = ({ run, row }: Lacking): string => `${run.id}/${row === null ? "series" : row.id}`;

/**
 * The archive as one synchronous read sees it: what was brought is there, and what is not is noted in `lacking` and passed
 * over. Whoever reads brings that and reads once more, until nothing lacks.
 */
export class ArchiveVisit {
  readonly #catalog: ArchiveCatalog;
  readonly #store: KnownSeries;
  /** Null for what is damaged or gone from the archive. */
  readonly #rows = new Map<string, RunRow | null>();
  readonly #series = new Map<number, readonly IndexedSeries[]>();
  /** Of runs whose series have other numbers: theirs by those of here. */
  readonly #numbers = new Map<number, ReadonlyMap<number, number>>();
  readonly lacking = new Map<string, Lacking>();
  /** What was asked of the archive and is missing there or damaged, by key: its samples are not in what was read. */
  readonly missing = new Map<string, Pick<RunEntry, "day">>();

  constructor(catalog: ArchiveCatalog, store: KnownSeries) {
    this.#catalog = catalog;
    this.#store = store;
  }

  get runs(): readonly RunEntry[] {
    return this.#catalog.runs;
  }

  /** Days since the epoch of which it has raw samples, and all of what was asked for. */
  get days(): ReadonlySet<number> {
    const days = new Set(this.runs.filter(({ partial }) => partial !== true).map(({ day }) => day));
    for (const { day } of this.missing.values()) days.delete(day);
    return days;
  }

  /** Whatever is read of these times: days in them whose runs are not known are missing. */
  reach(startMs: number, endMs: number): void {
    for (const one of this.#catalog.unlabelled)
      if (one.day >= dayOf(startMs + 1) && one.day * DAY_MS < endMs) this.missing.set(one.key, one);
  }

  get rowsBrought(): number {
    return this.#rows.size;
  }

  bring(run: RunEntry, row: RowEntry, body: RunRow | null): void {
    this.#rows.set(lackingKey({ run, row }), body);
  }

  bringSeries(run: RunEntry, series: readonly IndexedSeries[]): void {
    this.#series.set(run.id, series);
  }

  /** As `RunStore.read`, over what was brought. A row that cannot be decoded counts as damaged from then on. */
  read(run: RunEntry, keys: RunKeys, visit: (row: RunRow, chunk: number, at: number) => void): void {
    if (run.apart !== true) return this.#readAsNumbered(run, keys, visit);
    const numbers = this.#numbersIn(run);
    const isHere = this.#store.runs.holds(run);
    const metrics = new Map<number, string>();
    const places: number[] = [];
    for (let at = 0; at < keys.refs.length; at++) {
      const ref = keys.refs[at] as number;
      const number = numbers.get(ref);
      // What the object has under its own number is read there.
      if (number === undefined || (isHere && number === ref)) continue;
      metrics.set(number, keys.metrics[at] as string);
      places.push(at);
    }
    const theirs = orderKeys([...metrics.keys()], (number) => metrics.get(number) as string);
    this.#readAsNumbered(run, theirs, (row, chunk, at) => visit(row, chunk, places[theirs.places[at] as number] as number));
  }

  #definitionsOf(run: RunEntry): readonly IndexedSeries[] | null {
    const series = this.#series.get(run.id);
    if (series === undefined) this.lacking.set(lackingKey({ run, row: null }), { run, row: null });
    return series ?? null;
  }

  #numbersIn(run: RunEntry): ReadonlyMap<number, number> {
    const known = this.#numbers.get(run.id);
    if (known !== undefined) return known;
    const numbers = new Map<number, number>();
    const series = this.#definitionsOf(run);
    for (const { ref, labels } of series ?? []) {
      const own = this.#store.index.find(labels);
      if (own !== undefined) numbers.set(own, ref);
    }
    if (series !== null) this.#numbers.set(run.id, numbers);
    return numbers;
  }

  #readAsNumbered(run: RunEntry, keys: RunKeys, visit: (row: RunRow, chunk: number, at: number) => void): void {
    const places = new Map(keys.refs.map((ref, at) => [ref, at] as const));
    for (const entry of rowsOf(run, keys)) {
      const key = lackingKey({ run, row: entry });
      const row = this.#rows.get(key);
      if (row === undefined) this.lacking.set(key, { run, row: entry });
      if (row === undefined || row === null) continue;
      for (let chunk = 0; chunk < row.refs.length; chunk++) {
        const at = places.get(row.refs[chunk] as number);
        if (at !== undefined) visit(row, chunk, at);
      }
    }
  }

  /**
   * Samples with startMs < t <= endMs of series that the index has forgotten, which is when nothing of them is left in
   * the object: their definitions lie beside their runs. Of one row alone with `only`. Failures: those of matchers.
   */
  forgotten(
    matchers: readonly Matcher[],
    startMs: number,
    endMs: number,
    store: KnownSeries,
    only?: ArchivedRow,
  ): Result<readonly SelectedSeries[]> {
    this.reach(startMs, endMs);
    const runs = only === undefined ? forgottenRuns(this.runs, startMs, endMs, store) : [{ ...only.run, rows: [only.row] }];
    if (runs.length === 0) return ok([]);
    const predicates: MatcherPredicate[] = [];
    for (const matcher of matchers) {
      const predicate = matcherPredicate(matcher);
      if (!predicate.ok) return predicate;
      predicates.push(predicate.value);
    }
    const isKnown = ({ apart }: RunEntry, { ref, labels }: IndexedSeries): boolean =>
      apart === true ? store.index.find(labels) !== undefined : store.index.has(ref);
    const wanted = ({ labels }: IndexedSeries): boolean => predicates.every(({ name, matches }) => matches(labels[name] ?? ""));
    const found = new Map<string, { readonly labels: Labels; readonly samples: SampleRun }>();
    for (const run of runs) {
      const series = this.#definitionsOf(run);
      if (series === null) continue;
      const labelsOf = new Map(series.filter((one) => !isKnown(run, one) && wanted(one)).map(({ ref, labels }) => [ref, labels] as const));
      const keys = orderKeys([...labelsOf.keys()], (ref) => labelsOf.get(ref)?.[METRIC_NAME] ?? "");
      this.#readAsNumbered(run, keys, (row, chunk, at) => {
        const labels = labelsOf.get(keys.refs[at] as number) as Labels;
        const key = seriesKey(labels);
        let one = found.get(key);
        if (one === undefined) found.set(key, (one = { labels, samples: new SampleRun() }));
        one.samples.pushColumns(row.times(chunk), row.values(chunk), row.histograms(chunk), startMs, endMs);
      });
    }
    return ok([...found.values()].flatMap(({ labels, samples }) => (samples.length === 0 ? [] : [{ labels, ...samples.settle() }])));
  }
}
