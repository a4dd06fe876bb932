import type { AnomalyFeedbackResponse } from "@sightline/shared/api/responses";
import { insightAnswerSentence } from "@sightline/shared/format/anomaly-text";
import { chartOf } from "@sightline/shared/format/insight-text";
import { expect, test } from "vitest";

const said = (metric: string, series: number, siblings: number): AnomalyFeedbackResponse => ({
  answer: { id: metric, verdict: "false_alarm", labels: { __name__: metric }, t: 0, at: 0, by: "ada" },
  thresholds: { series, siblings },
});

test("what was said of an insight tells where it leaves the thresholds of all its series", () => {
  expect(insightAnswerSentence([said("a", 1.25, 1.07), said("b", 1.25, 1.07)], false)).toBe(
    "ada said that this is a false alarm. The thresholds of its 2 series are now 25% higher, those of other series of their metrics 7% higher.",
  );
  expect(insightAnswerSentence([said("a", 1.25, 1), said("b", 1.4, 1)], false)).toContain("are now up to 40% higher, those");
  expect(insightAnswerSentence([said("a", 1, 1), said("b", 1, 1)], true)).toBe(
    "Taken back. The thresholds of its 2 series are now as usual, those of other series of their metrics as usual.",
  );
  expect(insightAnswerSentence([said("a", 1.25, 1.07)], false)).toContain("The thresholds of this series are now 25% higher");
});

test("a series is drawn in the unit of its name, a counter by its rate, an expression as it is", () => {
  expect(chartOf('a_seconds{x="1"}')).toEqual({ query: 'a_seconds{x="1"}', selector: 'a_seconds{x="1"}', unit: "seconds" });
  expect(chartOf("sent_bytes_total")).toEqual({ query: "rate(sent_bytes_total[1m])", selector: "sent_bytes_total", unit: "bytes/s" });
  expect(chartOf("queue_depth").unit).toBe("count");
  expect(chartOf('avg_over_time(system_memory_usage_bytes{a="b"}[2m])')).toMatchObject({ selector: null, unit: "bytes" });
});
