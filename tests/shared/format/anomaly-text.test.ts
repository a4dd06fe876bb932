import type { AnomalyFeedbackResponse } from "@sightline/shared/api/responses";
import { answerSentence, takenBackSentence } from "@sightline/shared/format/anomaly-text";
import { expect, it } from "vitest";

const feedback = (series: number, siblings: number, verdict: "false_alarm" | "real" = "false_alarm"): AnomalyFeedbackResponse => ({
  answer: { id: "abc-1", verdict, labels: { __name__: "queue_length", host: "a" }, t: 0, at: 1, by: "ann" },
  thresholds: { series, siblings },
});

it("who said what of an anomaly, and what that does", () => {
  expect(answerSentence(feedback(1.25, 1.0692))).toBe(
    "ann said that this is a false alarm. The thresholds of this series are now 25% higher, those of other series of queue_length 7% higher.",
  );
  expect(answerSentence(feedback(0.9, 0.969, "real"))).toContain("is real. The thresholds of this series are now 10% lower");
});

it("taken back, thresholds are as usual, but for what else was said", () => {
  expect(takenBackSentence(feedback(1, 1))).toBe(
    "Taken back. The thresholds of this series are now as usual, those of other series of queue_length as usual.",
  );
});
