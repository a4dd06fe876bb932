import { type CounterResetHint, type NativeHistogram, sameHistogram } from "@sightline/shared/model/histogram";
import { expect, test } from "vitest";

const histogram = (counterResetHint: CounterResetHint, count = 3): NativeHistogram => ({
  schema: 0,
  count,
  sum: 5,
  zeroThreshold: 0,
  zeroCount: 0,
  counterResetHint,
  positiveSpans: [{ offset: 0, length: 1 }],
  positiveBuckets: [count],
  negativeSpans: [],
  negativeBuckets: [],
});

test("a histogram that is sent again is the same whatever is said of resets; a gauge is another", () => {
  expect(sameHistogram(histogram("not_reset"), histogram("unknown"))).toBe(true);
  expect(sameHistogram(histogram("reset"), histogram("unknown"))).toBe(true);
  expect(sameHistogram(histogram("gauge"), histogram("gauge"))).toBe(true);
  expect(sameHistogram(histogram("gauge"), histogram("unknown"))).toBe(false);
  expect(sameHistogram(histogram("unknown"), histogram("unknown", 4))).toBe(false);
});
