import type { Labels } from "@sightline/shared/model/labels";
import type { KnownDeploy } from "../../objects/rpc.ts";

/** A deploy that was reported later than this explains nothing that comes now. */
const FRESH_MS = 3_600_000;

/** When what a series is of was last deployed, ms; 0 when not lately. By `service_name`, or `job` where there is none, and the host of a deploy to one. */
export function deployOf(labels: Labels, deploys: readonly KnownDeploy[], nowMs: number): number {
  let newest = 0;
  for (const { service, at, host } of deploys) {
    if (nowMs - at > FRESH_MS || service !== (labels["service_name"] ?? labels["job"])) continue;
    if (host === undefined || host === labels["host_name"]) newest = Math.max(newest, at);
  }
  return newest;
}
