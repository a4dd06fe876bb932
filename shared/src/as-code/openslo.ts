/**
 * OpenSLO v1 (https://github.com/OpenSLO/OpenSLO): an SLO with one objective and an inline ratio indicator whose
 * queries are selectors. What it cannot say in our terms is refused by name rather than half understood.
 */
import { parseDuration } from "../model/duration.ts";
import { type Result, fail, ok } from "../model/result.ts";
import type { Slo } from "../model/slo.ts";

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

/** The value at a path of keys and positions, undefined where it ends early. */
const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((found, key) => {
    if (typeof key === "number") return Array.isArray(found) ? (found as readonly unknown[])[key] : undefined;
    return isFields(found) ? found[key] : undefined;
  }, value);

const queryOf = (metric: unknown): string | null => {
  const query = at(metric, "metricSource", "spec", "query") ?? at(metric, "metricSource", "metricSourceSpec", "query");
  return typeof query === "string" ? query.trim() : null;
};

/** Codes: `bad_file`. */
export function sloOfOpenSlo(value: Fields, path: string): Result<Slo> {
  const name = at(value, "metadata", "name");
  const refuse = (what: string): Result<never> =>
    fail("bad_file", `${path}: ${typeof name === "string" ? `SLO ${name}` : "this SLO"}: ${what}`);
  if (value["kind"] !== "SLO") return refuse(`kind ${JSON.stringify(value["kind"])} is not taken here; only SLO is.`);
  if (typeof name !== "string") return refuse("metadata.name is missing.");
  const objectives = at(value, "spec", "objectives");
  if (!Array.isArray(objectives) || objectives.length !== 1) return refuse("it must have exactly one objective.");
  const percent: unknown = at(objectives, 0, "targetPercent");
  const target: unknown = at(objectives, 0, "target") ?? (typeof percent === "number" ? percent / 100 : undefined);
  if (typeof target !== "number") return refuse("objectives[0].target is missing.");
  const ratio = at(value, "spec", "indicator", "spec", "ratioMetric");
  const good = queryOf(at(ratio, "good"));
  const total = queryOf(at(ratio, "total"));
  if (good === null || total === null)
    return refuse("it needs an inline indicator with ratioMetric.good and ratioMetric.total, each with a metricSource query.");
  const duration = at(value, "spec", "timeWindow", 0, "duration");
  const window = typeof duration === "string" ? parseDuration(duration) : null;
  if (window === null || !window.ok) return refuse("spec.timeWindow[0].duration must be a duration such as 30d.");
  const display = at(value, "metadata", "displayName");
  return ok({
    id: name,
    name: typeof display === "string" && display !== "" ? display : name,
    kind: "availability",
    good,
    total,
    objective: target,
    windowMs: window.value,
  });
}
