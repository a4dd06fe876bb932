import type { Labels } from "@sightline/shared/model/labels";
import { METRIC_NAME, formatLabels, nameGivenTwice } from "@sightline/shared/model/labels";
import type { Failure } from "@sightline/shared/model/result";
import { fail } from "@sightline/shared/model/result";
import { judgeLabels } from "@sightline/shared/protocol/limits";

const METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Why a label set may not become a series, or null. Codes `bad_metric_name`, `bad_label_name`, `duplicate_label` and those of `judgeLabels`. */
export function judgeSeries(labels: Labels): Failure | null {
  const metric = labels[METRIC_NAME] ?? "";
  if (!METRIC.test(metric)) {
    const shown = metric === "" ? `${formatLabels(labels)} has no metric name` : `${JSON.stringify(metric.slice(0, 80))} is no metric name`;
    return fail("bad_metric_name", `${shown}; use letters, digits, _ and :, not beginning with a digit`).error;
  }
  for (const name in labels) {
    if (name !== METRIC_NAME && !LABEL.test(name)) {
      const twice = nameGivenTwice(name);
      if (twice !== null)
        return fail("duplicate_label", `the label ${JSON.stringify(twice.slice(0, 80))} stands twice on ${metric}; send it once`).error;
      return fail("bad_label_name", `${JSON.stringify(name.slice(0, 80))} on ${metric} is no label name; use letters, digits and _`).error;
    }
  }
  return judgeLabels(labels);
}
