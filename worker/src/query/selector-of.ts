import { type Labels, METRIC_NAME } from "@sightline/shared/model/labels";
import { printSelector } from "@sightline/shared/promql/format/print";

const CLASSIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** PromQL that selects the series of these labels. */
export function selectorOf({ [METRIC_NAME]: name = "", ...labels }: Labels): string {
  const matchers = Object.entries(labels).map(([label, value]) => ({ name: label, op: "=" as const, value }));
  if (CLASSIC_NAME.test(name)) return `${name}${printSelector(matchers)}`;
  return printSelector([{ name: METRIC_NAME, op: "=", value: name }, ...matchers]);
}
