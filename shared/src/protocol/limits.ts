import type { Labels } from "../model/labels.ts";
import { METRIC_NAME } from "../model/labels.ts";
import { type Failure, fail } from "../model/result.ts";

/** Bytes of one FRAME on the wire. */
export const MAX_FRAME_BYTES = 4 * 1024 * 1024;
/** Bytes of a batch between objects (an RPC carries at most 32 MiB). */
export const MAX_BATCH_BYTES = 32 * 1024 * 1024;
/** Labels of one series, `__name__` not counted. */
export const MAX_LABELS = 30;
export const MAX_LABEL_NAME_BYTES = 128;
export const MAX_LABEL_VALUE_BYTES = 1024;
/** Bytes of a unit or help text. */
export const MAX_TEXT_BYTES = 4096;
/** Samples of one frame or batch, so that a few bytes cannot ask for gigabytes. */
export const MAX_SAMPLES = 5_000_000;
/** Series one connection may name before it must start over with HELLO. */
export const MAX_REFS = 200_000;
export const MAX_HISTOGRAM_BUCKETS = 4096;
/** Bytes of a sender's instance id and of an epoch. */
export const MAX_ID_BYTES = 128;

/** Whether UTF-8 takes more bytes, without encoding; surrogates that are alone count as pairs do. A text of megabytes is not gone through. */
function isLonger(text: string, bytes: number): boolean {
  if (text.length > bytes) return true;
  // No unit takes more than three.
  if (text.length * 3 <= bytes) return false;
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) length += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return length > bytes;
}

/** Why a series of these labels cannot travel, or null. Senders leave such a series out and count it: a frame with one is refused whole. */
export function judgeLabels(labels: Labels): Failure | null {
  let count = 0;
  for (const name in labels) {
    const value = labels[name];
    if (value === undefined || value === "") continue;
    if (name !== METRIC_NAME) count++;
    if (name === "__proto__") return fail("bad_label_name", "a label may not be named __proto__; rename it").error;
    if (isLonger(name, MAX_LABEL_NAME_BYTES))
      return fail("label_name_too_long", `label name "${name.slice(0, 40)}…" is longer than ${MAX_LABEL_NAME_BYTES} bytes; shorten it`)
        .error;
    if (isLonger(value, MAX_LABEL_VALUE_BYTES))
      return fail("label_value_too_long", `the value of label "${name}" is longer than ${MAX_LABEL_VALUE_BYTES} bytes; shorten it`).error;
  }
  if (count > MAX_LABELS)
    return fail("too_many_labels", `${count} labels on ${labels[METRIC_NAME] ?? "a series"}, at most ${MAX_LABELS}; drop some`).error;
  return null;
}
