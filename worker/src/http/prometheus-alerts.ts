import type { AlertTransition } from "@sightline/shared/model/alert";
import { type AlertRule, type RecordingRule, type Rule, type RuleFault, type RuleGroup, isRecording } from "@sightline/shared/model/rule";
import { projectStub } from "../objects/stubs.ts";
import { type App, type Call, declareRoute } from "./declare-route.ts";
import { askShards } from "./shards.ts";

const activeAlerts = async (call: Call<unknown>): Promise<readonly AlertTransition[]> =>
  (await askShards(call.c.env, call.principal.project, (shard) => shard.activeAlerts())).flat();

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
  labels: { alertname: alert.rule, severity: alert.severity, ...alert.labels },
  annotations: alert.annotations,
  state: alert.to,
  activeAt: new Date(alert.activeAt).toISOString(),
  value: exponential(alert.value),
});

function ruleJson(
  rule: AlertRule,
  active: readonly AlertTransition[],
  faults: readonly RuleFault[],
  evaluatedAt: string,
): Record<string, unknown> {
  const own = active.filter((alert) => alert.rule === rule.name);
  const state = own.some((alert) => alert.to === "firing") ? "firing" : own.length > 0 ? "pending" : "inactive";
  return {
    state,
    name: rule.name,
    query: rule.expr,
    duration: rule.forMs / 1000,
    keepFiringFor: rule.keepFiringForMs / 1000,
    labels: { severity: rule.severity, ...rule.labels },
    annotations: rule.annotations,
    alerts: own.map(alertJson),
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
  active: readonly AlertTransition[],
  faults: readonly RuleFault[],
  evaluatedAt: string,
): Record<string, unknown> => ({
  name: group.name,
  file: "sightline",
  interval: group.intervalMs / 1000,
  limit: group.limit ?? 0,
  rules: group.rules.map((rule) => {
    const own = faults.filter((fault) => fault.group === group.name);
    return isRecording(rule) ? recordingJson(rule, own, evaluatedAt) : ruleJson(rule, active, own, evaluatedAt);
  }),
  evaluationTime: 0,
  lastEvaluation: evaluatedAt,
});

export function prometheusAlertRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "get",
      path: "/api/v1/rules",
      role: "viewer",
      summary: "Rules and their state",
      parameters: { type: "alert or record", "rule_name[]": "Only these" },
    },
    async (call) => {
      const [groups, active, faults] = await Promise.all([
        projectStub(call.c.env, call.principal.project).ruleGroups(),
        activeAlerts(call),
        ruleFaults(call),
      ]);
      const names = call.parameters.all("rule_name[]");
      // Per-series rules are evaluated on every append, so the last evaluation is always now.
      const evaluatedAt = new Date().toISOString();
      const type = call.parameters.get("type");
      const isWanted = (rule: RuleGroup["rules"][number]): boolean =>
        (names.length === 0 || names.includes(rule.name)) && (type === undefined || (type === "record") === isRecording(rule));
      const shown = groups.map((group) => ({ ...group, rules: group.rules.filter(isWanted) })).filter((group) => group.rules.length > 0);
      return Response.json({ status: "success", data: { groups: shown.map((group) => groupJson(group, active, faults, evaluatedAt)) } });
    },
  );
  declareRoute(app, { method: "get", path: "/api/v1/alerts", role: "viewer", summary: "Pending and firing alerts" }, async (call) =>
    Response.json({ status: "success", data: { alerts: (await activeAlerts(call)).map(alertJson) } }),
  );
}
