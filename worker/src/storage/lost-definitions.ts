import type { Head } from "./head.ts";
import type { Quarantine } from "./quarantine.ts";
import type { Retention } from "./retention.ts";
import type { RunStore } from "./run-store.ts";
import type { SeriesIndex } from "./series-index.ts";
import type { SeriesLog } from "./series-log.ts";
import type { SqlDatabase } from "./sql-database.ts";

interface Numbered {
  readonly runs: RunStore;
  readonly index: SeriesIndex;
  readonly head: Head;
  readonly quarantine: Quarantine;
  readonly retention: Retention;
}

/** Bytes of packed rows that are looked through, newest first: a second. */
const MOST_BYTES = 256_000_000;

/** Packed samples that no query finds, for nobody knows the series of their numbers. */
interface UnreadableSamples {
  readonly samples: number;
  readonly series: number;
  /** One past the highest number found: it must not be given to another series. */
  readonly end: number;
  /** There is more than was looked through. */
  readonly more: boolean;
}

/** Counts them by the directories of the rows. Only for a shard whose definitions were damaged: all of its rows are read. */
function unreadableSamples(runs: RunStore, index: SeriesIndex, nowMs: number): UnreadableSamples {
  const unknown = new Set<number>();
  let samples = 0;
  let end = 0;
  let bytes = 0;
  // A damaged row leaves the list while it is walked.
  for (const run of runs.runs.toReversed()) {
    for (const entry of run.rows) {
      if (bytes > MOST_BYTES) return { samples, series: unknown.size, end, more: true };
      bytes += entry.bytes;
      const row = runs.open(run, entry, nowMs);
      if (row === null) continue;
      for (let chunk = 0; chunk < row.refs.length; chunk++) {
        const ref = row.refs[chunk] as number;
        if (index.has(ref)) continue;
        end = Math.max(end, ref + 1);
        unknown.add(ref);
        if (run.resolutionMs === 0) samples += row.samples(chunk);
      }
    }
  }
  return { samples, series: unknown.size, end, more: false };
}

/** One past the highest ref that has a newest time, as all have of which something is packed; Infinity where these times are lost. Before the log is read back. */
export function packedEnd(head: Head, packed: boolean): number {
  const end = head.lastTime.findLastIndex((t) => t > -Infinity) + 1;
  return packed && end === 0 ? Infinity : end;
}

/**
 * Definitions are gone, by damage of their rows or with them, and so is the use of samples that are whole: what that is worth is told, no other
 * series gets their numbers, and what the archive has is known by the definitions there. Returns false where all are there.
 */
export function loseDefinitions(log: SeriesLog, store: Numbered, database: SqlDatabase, packedBelow: number, nowMs: number): boolean {
  const { runs, index, head, quarantine, retention } = store;
  const { samples, series, end, more } = unreadableSamples(runs, index, nowMs);
  const given = Math.max(end, packedBelow === Infinity ? 0 : packedBelow);
  if (!log.damaged && !log.torn && given <= log.end) return false;
  index.reserve(given);
  head.grow(given);
  // Of forgotten series nothing is left that could be lost.
  if (!log.damaged && series === 0) return true;
  database.transaction(() => {
    const away = retention.catalog.setApart(runs.runs.filter((run) => run.archived && run.resolutionMs === 0));
    // Where no series is known these are nobody's, and would stand for days that the archive has.
    if (log.empty) {
      runs.notWhole(away);
      runs.drop(runs.runs.filter((run) => run.resolutionMs > 0 && away.has(run.day)).map(({ id }) => id));
    }
    const lost = `${more ? "at least " : ""}${samples} packed samples of ${series} series cannot be read`;
    const kept = away.size === 0 ? "" : `, but for those of ${away.size} days in the archive, which has definitions of its own`;
    log.setLostAside(quarantine, given, `without it ${lost}${kept}`, nowMs);
  });
  return true;
}
