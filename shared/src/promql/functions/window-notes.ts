/** What is said of a series whose samples a function cannot use together, or not as what they are (Prometheus `util/annotations`). */
import type { Labels } from "../../model/labels.ts";
import { METRIC_NAME } from "../../model/labels.ts";

const nameOf = (labels: Labels): string => JSON.stringify(labels[METRIC_NAME] ?? "");

export const mixedKinds = (labels: Labels): string => `encountered a mix of histograms and floats for metric name ${nameOf(labels)}`;

export const histogramsIgnored = (labels: Labels): string =>
  `ignored histograms in a range containing both floats and histograms for metric name ${nameOf(labels)}`;

export const mixedSchemas = (labels: Labels): string =>
  `vector contains a mix of histograms with exponential and custom buckets schemas for metric name ${nameOf(labels)}`;

export const notACounter = (labels: Labels): string => `this native histogram metric is not a counter: ${nameOf(labels)}`;

export const notAGauge = (labels: Labels): string => `this native histogram metric is not a gauge: ${nameOf(labels)}`;

/** Of the metric that something is said of, where it has a name. */
export const ofMetric = (labels: Labels): string => ((labels[METRIC_NAME] ?? "") === "" ? "" : ` for metric name ${nameOf(labels)}`);
