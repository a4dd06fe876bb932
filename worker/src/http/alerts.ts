import type { AlertsResponse } from "@sightline/shared/api/responses";
import type { AlertStatus } from "@sightline/shared/model/alert";
import { projectStub } from "../objects/stubs.ts";
import { activeOn, withCurrentValues } from "./current-values.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { HttpFailure } from "./http-failure.ts";
import type { Parameters } from "./parameters.ts";
import { shardsOf } from "./shards.ts";
import { integerParameter } from "./v1-time.ts";

const STATES: readonly AlertStatus[] = ["pending", "firing", "acknowledged", "resolved"];

function statesOf(parameters: Parameters): readonly AlertStatus[] | null {
  const asked = parameters.all("state").flatMap((text) => text.split(","));
  if (asked.length === 0) return null;
  return asked.map((text) => {
    const state = STATES.find((known) => known === text);
    if (state === undefined)
      throw new HttpFailure("bad_request", `There is no alert state ${JSON.stringify(text)}; there are ${STATES.join(", ")}.`);
    return state;
  });
}

export function alertRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/alerts",
      role: "viewer",
      summary: "Alerts, the open ones first, then the most recently resolved",
      parameters: {
        state: `Any of ${STATES.join(", ")}, repeated or separated by commas; all when absent`,
        fingerprint: "Only the episodes of one rule on one label set, the newest first",
        limit: "200 when absent, at most 1000",
      },
    },
    async ({ c, principal, parameters }) => {
      const states = statesOf(parameters);
      const limit = integerParameter(parameters, "limit", 200, 1000);
      const fingerprint = parameters.get("fingerprint");
      const alerts = await projectStub(c.env, principal.project).alerts({
        limit,
        ...(states === null ? {} : { states }),
        ...(fingerprint === null ? {} : { fingerprint }),
      });
      const active = await activeOn(await shardsOf(c.env, principal.project));
      const response: AlertsResponse = { alerts: withCurrentValues(alerts, active) };
      return Response.json(response);
    },
  );
  declareRoute(app, { method: "get", path: "/v1/alerts/{id}", role: "viewer", summary: "One alert" }, async ({ c, principal, path }) => {
    const alert = await projectStub(c.env, principal.project).alert(path("id"));
    if (alert === null)
      throw new HttpFailure("not_found", `There is no alert ${JSON.stringify(path("id"))}; resolved ones are kept for 90 days.`);
    const active = alert.state === "resolved" ? [] : await activeOn(await shardsOf(c.env, principal.project));
    return Response.json(withCurrentValues([alert], active)[0]);
  });
}
