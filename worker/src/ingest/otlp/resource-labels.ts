import type { Labels } from "@sightline/shared/model/labels";
import { METRIC_NAME } from "@sightline/shared/model/labels";
import { MAX_LABELS, judgeLabels } from "@sightline/shared/protocol/limits";
import { prometheusLabels } from "../prometheus-name.ts";
import { attributeLabelName } from "./metric-name.ts";
import type { Attributes } from "./model.ts";

/** Resource attributes that stand on every series, so that nobody has to join with target_info. */
const PROMOTED = ["service.name", "service.version", "deployment.environment.name", "host.name"] as const;
/** What `job` and `instance` are made of. */
const IDENTIFYING: ReadonlySet<string> = new Set(["service.name", "service.namespace", "service.instance.id"]);

export interface ResourceLabels {
  /** `job` and `instance`, where the resource names them. */
  readonly target: Labels;
  readonly promoted: Labels;
  /** Labels of `target_info`; null when there is nothing to tell or nobody to tell it of. */
  readonly info: Labels | null;
}

/** OpenTelemetry–Prometheus compatibility, "Resource Attributes". Attributes that do not fit the limits of a series are left out of target_info. */
export function resourceLabels(attributes: Attributes): ResourceLabels {
  const of = new Map(attributes);
  const service = of.get("service.name") ?? "";
  const namespace = of.get("service.namespace") ?? "";
  const instance = of.get("service.instance.id") ?? "";
  const target: Record<string, string> = {};
  if (service !== "") target["job"] = namespace === "" ? service : `${namespace}/${service}`;
  if (instance !== "") target["instance"] = instance;
  const promoted: Record<string, string> = {};
  for (const name of PROMOTED) {
    // Before semantic conventions 1.27 the environment had the shorter name.
    const value = of.get(name) ?? (name === "deployment.environment.name" ? of.get("deployment.environment") : undefined);
    if (value !== undefined && value !== "") promoted[attributeLabelName(name)] = value;
  }
  const others = attributes.filter(([name]) => !IDENTIFYING.has(name));
  if (others.length === 0 || Object.keys(target).length === 0) return { target, promoted, info: null };
  const info: Record<string, string> = { [METRIC_NAME]: "target_info", ...target };
  let room = MAX_LABELS - Object.keys(target).length;
  for (const [name, value] of Object.entries(prometheusLabels(others, attributeLabelName))) {
    if (value === "" || Object.hasOwn(info, name) || room === 0 || judgeLabels({ [name]: value }) !== null) continue;
    info[name] = value;
    room--;
  }
  return { target, promoted, info };
}
