import type { CapacityQuestion } from "@sightline/shared/api/analyses";
import { DEFAULT_DEMAND } from "@sightline/shared/capacity/bounded-resources";
import { capacityResponse } from "@sightline/shared/capacity/capacity-response";
import { RESOURCE_KINDS, type Scenario } from "@sightline/shared/model/capacity";
import { projectStub } from "../objects/stubs.ts";
import { analysisRange } from "./analysis-range.ts";
import { CapacityBody, capacitySettingsOf } from "./capacity-body.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import type { Parameters } from "./parameters.ts";
import { askShards, coordinatorOf } from "./shards.ts";
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
      const settings = await projectStub(c.env, principal.project).capacitySettings();
      const query = parameters.get("demand") ?? settings.demand ?? DEFAULT_DEMAND;
      const asked = parameters.get("demand") !== null || settings.demand !== undefined;
      const { shard, among } = await coordinatorOf(c.env, principal.project, query);
      const demand = await shard.analyze("demand", { query, startMs, endMs }, among);
      // What nobody named may be missing; what somebody named must be right.
      if (!demand.ok && asked) unwrap(demand);
      const { hosts, ...columns } = demand.ok ? demand.value : { hosts: 1, timestamps: new Float64Array(), values: new Float64Array() };
      const known = columns.timestamps.length > 0;
      const question: CapacityQuestion = {
        startMs,
        endMs,
        hosts,
        declared: [],
        ...(kind === undefined ? {} : { kind }),
        ...(known ? { demand: columns } : {}),
        ...(scenario === undefined ? {} : { scenario }),
      };
      // A host's metrics lie in one shard, which judges them; what is declared may be summed over all.
      const parts = await askShards(c.env, principal.project, async (each) => unwrap(await each.analyze("capacity", question)));
      for (const one of settings.resources) {
        const declared = { ...question, declared: [one], declaredOnly: true };
        parts.push(unwrap(await shard.analyze("capacity", declared, among)));
      }
      const warnings = demand.ok ? [] : [`demand: ${demand.error.message}`];
      return Response.json(
        capacityResponse(parts, {
          startMs,
          endMs,
          hosts,
          settings,
          warnings,
          ...(known ? { demand: query } : {}),
          ...(scenario === undefined ? {} : { scenario }),
        }),
      );
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
    async ({ c, principal, body }) =>
      Response.json(unwrap(await projectStub(c.env, principal.project).putCapacitySettings(principal, capacitySettingsOf(body)))),
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
      return new Response(null, { status: 204 });
    },
  );
}
