import type { Head } from "./head.ts";
import type { Quarantine } from "./quarantine.ts";
import type { RunStore } from "./run-store.ts";
import type { SeriesIndex } from "./series-index.ts";
import type { SeriesLog } from "./series-log.ts";

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

/** Definitions are gone, and with them the use of samples that are whole: what that is worth is told, and no other series gets their numbers. */
export function loseDefinitions(
  log: SeriesLog,
  {
    runs,
    index,
    head,
    quarantine,
  }: { readonly runs: RunStore; readonly index: SeriesIndex; readonly head: Head; readonly quarantine: Quarantine },
  nowMs: number,
): void {
  const { samples, series, end, more } = unreadableSamples(runs, index, nowMs);
  const given = Math.max(end, head.lastTime.findLastIndex((t) => t > -Infinity) + 1);
  index.reserve(given);
  head.grow(given);
  log.setLostAside(quarantine, `without it ${more ? "at least " : ""}${samples} packed samples of ${series} series cannot be read`, nowMs);
}
