import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { SelectRequest } from "@sightline/shared/promql/api";
import { decodeBatch, encodeBatch } from "@sightline/shared/protocol/batch";
import type { ShardColumns } from "../objects/rpc.ts";
import { type QuerySource, selectWhole } from "./query-source.ts";
import { SelectRefusal } from "./select-refusal.ts";

const UNKNOWN = { type: "unknown", unit: "", help: "" } as const;

/** What the requests read in one shard, for the shard that evaluates. A request that nothing matches costs nothing but the look at the index. */
export async function encodeColumns(
  source: QuerySource,
  requests: readonly SelectRequest[],
): Promise<Result<readonly (ShardColumns | null)[]>> {
  try {
    const { series: read, infos, warnings } = await selectWhole(source, requests);
    const noted = infos.length + warnings.length > 0;
    return ok(
      read.map((series) => {
        if (series.length === 0 && !noted) return null;
        const rows = series.map((one) => ({ ...one, metadata: UNKNOWN, temporality: "cumulative" as const }));
        const rollups = series.map((one) => one.rollup);
        const { buffer: batch } = encodeBatch({ series: rows });
        return { batch, rollups: rollups.some((one) => one !== undefined) ? rollups : [], ...(noted ? { infos, warnings } : {}) };
      }),
    );
  } catch (error) {
    if (error instanceof SelectRefusal) return fail(error.code, error.message);
    throw error;
  }
}

/** Failures: those of `decodeBatch`. */
export function decodeColumns(columns: ShardColumns | null): Result<readonly SelectedSeries[]> {
  if (columns === null) return ok([]);
  const batch = decodeBatch(new Uint8Array(columns.batch));
  if (!batch.ok) return batch;
  return ok(
    batch.value.series.map(({ labels, timestamps, values, histograms }, index) => {
      const rollup = columns.rollups[index];
      return {
        labels,
        timestamps,
        values,
        ...(histograms === undefined ? {} : { histograms }),
        ...(rollup === undefined ? {} : { rollup }),
      };
    }),
  );
}
