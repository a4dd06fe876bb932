import { RESOURCE_KINDS, type Scenario } from "@sightline/shared/model/capacity";
import { projectStub } from "../objects/stubs.ts";
import { analysisRange } from "./analysis-range.ts";
import { askCapacity, forgetRecentCapacity } from "./ask-capacity.ts";
import { CapacityBody, capacitySettingsOf } from "./capacity-body.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import type { Parameters } from "./parameters.ts";
import { durationParameter } from "./v1-time.ts";

const MONTH = 28 * 86_400_000;
const MOST_TRAFFIC = 1000;
const MOST_HOSTS = 10_000;

function numberParameter(parameters: Parameters, name: string): number | undefined {
  const text = parameters.get(name);
  if (text === null) return undefined;
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw new HttpFailure("bad_request", `The parameter ${name} is ${JSON.stringify(text)}; give a number.`);
}

/** Undefined when nothing is tried. */
function scenarioOf(parameters: Parameters): Scenario | undefined {
  const traffic = numberParameter(parameters, "traffic");
  if (traffic !== undefined && !(traffic > 0 && traffic <= MOST_TRAFFIC))
    throw new HttpFailure("bad_request", `traffic is a factor above 0 and at most ${MOST_TRAFFIC}, such as 2 for twice the traffic.`);
  const hosts = numberParameter(parameters, "hosts");
  if (hosts !== undefined && !(Number.isInteger(hosts) && Math.abs(hosts) <= MOST_HOSTS))
    throw new HttpFailure("bad_request", "hosts is a whole number: 1 for one more, -1 for one fewer.");
  const given = parameters.get("retention") !== null;
  if (given !== (parameters.get("retentionNow") !== null))
    throw new HttpFailure(
      "bad_request",
      "retention needs retentionNow beside it: for how long data are kept now, and for how long they would be.",
    );
  if (traffic === undefined && hosts === undefined && !given) return undefined;
  return {
    ...(traffic === undefined ? {} : { traffic }),
    ...(hosts === undefined ? {} : { hosts }),
    ...(given
      ? { retention: { nowMs: durationParameter(parameters, "retentionNow", 0), thenMs: durationParameter(parameters, "retention", 0) } }
      : {}),
  };
}

export function capacityRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/capacity",
      role: "viewer",
      summary: "When each bounded resource is used up (95% interval), how fast it grows, what if, what to do, what it costs",
      parameters: {
        window: "Duration to judge by, 28d when absent, at most 90d",
        start: "ms or RFC 3339, instead of window",
        end: "ms or RFC 3339, now when absent",
        kind: `of this kind alone: ${RESOURCE_KINDS.join(", ")}`,
        traffic: "what if demand were this many times as much",
        hosts: "what if there were so many hosts more, or fewer when negative",
        retention: "what if data were kept for this long",
        retentionNow: "how long they are kept now",
        demand: "PromQL of one series that the use of resources is held against",
      },
    },
    async ({ c, principal, parameters }) => {
      const { startMs, endMs } = analysisRange(parameters, MONTH);
      const kind = RESOURCE_KINDS.find((known) => known === parameters.get("kind"));
      if (kind === undefined && parameters.get("kind") !== null)
        throw new HttpFailure("bad_request", `kind is one of ${RESOURCE_KINDS.join(", ")}.`);
      const scenario = scenarioOf(parameters);
      const asked = {
        startMs,
        endMs,
        ...(kind === undefined ? {} : { kind }),
        ...(scenario === undefined ? {} : { scenario }),
        ...(parameters.get("demand") === null ? {} : { demand: parameters.get("demand") ?? "" }),
      };
      return Response.json((await askCapacity(c.env, principal.project, asked)).response);
    },
  );
  declareRoute(
    app,
    { method: "get", path: "/v1/capacity/settings", role: "viewer", summary: "Prices, demand and declared resources" },
    async ({ c, principal }) => Response.json(await projectStub(c.env, principal.project).capacitySettings()),
  );
  declareRoute(
    app,
    {
      method: "put",
      path: "/v1/capacity/settings",
      role: "editor",
      summary: "Replaces prices, demand and declared resources",
      body: CapacityBody,
    },
    async ({ c, principal, body }) => {
      const kept = unwrap(await projectStub(c.env, principal.project).putCapacitySettings(principal, capacitySettingsOf(body)));
      forgetRecentCapacity(principal.project);
      return Response.json(kept);
    },
  );
  declareRoute(
    app,
    {
      method: "delete",
      path: "/v1/capacity/settings",
      role: "editor",
      summary: "Back to the shipped prices",
      answers: { status: 204, description: "Done" },
    },
    async ({ c, principal }) => {
      await projectStub(c.env, principal.project).forgetCapacitySettings(principal);
      forgetRecentCapacity(principal.project);
      return new Response(null, { status: 204 });
    },
  );
}
