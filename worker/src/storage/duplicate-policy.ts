import { type NativeHistogram, sameHistogram } from "@sightline/shared/model/histogram";
import { type SeriesSamples, sameValue } from "@sightline/shared/model/sample";
import { type AppendVerdict, CONFLICT, DUPLICATE, KEPT_FIRST } from "./verdicts.ts";

/** What of two values of one series and time: the last one written is kept, the first one, or the first one and the other is an error. */
export type DuplicatePolicy = "last" | "first" | "reject";

export const DUPLICATE_POLICIES: readonly DuplicatePolicy[] = ["last", "first", "reject"];

/** Of a sample at a time that has another value already. */
export const refusedBy = (policy: "first" | "reject"): AppendVerdict => (policy === "first" ? KEPT_FIRST : CONFLICT);

/** Of a sample that came late, where `there` is what is stored at its time. */
export function judgeLate(
  there: SeriesSamples | undefined,
  value: number,
  histogram: NativeHistogram | null,
  policy: "first" | "reject",
): AppendVerdict | null {
  if (there === undefined) return null;
  const stored = there.histograms?.at(-1) ?? null;
  const same =
    stored === null || histogram === null
      ? stored === histogram && sameValue(there.values.at(-1) ?? Number.NaN, value)
      : sameHistogram(stored, histogram);
  return same ? DUPLICATE : refusedBy(policy);
}
