import type { Failure } from "@sightline/shared/model/result";
import type { SeriesReads } from "./series-reads.ts";

/** Why an answer of raw samples between these times would not be whole: some are in an archive, and none is bound. Null when all that there is can be read. */
export function unboundArchive({ store }: Pick<SeriesReads, "store">, startMs: number, endMs: number): Failure | null {
  const { catalog } = store.retention;
  if (!catalog.covers(startMs, endMs)) return null;
  return { code: "archive_unbound", message: `${catalog.unbound().join(" ")}; or ask for a time after them` };
}
