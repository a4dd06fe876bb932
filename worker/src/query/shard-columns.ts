import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { SelectRequest } from "@sightline/shared/promql/api";
import { Pace, SERIES_NS } from "@sightline/shared/promql/evaluation/pace";
import { decodeBatch, encodeBatch } from "@sightline/shared/protocol/batch";
import type { ShardColumns } from "../objects/rpc.ts";
import { type QuerySource, selectInSteps } from "./query-source.ts";
import { SelectRefusal } from "./select-refusal.ts";

const UNKNOWN = { type: "unknown", unit: "", help: "" } as const;
/** Series and samples of one batch, more or less: to pack or unpack it takes some ms. */
const MOST_SERIES = 1000;
const MOST_SAMPLES = 200_000;
/** To pack or unpack a series with its labels, and a sample. */
const PACK_SERIES_NS = 2 * SERIES_NS;
const PACK_NS = 15;

/** What the requests read in one shard, for the shard that evaluates. A request that nothing matches costs nothing but the look at the index. */
export async function encodeColumns(
  source: QuerySource,
  requests: readonly SelectRequest[],
  pause: () => Promise<void>,
): Promise<Result<readonly (ShardColumns | null)[]>> {
  const pace = new Pace();
  try {
    const { series: read, infos, warnings } = await selectInSteps(source, requests, pace, pause);
    const noted = infos.length + warnings.length > 0;
    const columns: (ShardColumns | null)[] = [];
    for (const series of read) {
      if (series.length === 0 && !noted) {
        columns.push(null);
        continue;
      }
      const batches: ArrayBuffer[] = [];
      for (let from = 0; from < series.length;) {
        const { to, samples } = nextBatch(series, from);
        const rows = series.slice(from, to).map((one) => ({ ...one, metadata: UNKNOWN, temporality: "cumulative" as const }));
        batches.push(encodeBatch({ series: rows }).buffer);
        if (pace.spend((to - from) * PACK_SERIES_NS + samples * PACK_NS)) await pause();
        from = to;
      }
      const rollups = series.map((one) => one.rollup);
      columns.push({ batches, rollups: rollups.some((one) => one !== undefined) ? rollups : [], ...(noted ? { infos, warnings } : {}) });
    }
    return ok(columns);
  } catch (error) {
    if (error instanceof SelectRefusal) return fail(error.code, error.message);
    throw error;
  }
}

function nextBatch(series: readonly SelectedSeries[], from: number): { readonly to: number; readonly samples: number } {
  let to = from;
  let samples = 0;
  while (to < series.length && to - from < MOST_SERIES && samples < MOST_SAMPLES) samples += series[to++]?.timestamps.length ?? 0;
  return { to, samples };
}

/** Failures: those of `decodeBatch`. */
export async function decodeColumns(
  columns: ShardColumns | null,
  pace: Pace,
  pause: () => Promise<void>,
): Promise<Result<readonly SelectedSeries[]>> {
  const all: SelectedSeries[] = [];
  for (const packed of columns?.batches ?? []) {
    const batch = decodeBatch(new Uint8Array(packed));
    if (!batch.ok) return batch;
    let samples = 0;
    for (const { labels, timestamps, values, histograms } of batch.value.series) {
      const rollup = columns?.rollups[all.length];
      samples += timestamps.length;
      all.push({
        labels,
        timestamps,
        values,
        ...(histograms === undefined ? {} : { histograms }),
        ...(rollup === undefined ? {} : { rollup }),
      });
    }
    if (pace.spend(batch.value.series.length * PACK_SERIES_NS + samples * PACK_NS)) await pause();
  }
  return ok(all);
}
