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

/** Of the greatest of some factors. */
const upTo = (factors: readonly number[]): string => {
  const farthest = factors.reduce((most, one) => (Math.abs(one - 1) > Math.abs(most - 1) ? one : most), 1);
  const words = thresholdWords(farthest);
  return factors.every((factor) => thresholdWords(factor) === words) ? words : `up to ${words}`;
};

/** The same of all anomalies of an insight; `takenBack` when that is what was done. */
export function insightAnswerSentence(feedback: readonly AnomalyFeedbackResponse[], takenBack: boolean): string {
  const [first] = feedback;
  if (first === undefined) return "";
  if (feedback.length === 1) return takenBack ? takenBackSentence(first) : answerSentence(first);
  const said = takenBack
    ? "Taken back."
    : `${first.answer.by} said that this is ${first.answer.verdict === "real" ? "real" : "a false alarm"}.`;
  const series = upTo(feedback.map(({ thresholds }) => thresholds.series));
  const siblings = upTo(feedback.map(({ thresholds }) => thresholds.siblings));
  return `${said} The thresholds of its ${feedback.length} series are now ${series}, those of other series of their metrics ${siblings}.`;
}
