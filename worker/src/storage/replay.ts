import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { Head } from "./head.ts";
import type { Quarantine } from "./quarantine.ts";
import type { FrameMark, SenderMarks } from "./sender-marks.ts";
import type { SeriesIndex } from "./series-index.ts";
import type { WalColumns } from "./wal-columns.ts";
import type { Wal } from "./wal.ts";

/** What is seen while the WAL is read back at opening, in order of writing; `row` is the number of a commit in `segment`. */
export interface ReplayObserver {
  observe(ref: number, t: number, value: number): void;
  /** Parallel columns, all of it. */
  observeColumns(refs: Int32Array, times: Float64Array, values: Float64Array): void;
  observeHistogram(ref: number, t: number, histogram: NativeHistogram): void;
  /** False for samples that a snapshot at this position covers. */
  wants(segment: number, row: number): boolean;
}

/** Nothing is refused: every row was judged when it was written. */
const EVER = Infinity;

export const orphansText = (orphans: number): string =>
  `${orphans} samples in the log belong to series whose definition was in a damaged row; senders of frames are asked for them again`;

/** Reads the log back into index, head and marks. Returns how many samples had lost their series' definition, and whether series say other things than the series log. */
export function replayWal(
  wal: Wal,
  into: { readonly index: SeriesIndex; readonly head: Head; readonly marks: SenderMarks },
  observer: ReplayObserver,
  quarantine: Quarantine,
  nowMs: number,
): { readonly orphans: number; readonly changed: boolean } {
  const { index, head, marks } = into;
  let wanted = false;
  let orphans = 0;
  let changed = false;
  /** Samples without a series since the last mark: the frame of the next mark is not whole. */
  let broken = false;
  let verdicts = new Uint8Array(4096);
  const orphaned = (ref: number): void => {
    orphans++;
    broken = true;
    index.reserve(ref + 1);
    head.grow(ref + 1);
  };
  wal.replay(
    {
      commit: () => undefined,
      series: (series) => {
        const as = index.restore(series);
        if (as === "replaced" || (as === "known" && index.learn(series.labels[METRIC_NAME] ?? "", series.metadata))) changed = true;
        head.grow(index.end);
      },
      columns: ({ refs, times, values }: WalColumns) => {
        const { length } = refs;
        // Where none is forgotten nothing has to be looked up; a waking object does this with code that was never run before.
        const known = index.size === index.end ? index.end : 0;
        for (let i = 0; i < length; i++) {
          const ref = refs[i] as number;
          if (ref < known || index.has(ref)) continue;
          orphaned(ref);
          refs[i] = -1;
        }
        if (verdicts.length < length) verdicts = new Uint8Array(length);
        const undecided = head.appendColumns(refs, times, values, length, -EVER, EVER, verdicts);
        if (undecided === 0) {
          if (wanted) observer.observeColumns(refs, times, values);
          return;
        }
        for (let i = 0; i < length; i++) {
          const ref = refs[i] as number;
          if (ref < 0) continue;
          if (verdicts[i] !== 0) head.append(ref, times[i] as number, values[i] as number);
          else if (wanted) observer.observe(ref, times[i] as number, values[i] as number);
        }
      },
      histogram: (ref, t, histogram) => {
        if (!index.has(ref)) {
          orphaned(ref);
          return;
        }
        const inOrder = t > (head.lastTime[ref] as number);
        head.appendHistogram(ref, t, histogram);
        if (wanted && inOrder) observer.observeHistogram(ref, t, histogram);
      },
      mark: (mark: FrameMark) => {
        if (broken) marks.incomplete(mark);
        else marks.take(mark);
        broken = false;
      },
    },
    quarantine,
    nowMs,
    (segment, commit) => (wanted = observer.wants(segment, commit)),
  );
  return { orphans, changed };
}
