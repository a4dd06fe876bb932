import { ByteReader } from "../encoding/byte-reader.ts";
import { ByteWriter } from "../encoding/byte-writer.ts";
import type { Result } from "../model/result.ts";
import type { BatchSeries, SampleBatch } from "../model/sample.ts";
import { type Column, type NewSeries, readBody, writeBody } from "./columns.ts";
import { readExemplars, writeExemplars } from "./exemplars.ts";
import { MAX_BATCH_BYTES } from "./limits.ts";
import { WireError, decoding } from "./wire-error.ts";

/** First byte of every batch without exemplars. */
export const BATCH_VERSION = 1;
/** Of one with exemplars, which stand before the body. */
const WITH_EXEMPLARS = 2;

/**
 * A batch that stands alone, dictionary and columns. Throws RangeError when `batch` itself is impossible: a timestamp that
 * is not a whole ms, columns of unequal length, histogram spans that do not fit their buckets.
 */
export function encodeBatch(batch: SampleBatch): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(1024);
  const exemplars = batch.exemplars ?? [];
  writer.u8(exemplars.length === 0 ? BATCH_VERSION : WITH_EXEMPLARS);
  if (exemplars.length > 0) writeExemplars(writer, exemplars);
  const series: NewSeries[] = [];
  const columns: Column[] = [];
  for (const [ref, one] of batch.series.entries()) {
    series.push({ ref, labels: one.labels, metadata: one.metadata, temporality: one.temporality });
    columns.push({
      ref,
      timestamps: one.timestamps,
      values: one.values,
      ...(one.histograms === undefined ? {} : { histograms: one.histograms }),
    });
  }
  writeBody(writer, series, columns);
  return writer.copy();
}

/** Series keep their order. Errors: `unsupported_version`, `too_large`, `truncated`, `malformed`, `limit_exceeded`. */
export function decodeBatch(bytes: Uint8Array): Result<SampleBatch> {
  return decoding("batch", () => {
    if (bytes.length > MAX_BATCH_BYTES) throw new WireError("too_large", `${bytes.length} bytes, at most ${MAX_BATCH_BYTES}`);
    const reader = new ByteReader(bytes);
    const version = reader.u8();
    if (version !== BATCH_VERSION && version !== WITH_EXEMPLARS)
      throw new WireError("unsupported_version", `version ${version}, this side reads up to ${WITH_EXEMPLARS}`);
    const exemplars = version === WITH_EXEMPLARS ? readExemplars(reader) : [];
    const { newSeries, columns } = readBody(reader);
    const series: BatchSeries[] = Array.from({ length: newSeries.length });
    for (const { ref, ...samples } of columns) {
      const one = newSeries[ref];
      if (one === undefined || one.ref !== ref || series[ref] !== undefined)
        throw new WireError("malformed", `column of series ${ref}, which it does not name or names twice`);
      series[ref] = { labels: one.labels, metadata: one.metadata, temporality: one.temporality, ...samples };
    }
    if (columns.length !== newSeries.length) throw new WireError("malformed", `${newSeries.length} series but ${columns.length} columns`);
    return exemplars.length === 0 ? { series } : { series, exemplars };
  });
}
