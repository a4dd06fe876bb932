import type { MetricType } from "@sightline/shared/model/metric";
import type { SeriesSamples } from "@sightline/shared/model/sample";
import { rollUpSamples } from "@sightline/shared/promql/histogram/roll-up";
import { RunBuilder } from "./run-builder.ts";
import type { RunEntry } from "./run-manifest.ts";
import type { RunStore } from "./run-store.ts";
import { writeRollup } from "./rollup-chunk.ts";

const MINUTE = 60_000;
/** Fine to coarse, ms. */
export const RESOLUTIONS: readonly number[] = [MINUTE, 5 * MINUTE, 60 * MINUTE];
const HOUR = 60 * MINUTE;
const ROW_BYTES = 224_000;

/** The runs of aggregates that come with the final run of a day. */
export class RollupTiers {
  readonly ids: readonly number[];
  readonly #builders: readonly RunBuilder[];
  readonly #worthSamples: number;

  constructor(store: RunStore, ids: readonly number[]) {
    this.ids = ids;
    this.#worthSamples = store.worthSamples;
    this.#builders = ids.map((id) => new RunBuilder(ROW_BYTES, store.encode, (row, body) => store.writeRow(id, row, body)));
  }

  /**
   * A whole day of a series, ascending; of a gauge, and of what is no counter and does not look like one, the coarsest tier keeps quantiles.
   * Of native histograms there is the coarsest tier alone: each bucket keeps two or more whole ones.
   */
  add(metric: string, ref: number, samples: SeriesSamples, type: MetricType | undefined): void {
    const { timestamps: times, values, histograms } = samples;
    const interval = ((times[times.length - 1] as number) - (times[0] as number)) / Math.max(1, times.length - 1);
    const resolutions = RESOLUTIONS.filter(
      (resolution) => resolution === HOUR || (histograms === undefined && times.length > 1 && interval * this.#worthSamples <= resolution),
    );
    const sketches = type === "gauge" || (type !== "counter" && !growsLikeCounter(values));
    const sketched = resolutions.map((resolution) => sketches && resolution === HOUR);
    for (const columns of rollUpSamples(samples, resolutions, sketched) ?? []) {
      const builder = this.#builders[RESOLUTIONS.indexOf(columns.resolutionMs)];
      if (builder === undefined) continue;
      builder.open(metric, ref);
      const kind = writeRollup(builder.packer.body, columns);
      builder.packer.end(ref, kind, columns.ends, 0, columns.ends.length);
    }
  }

  get rows(): number {
    return this.#builders.reduce((sum, builder) => sum + builder.rows, 0);
  }

  /** One entry a resolution that has any; the ids of the others are `unused`. */
  finish(entryOf: (id: number, resolutionMs: number, built: NonNullable<ReturnType<RunBuilder["finish"]>>) => RunEntry): {
    readonly entries: readonly RunEntry[];
    readonly unused: readonly number[];
  } {
    const entries: RunEntry[] = [];
    const unused: number[] = [];
    for (const [at, builder] of this.#builders.entries()) {
      const id = this.ids[at] as number;
      const built = builder.finish();
      if (built === null) unused.push(id);
      else entries.push(entryOf(id, RESOLUTIONS[at] as number, built));
    }
    return { entries, unused };
  }
}

/** Grows far oftener than it falls, and is no constant: senders that tell no types send counters, too. */
function growsLikeCounter(values: Float64Array): boolean {
  let rises = 0;
  let falls = 0;
  for (let i = 1; i < values.length; i++) {
    const step = (values[i] as number) - (values[i - 1] as number);
    if (step > 0) rises += 1;
    else if (step < 0) falls += 1;
  }
  return rises > 0 && falls * 50 <= rises;
}
