import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { Archive } from "./archive.ts";
import type { RunEntry } from "./run-manifest.ts";
import { dayOf, decodeManifest } from "./run-manifest.ts";
import { orderKeys } from "./run-reads.ts";
import { RUN_VERSION, RunRow } from "./run-row.ts";
import { LABEL_ROW, LABEL_VERSION, rowsOf } from "./run-store.ts";
import { SampleRun } from "./sample-run.ts";
import { unseal } from "./sealed-blob.ts";
import type { SeriesStore } from "./series-store.ts";
import type { SqlDatabase } from "./sql-database.ts";

const MAX_PROBLEMS = 20;

/**
 * Final runs of raw samples in an archive, row by row as `<shard>/rows/<day>/<run>/<row>`; the label is written last, as
 * `<shard>/labels/<day>/<run>`, so a run without one is not complete and not read. Days are padded so that keys sort by time.
 */
export class RunArchive {
  /** What could not be read, for the status. */
  readonly problems: string[] = [];
  readonly #archive: Archive;
  readonly #shard: string;
  readonly #database: SqlDatabase;
  readonly #store: SeriesStore;
  #next: { readonly generation: number; readonly run: RunEntry | null } = { generation: -1, run: null };

  constructor(archive: Archive, shard: string, database: SqlDatabase, store: SeriesStore) {
    this.#archive = archive;
    this.#shard = shard;
    this.#database = database;
    this.#store = store;
    store.retention.archiving = true;
  }

  /** The oldest finished run that the archive has not. */
  get pending(): RunEntry | null {
    const { runs, generation } = this.#store.runs;
    if (this.#next.generation !== generation) {
      const run = runs.find((one) => one.resolutionMs === 0 && one.level === 2 && !one.archived) ?? null;
      this.#next = { generation, run };
    }
    return this.#next.run;
  }

  /** Stores one run; rejects when the archive does, and then the run stays where it is. */
  async storeNext(): Promise<void> {
    const run = this.pending;
    if (run === null) return;
    const { runs } = this.#store;
    for (const row of [...run.rows.map(({ id }) => id), LABEL_ROW]) {
      // Merged with late samples meanwhile: what it became is stored in its turn.
      if (!runs.has(run.id)) return;
      await this.#archive.put(this.#keyOf(run, row), runs.body(run.id, row));
    }
    if (runs.has(run.id)) this.#database.transaction(() => runs.markArchived(run.id));
  }

  /** As `SeriesStore.read`, with the days that only the archive has. Rejects when it cannot be reached. */
  async read(refs: readonly number[], startMs: number, endMs: number, nowMs: number): Promise<SelectedSeries[]> {
    const samples = refs.map(() => new SampleRun());
    const { runs, index } = this.#store;
    const oldest = runs.runs.reduce((day, run) => (run.resolutionMs === 0 ? Math.min(day, run.day) : day), dayOf(nowMs));
    if (dayOf(startMs + 1) < oldest) {
      for (const run of await this.#labels(dayOf(startMs + 1), Math.min(oldest, dayOf(endMs)))) {
        if (!runs.has(run.id)) await this.#readRun(run, refs, startMs, endMs, samples);
      }
    }
    const places = new Map(refs.map((ref, at) => [index.get(ref)?.labels, at] as const));
    for (const { labels, timestamps, values, histograms } of this.#store.read(refs, startMs, endMs, nowMs)) {
      const into = samples[places.get(labels) ?? -1];
      if (into === undefined) continue;
      if (histograms === undefined) into.pushColumns(timestamps, values, null, startMs, endMs);
      else for (const [i, t] of timestamps.entries()) into.pushHistogram(t, histograms[i], values[i]);
    }
    return refs.flatMap((ref, at) => {
      const labels = index.get(ref)?.labels;
      const found = samples[at];
      return labels === undefined || found === undefined || found.length === 0 ? [] : [{ labels, ...found.settle() }];
    });
  }

  /** Days since the epoch of the first complete run; null while there is none. Rejects when the archive cannot be reached. */
  async oldestDay(): Promise<number | null> {
    const labels = `${this.#shard}/labels/`;
    const [first] = await this.#archive.list(labels);
    return first === undefined ? null : Number.parseInt(first.slice(labels.length), 10);
  }

  #keyOf({ day, id }: RunEntry, row: number): string {
    const padded = String(day).padStart(6, "0");
    return row === LABEL_ROW ? `${this.#shard}/labels/${padded}/${id}` : `${this.#shard}/rows/${padded}/${id}/${row}`;
  }

  /** Complete runs of the days asked for, oldest write first. */
  async #labels(fromDay: number, toDay: number): Promise<RunEntry[]> {
    const found: RunEntry[] = [];
    const labels = `${this.#shard}/labels/`;
    for (const key of await this.#archive.list(labels)) {
      const day = Number.parseInt(key.slice(labels.length), 10);
      if (day < fromDay || day > toDay) continue;
      const body = await this.#archive.get(key);
      const opened = body === null ? null : unseal("label", LABEL_VERSION, body);
      if (opened?.ok === true) found.push(...decodeManifest(opened.value.body).runs);
      else this.#damaged(key);
    }
    return found.sort((a, b) => a.order - b.order);
  }

  async #readRun(run: RunEntry, refs: readonly number[], startMs: number, endMs: number, samples: readonly SampleRun[]): Promise<void> {
    const keys = orderKeys(refs, this.#store.metricOf);
    const places = new Map(keys.refs.map((ref, at) => [ref, keys.places[at] as number] as const));
    for (const entry of rowsOf(run, keys)) {
      const key = this.#keyOf(run, entry.id);
      const body = await this.#archive.get(key);
      const opened = body === null ? null : unseal("run", RUN_VERSION, body);
      if (opened === null || !opened.ok) {
        this.#damaged(key);
        continue;
      }
      const row = new RunRow(opened.value.body);
      for (let chunk = 0; chunk < row.refs.length; chunk++) {
        const at = places.get(row.refs[chunk] as number);
        if (at !== undefined) samples[at]?.pushColumns(row.times(chunk), row.values(chunk), row.histograms(chunk), startMs, endMs);
      }
    }
  }

  #damaged(key: string): void {
    if (this.problems.length < MAX_PROBLEMS)
      this.problems.push(`${key} of the archive is missing or damaged and was left out of an answer`);
  }
}
