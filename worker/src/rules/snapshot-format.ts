import { fnv1a } from "@sightline/shared/encoding/fnv1a";
import { type Labels, seriesKey } from "@sightline/shared/model/labels";

/** Of `Evaluation.snapshot`; the versions before are read too. */
export const SNAPSHOT_VERSION = 4;
/** The same without the events that are followed. */
export const SNAPSHOT_WITHOUT_EVENTS = 3;
/** That without what was said of series in the rich tier. */
export const SNAPSHOT_WITHOUT_BANDS = 2;

/** FNV-1a, 32 bits, over the UTF-16 code units of the series' key: notices that a ref has come to mean another series. */
export function seriesHash(labels: Labels): number {
  return fnv1a(seriesKey(labels)) >>> 0;
}
