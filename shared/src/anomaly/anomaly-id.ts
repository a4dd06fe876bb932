import { type Labels, seriesKey } from "../model/labels.ts";

/**
 * A name for the anomaly of a series at a time, the same in every shard and after every restart: FNV-1a of the labels, then the time, both in
 * base 36. `idTime` takes the time out again; NaN for what is no such name.
 */
export function anomalyId(labels: Labels, tMs: number): string {
  let hash = 0x811c9dc5;
  const key = seriesKey(labels);
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return `${(hash >>> 0).toString(36)}-${Math.trunc(tMs).toString(36)}`;
}

export function idTime(id: string): number {
  const [, time] = /^[0-9a-z]{1,7}-([0-9a-z]{1,11})$/.exec(id) ?? [];
  return time === undefined ? Number.NaN : Number.parseInt(time, 36);
}
