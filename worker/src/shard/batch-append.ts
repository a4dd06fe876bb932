import type { SampleBatch } from "@sightline/shared/model/sample";
import { FlatColumns } from "@sightline/shared/protocol/flat-columns";
import type { AppendOutcome } from "../objects/rpc.ts";
import type { SampleWriter } from "./sample-writer.ts";
import { emptyOutcome } from "./sample-writer.ts";

/** Filled and written in one go, so all requests share its memory. */
const ROWS = new FlatColumns();

/** Brings a decoded batch into memory; what is refused is told by the place of its series. Plain samples of all series go as one set of columns. */
export function appendSeries(writer: SampleWriter, batch: SampleBatch, nowMs: number): AppendOutcome {
  let accepted = 0;
  const rejected: { index: number; code: string; message: string }[] = [];
  const gathered: number[] = [];
  ROWS.clear();
  for (const [index, series] of batch.series.entries()) {
    const ref = writer.refOf(series.labels, series.metadata, series.temporality);
    if (ref >= 0 && series.temporality === "cumulative" && series.histograms === undefined) {
      gathered.push(index);
      ROWS.add(ref, series.timestamps, series.values);
      continue;
    }
    const outcome = emptyOutcome();
    if (ref < 0) writer.refuse(ref, series.timestamps.length, outcome);
    else writer.write(ref, series.temporality, series, nowMs, outcome);
    accepted += outcome.accepted;
    if (outcome.refused !== null) rejected.push({ index, code: outcome.refused.code, message: outcome.refused.message });
  }
  const outcome = emptyOutcome();
  writer.writeColumns(ROWS.refs, ROWS.times, ROWS.values, ROWS.length, nowMs, outcome);
  accepted += outcome.accepted;
  if (outcome.refused !== null) {
    let row = 0;
    for (const index of gathered) {
      const end = row + (batch.series[index]?.timestamps.length ?? 0);
      const refused = writer.firstRefused(ROWS.refs, row, end);
      if (refused !== null) rejected.push({ index, code: refused.code, message: refused.message });
      row = end;
    }
    rejected.sort((left, right) => left.index - right.index);
  }
  return { accepted, rejected };
}
