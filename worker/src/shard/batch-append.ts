import type { SampleBatch } from "@sightline/shared/model/sample";
import type { AppendOutcome } from "../objects/rpc.ts";
import type { SampleWriter } from "./sample-writer.ts";
import { emptyOutcome } from "./sample-writer.ts";

/** Brings a decoded batch into memory, series by series; what is refused is told by the place of its series. */
export function appendSeries(writer: SampleWriter, batch: SampleBatch, nowMs: number): AppendOutcome {
  let accepted = 0;
  const rejected: { index: number; code: string; message: string }[] = [];
  for (const [index, series] of batch.series.entries()) {
    const ref = writer.refOf(series.labels, series.metadata, series.temporality);
    const outcome = emptyOutcome();
    if (ref < 0) writer.refuse(ref, series.timestamps.length, outcome);
    else writer.write(ref, series.temporality, series, nowMs, outcome);
    accepted += outcome.accepted;
    if (outcome.refused !== null) rejected.push({ index, code: outcome.refused.code, message: outcome.refused.message });
  }
  return { accepted, rejected };
}
