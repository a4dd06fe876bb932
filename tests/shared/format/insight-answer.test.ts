import type { AnomalyFeedbackResponse } from "@sightline/shared/api/responses";
import { insightAnswerSentence } from "@sightline/shared/format/anomaly-text";
import { insightChart } from "@sightline/shared/format/insight-text";
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

test("what an insight rests on is drawn in its declared unit, or that of its name", () => {
  const drawn = (query: string, unit = "") => insightChart({ evidence: [{ kind: "series", text: "", href: "", query, unit }] })?.unit;
  expect(drawn('a_seconds{x="1"}')).toBe("seconds");
  expect(drawn("rate(sent_bytes_total[1m])")).toBe("bytes/s");
  expect(drawn("rate(jobs_total[1m])")).toBe("per_second");
  expect(drawn("queue_depth")).toBe("count");
  expect(drawn("heap", "bytes")).toBe("bytes");
  expect(drawn('avg_over_time(system_memory_usage_bytes{a="b"}[2m])')).toBe("bytes");
  expect(insightChart({ evidence: [] })).toBeNull();
});
