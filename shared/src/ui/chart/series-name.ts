import { type Labels, METRIC_NAME } from "../../model/labels.ts";

/** Fills `{{label}}` from the labels; an absent label leaves nothing. */
export function fillLegend(template: string, labels: Labels): string {
  return template.replaceAll(/\{\{\s*([\w.]+)\s*\}\}/g, (_, name: string) => labels[name] ?? "").trim();
}

/** Names for the legend: what tells the series apart, and nothing they share. */
export function seriesNames(all: readonly Labels[], template?: string, otherwise = "value"): readonly string[] {
  if (template !== undefined) return all.map((labels) => fillLegend(template, labels) || otherwise);
  const names = new Set(all.flatMap((labels) => Object.keys(labels)));
  const telling = [...names].filter((name) => new Set(all.map((labels) => labels[name])).size > 1).sort();
  return all.map((labels) => {
    if (telling.length === 0) return labels[METRIC_NAME] ?? otherwise;
    const told = telling.map((name) => labels[name] ?? "").filter((value) => value !== "");
    return told.length === 0 ? otherwise : told.join(" · ");
  });
}
