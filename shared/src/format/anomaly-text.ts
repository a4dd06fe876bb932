import type { AnomalyFeedbackResponse } from "../api/responses.ts";
import { METRIC_NAME } from "../model/labels.ts";

/** Thresholds as people say them: `25% higher`; `as usual` for a factor of 1. */
function thresholdWords(factor: number): string {
  const percent = Math.round((factor - 1) * 100);
  if (percent === 0) return "as usual";
  return percent > 0 ? `${percent}% higher` : `${-percent}% lower`;
}

/** Where answers leave the thresholds of the series and of those beside it. */
function effectSentence({ answer, thresholds }: AnomalyFeedbackResponse): string {
  const metric = answer.labels[METRIC_NAME] ?? "the metric";
  const { series, siblings } = thresholds;
  return `The thresholds of this series are now ${thresholdWords(series)}, those of other series of ${metric} ${thresholdWords(siblings)}.`;
}

/** What somebody said of an anomaly, and what it does. */
export function answerSentence(feedback: AnomalyFeedbackResponse): string {
  const { verdict, by } = feedback.answer;
  return `${by} said that this is ${verdict === "real" ? "real" : "a false alarm"}. ${effectSentence(feedback)}`;
}

/** The same after the answer was taken back; what others said still counts. */
export const takenBackSentence = (feedback: AnomalyFeedbackResponse): string => `Taken back. ${effectSentence(feedback)}`;
