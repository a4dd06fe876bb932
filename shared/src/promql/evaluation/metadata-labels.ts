/** Labels that say what a metric is and not where it comes from: an operation that makes another metric drops them together. */
import { METRIC_NAME, type Labels } from "../../model/labels.ts";

export const isMetadataLabel = (name: string): boolean => name === METRIC_NAME || name === "__type__" || name === "__unit__";

export function withoutMetadata(labels: Labels): Labels {
  const names = Object.keys(labels);
  return names.some(isMetadataLabel)
    ? Object.fromEntries(names.filter((name) => !isMetadataLabel(name)).map((name) => [name, labels[name] ?? ""]))
    : labels;
}
