/**
 * `name{…}@st -30s-1mx2 _ -1ms *x3`: when the counters of a series' samples began, each as its distance from its sample; `*` is
 * the last one again. Without a name it holds for all series of the block that have no line of their own, over and over.
 */
import type { Labels } from "@sightline/shared/model/labels";
import { parseLabels } from "@sightline/shared/promql/notation/series-line";
import { parseDuration } from "@sightline/shared/promql/parse/literals";

export interface StartsLine {
  /** Null: of all series. */
  readonly labels: Labels | null;
  /** Ms; undefined where it is not known. */
  readonly distances: readonly (number | undefined)[];
}

const LINE = /^([^\s{@]*(?:\{.*\})?)@st\s+(.*)$/;
const DISTANCE = /^([+-]?)((?:[0-9]+(?:ms|[smhdwy])?)+)(?:([+-])((?:[0-9]+(?:ms|[smhdwy])?)+))?(?:x([0-9]+))?$/;

function milliseconds(text: string): number {
  const ms = text === "0" ? 0 : parseDuration(text);
  if (ms === undefined || Number.isNaN(ms)) throw new Error(`not a duration: ${text}`);
  return ms;
}

/** Undefined for a line of anything else. */
export function parseStarts(line: string): StartsLine | undefined {
  const [, series, written] = LINE.exec(line) ?? [];
  if (series === undefined || written === undefined) return undefined;
  const distances: (number | undefined)[] = [];
  let last = 0;
  for (const word of written.trim().split(/\s+/)) {
    const gap = /^_(?:x([0-9]+))?$/.exec(word);
    if (gap !== null) {
      for (let i = 0; i < Number(gap[1] ?? 1); i++) distances.push(undefined);
      continue;
    }
    const again = /^\*(?:x([0-9]+))?$/.exec(word);
    if (again !== null) {
      for (let i = 0; i <= Number(again[1] ?? 0); i++) distances.push(last);
      continue;
    }
    const match = DISTANCE.exec(word);
    if (match === null) throw new Error(`not a start: ${word}`);
    const [, sign, first = "", stepSign, step, times] = match;
    let distance = sign === "-" ? -milliseconds(first) : milliseconds(first);
    distances.push(distance);
    for (let i = 0; i < Number(times ?? 0); i++) {
      if (step !== undefined) distance += stepSign === "-" ? -milliseconds(step) : milliseconds(step);
      distances.push(distance);
    }
    last = distance;
  }
  return { labels: series === "" ? null : parseLabels(series), distances };
}
