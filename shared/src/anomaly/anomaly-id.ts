import { fnv1a } from "../encoding/fnv1a.ts";
import { type Labels, seriesKey } from "../model/labels.ts";

/**
 * A name for the anomaly of a series at a time, the same in every shard and after every restart: FNV-1a of the labels, then the time, both in
 * base 36. `idTime` takes the time out again; NaN for what is no such name.
 */
export function anomalyId(labels: Labels, tMs: number): string {
  return `${(fnv1a(seriesKey(labels)) >>> 0).toString(36)}-${Math.trunc(tMs).toString(36)}`;
}

export function idTime(id: string): number {
  const [, time] = /^[0-9a-z]{1,7}-([0-9a-z]{1,11})$/.exec(id) ?? [];
  return time === undefined ? Number.NaN : Number.parseInt(time, 36);
}
