import type { Labels } from "@sightline/shared/model/labels";
import { METRIC_NAME, formatLabels, nameGivenTwice } from "@sightline/shared/model/labels";
import type { Failure } from "@sightline/shared/model/result";
import { fail } from "@sightline/shared/model/result";
import { judgeLabels } from "@sightline/shared/protocol/limits";

/** Why a name is none of UTF-8, or null. Any other text is one, as in Prometheus 3. */
const fault = (name: string): string | null => (name === "" ? "is empty" : name.isWellFormed() ? null : "is no UTF-8");

/** Why a label set may not become a series, or null. Codes `bad_metric_name`, `bad_label_name`, `duplicate_label` and those of `judgeLabels`. */
export function judgeSeries(labels: Labels): Failure | null {
  const metric = labels[METRIC_NAME] ?? "";
  const wrong = fault(metric);
  if (wrong !== null) {
    const shown =
      metric === "" ? `${formatLabels(labels)} has no metric name` : `the metric name ${JSON.stringify(metric.slice(0, 80))} ${wrong}`;
    return fail("bad_metric_name", `${shown}; give it one of any UTF-8 characters`).error;
  }
  for (const name in labels) {
    const bad = fault(name);
    if (bad !== null) {
      const shown = JSON.stringify(name.slice(0, 80));
      return fail("bad_label_name", `a label name on ${metric}, ${shown}, ${bad}; give it one of any UTF-8 characters`).error;
    }
    const twice = nameGivenTwice(name);
    if (twice !== null)
      return fail("duplicate_label", `the label ${JSON.stringify(twice.slice(0, 80))} stands twice on ${metric}; send it once`).error;
  }
  return judgeLabels(labels);
}

/** Whether the index would make the same of a label set, and another object: in the order of names, and without what is empty. */
export function isAsStored(labels: Labels): boolean {
  let before = "";
  for (const name in labels) {
    if (name < before || labels[name] === "") return false;
    before = name;
  }
  return true;
}
