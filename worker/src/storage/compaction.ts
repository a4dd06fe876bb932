import type { MetricType } from "@sightline/shared/model/metric";
import type { CompactionPlan } from "./compaction-plan.ts";
import { addChunks } from "./day-runs.ts";
import { RollupTiers, RESOLUTIONS } from "./rollup-tiers.ts";
import type { BuiltRun } from "./run-builder.ts";
import { RunBuilder } from "./run-builder.ts";
import { RunCursor } from "./run-cursor.ts";
import { type RunEntry, isWholeDay } from "./run-manifest.ts";
import { RunStore, compareKeys } from "./run-store.ts";
import { SampleRun } from "./sample-run.ts";
import type { SqlDatabase } from "./sql-database.ts";

const MERGED_ROW_BYTES = 224_000;
const FINAL_ROW_BYTES = 480_000;
/** What one step takes on, whatever comes first: a row, or as much as keeps it within some 30 ms. */
const STEP_SAMPLES = 50_000;
const STEP_SERIES = 800;
/** A histogram takes as long as so many floats. */
const HISTOGRAM_SAMPLES = 16;

export interface CompactionPorts {
  readonly database: SqlDatabase;
  readonly runs: RunStore;
  /** Empty for a series that is forgotten. */
  readonly metricOf: (ref: number) => string;
  readonly typeOf: (ref: number) => MetricType | undefined;
  /** Raw samples of the day are in the archive alone. */
  readonly isAway: (day: number) => boolean;
}

/**
 * The merge of several runs of a day into one, a bounded step at a time. Nothing is seen of it before the last step,
 * which swaps the manifest and drops the inputs in one transaction; interrupted, it is begun again.
 */
export class Compaction {
  readonly #ports: CompactionPorts;
  readonly #plan: CompactionPlan;
  readonly #cursors: RunCursor[];
  readonly #id: number;
  readonly #builder: RunBuilder;
  readonly #tiers: RollupTiers | null;
  /** Aggregates of the day as it was. */
  readonly #aggregates: readonly number[];
  /** Other samples of the day have left already: aggregates are not made of the few that came after, whether those of all are still there or not. */
  readonly #others: boolean;
  readonly #samples = new SampleRun();

  constructor(ports: CompactionPorts, plan: CompactionPlan, nowMs: number) {
    const { runs, metricOf } = ports;
    this.#ports = ports;
    this.#plan = plan;
    this.#cursors = plan.inputs.map((run) => new RunCursor(runs, run, metricOf, nowMs));
    const aggregates = runs.runs.filter((run) => run.day === plan.day && run.resolutionMs !== 0);
    this.#others = aggregates.length > 0 || ports.isAway(plan.day);
    const withTiers = plan.level === 2 && (!this.#others || plan.inputs.some(isWholeDay));
    const [id = 0, ...ids] = runs.beginLasting(withTiers ? 1 + RESOLUTIONS.length : 1);
    this.#id = id;
    this.#aggregates = aggregates.map((run) => run.id);
    const rowBytes = plan.level === 2 ? FINAL_ROW_BYTES : MERGED_ROW_BYTES;
    this.#builder = new RunBuilder(rowBytes, runs.encode, (row, body) => runs.writeRow(id, row, body));
    this.#tiers = withTiers ? new RollupTiers(runs, ids) : null;
  }

  /** False when an input has left meanwhile, as retention makes it: then `abandon`. */
  get possible(): boolean {
    return this.#plan.inputs.every((run) => this.#ports.runs.has(run.id));
  }

  abandon(): void {
    this.#ports.database.transaction(() => this.#ports.runs.drop([this.#id, ...(this.#tiers?.ids ?? [])]));
  }

  /** True when it is done and visible. */
  step(nowMs: number): boolean {
    const written = this.#rows();
    let samples = 0;
    for (let series = 0; series < STEP_SERIES && samples < STEP_SAMPLES; series++) {
      const taken = this.#mergeNext(nowMs);
      if (taken < 0) {
        this.#finish(nowMs);
        return true;
      }
      samples += taken;
      if (this.#rows() > written) return false;
    }
    return false;
  }

  #rows(): number {
    return this.#builder.rows + (this.#tiers?.rows ?? 0);
  }

  /** The next series of all inputs; returns its samples, or -1 at the end. */
  #mergeNext(nowMs: number): number {
    let least: RunCursor | null = null;
    for (const cursor of this.#cursors) {
      if (cursor.done) continue;
      if (least === null || compareKeys(cursor.metric, cursor.ref, least.metric, least.ref) < 0) least = cursor;
    }
    if (least === null) return -1;
    const { metric, ref } = least;
    const samples = this.#samples;
    samples.clear();
    for (const cursor of this.#cursors) {
      while (!cursor.done && cursor.ref === ref) {
        try {
          const { row, chunk } = cursor;
          if (row === null) break;
          samples.pushColumns(row.times(chunk), row.values(chunk), row.histograms(chunk), -Infinity, Infinity);
        } catch (error) {
          cursor.skipRow(error, nowMs);
          continue;
        }
        cursor.advance(nowMs);
      }
    }
    const settled = samples.settle();
    const { timestamps } = settled;
    addChunks(this.#builder, metric, ref, settled, 0, timestamps.length);
    this.#tiers?.add(metric, ref, settled, this.#ports.typeOf(ref));
    return settled.histograms === undefined ? timestamps.length : timestamps.length * HISTOGRAM_SAMPLES;
  }

  #finish(nowMs: number): void {
    const { runs, database } = this.#ports;
    const { day, level, inputs } = this.#plan;
    // The archive may have been looked at for the first time since it began.
    const others = this.#others || this.#ports.isAway(day);
    const order = Math.max(...inputs.map((run) => run.order));
    const entryOf = (id: number, resolutionMs: number, built: BuiltRun): RunEntry =>
      RunStore.entry(built, { id, order, day, level, resolutionMs, nowMs });
    database.transaction(() => {
      const built = this.#builder.finish();
      const tiers = this.#tiers?.finish(entryOf) ?? { entries: [], unused: [] };
      // A row may have turned out to be damaged meanwhile.
      const keptAggregates = level === 2 && others && !inputs.some(({ id }) => runs.runs.some((run) => run.id === id && isWholeDay(run)));
      const merged = built === null ? [] : [{ ...entryOf(this.#id, 0, built), ...(keptAggregates ? { partial: true as const } : {}) }];
      const unused = [...inputs.map(({ id }) => id), ...tiers.unused, ...(built === null ? [this.#id] : [])];
      if (keptAggregates) runs.publish(merged, [...unused, ...tiers.entries.map(({ id }) => id)]);
      else runs.publish([...merged, ...tiers.entries], [...unused, ...(this.#tiers === null ? [] : this.#aggregates)]);
    });
  }
}
