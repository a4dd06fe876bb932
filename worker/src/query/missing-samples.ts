import type { Failure } from "@sightline/shared/model/result";
import type { ArchiveCatalog } from "../storage/archive-catalog.ts";
import type { QuerySource } from "./query-source.ts";
import type { SeriesReads } from "./series-reads.ts";

const WITHOUT = "PromQL warning: samples are missing: ";
const UNREAD = "PromQL warning: the archive could not be read (";
const INSTEAD = "): aggregates stand for the days that it has";

/** An archive that does not answer just now, to whom is to have all of it. */
export const unreadArchive = (why: string): Failure => ({
  code: "unavailable",
  message: `the archive could not be read (${why}); ask again`,
  retryAfterMs: 1000,
});

/** The same to whom aggregates will do. */
export const unreadWarning = (why: string): string => `${UNREAD}${why}${INSTEAD}`;

/** Why an answer of raw samples between these times would not be whole: some are in an archive, and none is bound. Null when all that there is can be read. */
export function unboundArchive({ store }: Pick<SeriesReads, "store">, startMs: number, endMs: number): Failure | null {
  const { catalog } = store.retention;
  if (!catalog.covers(startMs, endMs)) return null;
  return { code: "archive_unbound", message: `${catalog.unbound().join(" ")}; or ask for a time after them` };
}

/** What an answer says that goes on without these samples. Undefined while only the object has any. */
export function unboundWarning(catalog: ArchiveCatalog): string | undefined {
  const [missing] = catalog.unbound();
  return missing === undefined ? undefined : `${WITHOUT}${missing}`;
}

/** Why an answer that is to be whole is refused, after what was read of the archives of all shards: they tell each other in words. Null when nothing is missing. */
export function missingOf({ warnings = [] }: Pick<QuerySource, "warnings">): Failure | null {
  const [first] = warnings;
  if (first === undefined) return null;
  if (first.startsWith(WITHOUT)) return { code: "archive_unbound", message: first.slice(WITHOUT.length) };
  if (first.startsWith(UNREAD)) return unreadArchive(first.slice(UNREAD.length, -INSTEAD.length));
  return { code: "archive_damaged", message: first.replace(/^PromQL warning: /, "") };
}
