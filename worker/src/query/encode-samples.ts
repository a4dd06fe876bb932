import type { Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import { encodeBatch } from "@sightline/shared/protocol/batch";
import type { SeriesQuery } from "../objects/labels-rpc.ts";
import type { ArchivedReads } from "./archived-reads.ts";
import type { SeriesReads } from "./series-reads.ts";

const UNKNOWN = { type: "unknown", unit: "", help: "" } as const;

/** Raw samples in the batch encoding, for other objects; days that only the archive has, if there is one, come from there. */
export async function encodeSamples(reads: SeriesReads, archived: ArchivedReads | null, query: SeriesQuery): Promise<Result<ArrayBuffer>> {
  const found = archived?.reaches(query) === true ? await archived.answer((visit) => reads.samples(query, visit)) : reads.samples(query);
  if (!found.ok) return found;
  const series = found.value.map((one) => ({
    ...one,
    metadata: reads.metadataOf(one.labels) ?? UNKNOWN,
    temporality: "cumulative" as const,
  }));
  return ok(encodeBatch({ series }).buffer);
}
