import type { Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import { encodeBatch } from "@sightline/shared/protocol/batch";
import type { SeriesQuery } from "../objects/rpc.ts";
import type { SeriesReads } from "./series-reads.ts";

const UNKNOWN = { type: "unknown", unit: "", help: "" } as const;

/** Raw samples in the batch encoding, for other objects. */
export function encodeSamples(reads: SeriesReads, query: SeriesQuery): Result<ArrayBuffer> {
  const found = reads.samples(query);
  if (!found.ok) return found;
  const series = found.value.map((one) => ({
    ...one,
    metadata: reads.metadataOf(one.labels) ?? UNKNOWN,
    temporality: "cumulative" as const,
  }));
  return ok(encodeBatch({ series }).buffer);
}
