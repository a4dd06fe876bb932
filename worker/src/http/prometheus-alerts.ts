import type { AlertTransition, StandingAlert } from "@sightline/shared/model/alert";
import {
  type AlertRule,
  type RecordingRule,
  type Rule,
  type RuleFault,
  type RuleGroup,
  isRecording,
  ownLabels,
  ruleKey,
} from "@sightline/shared/model/rule";
import { alikeAcrossShards } from "@sightline/shared/alerting/alike-across-shards";
import { projectStub } from "../objects/stubs.ts";
import { type App, type Call, declareRoute } from "./declare-route.ts";
import { RULE_PARAMETERS, RULES_FILE, ruleListing, rulePage } from "./rule-listing.ts";
import { askShards } from "./shards.ts";

/** Of each shard. */
const activeAlerts = (call: Call<unknown>): Promise<readonly (readonly StandingAlert[])[]> =>
  askShards(call.c.env, call.principal.project, (shard) => shard.activeAlerts());

const ruleFaults = async (call: Call<unknown>): Promise<readonly RuleFault[]> =>
  (await askShards(call.c.env, call.principal.project, (shard) => shard.ruleFaults())).flat();

/** What Prometheus says of a rule's newest evaluation: the error of any shard is the rule's. */
function healthJson(rule: Rule, faults: readonly RuleFault[], evaluatedAt: string): Record<string, unknown> {
  const fault = faults.find(({ name, expr }) => name === rule.name && expr === rule.expr);
  const newest = fault === undefined ? evaluatedAt : new Date(fault.at).toISOString();
  const health = fault === undefined ? { health: "ok" } : { health: "err", lastError: fault.message };
  return { ...health, evaluationTime: 0, lastEvaluation: newest };
}

/** Go's strconv 'e' format, which Prometheus writes alert values in: two digits of exponent at least. */
function exponential(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}

const alertJson = (alert: AlertTransition): Record<string, unknown> => ({
  labels: { alertname: alert.rule, ...alert.labels },
  annotations: alert.annotations,
  state: alert.to,
  activeAt: new Date(alert.activeAt).toISOString(),
  value: exponential(alert.value),
});

function ruleJson(
  rule: AlertRule,
  own: readonly StandingAlert[],
  faults: readonly RuleFault[],
  evaluatedAt: string,
  withoutAlerts: boolean,
): Record<string, unknown> {
  const state = own.some((alert) => alert.to === "firing") ? "firing" : own.length > 0 ? "pending" : "inactive";
  return {
    state,
    name: rule.name,
    query: rule.expr,
    duration: rule.forMs / 1000,
    keepFiringFor: rule.keepFiringForMs / 1000,
    labels: ownLabels(rule),
    annotations: rule.annotations,
    ...(withoutAlerts ? {} : { alerts: own.map(alertJson) }),
    ...healthJson(rule, faults, evaluatedAt),
    type: "alerting",
  };
}

const recordingJson = (rule: RecordingRule, faults: readonly RuleFault[], evaluatedAt: string): Record<string, unknown> => ({
  name: rule.record,
  query: rule.expr,
  labels: rule.labels,
  ...healthJson(rule, faults, evaluatedAt),
  type: "recording",
});

const groupJson = (
  group: RuleGroup,
  active: ReadonlyMap<string, readonly StandingAlert[]>,
  faults: readonly RuleFault[],
  evaluatedAt: string,
  withoutAlerts: boolean,
): Record<string, unknown> => ({
  name: group.name,
  file: RULES_FILE,
  interval: group.intervalMs / 1000,
  limit: group.limit ?? 0,
  rules: group.rules.map((rule) => {
    const own = faults.filter((fault) => fault.group === group.name);
    if (isRecording(rule)) return recordingJson(rule, own, evaluatedAt);
    return ruleJson(rule, active.get(ruleKey(group.name, rule)) ?? [], own, evaluatedAt, withoutAlerts);
  }),
  evaluationTime: 0,
  lastEvaluation: evaluatedAt,
});

export function prometheusAlertRoutes(app: App): void {
  declareRoute(
    app,
    { method: "get", path: "/api/v1/rules", role: "viewer", summary: "Rules and their state", parameters: RULE_PARAMETERS },
    async (call) => {
      const listing = ruleListing(call.parameters);
      const [groups, byShard, own] = await Promise.all([
        projectStub(call.c.env, call.principal.project).ruleGroups(),
        activeAlerts(call),
        ruleFaults(call),
      ]);
      const active = Map.groupBy(byShard.flat(), ({ raisedBy }) => raisedBy);
      const faults = [...own, ...alikeAcrossShards(byShard, groups)];
      const page = await rulePage(groups, listing);
      // Per-series rules are evaluated on every append, so the last evaluation is always now.
      const evaluatedAt = new Date().toISOString();
      const shown = page.groups.map((group) => groupJson(group, active, faults, evaluatedAt, listing.withoutAlerts));
      const next = page.nextToken === undefined ? {} : { groupNextToken: page.nextToken };
      return Response.json({ status: "success", data: { groups: shown, ...next } });
    },
  );
  declareRoute(app, { method: "get", path: "/api/v1/alerts", role: "viewer", summary: "Pending and firing alerts" }, async (call) =>
    Response.json({ status: "success", data: { alerts: (await activeAlerts(call)).flat().map(alertJson) } }),
  );
}
