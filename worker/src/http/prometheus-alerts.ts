import type { StandingAlert } from "@sightline/shared/model/alert";
import {
  type AlertRule,
  type RecordingRule,
  type RuleEvaluation,
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

/** The newest of each rule, by its key. */
type Evaluations = ReadonlyMap<string, RuleEvaluation>;

async function ruleEvaluations(call: Call<unknown>): Promise<Evaluations> {
  const newest = new Map<string, RuleEvaluation>();
  for (const one of (await askShards(call.c.env, call.principal.project, (shard) => shard.ruleEvaluations())).flat())
    if (one.at >= (newest.get(one.rule)?.at ?? 0)) newest.set(one.rule, one);
  return newest;
}

/** Go's zero time: not evaluated yet. */
const NEVER = "0001-01-01T00:00:00Z";

const timeJson = ({ at, tookMs }: Pick<RuleEvaluation, "at" | "tookMs">): Record<string, unknown> => ({
  evaluationTime: tookMs / 1000,
  lastEvaluation: at === 0 ? NEVER : new Date(at).toISOString(),
});

/** What Prometheus says of a rule's newest evaluation: the error of any shard is the rule's. */
function healthJson(rule: Rule, faults: readonly RuleFault[], evaluation: RuleEvaluation | undefined): Record<string, unknown> {
  const fault = faults.find(({ name, expr }) => name === rule.name && expr === rule.expr);
  if (fault !== undefined)
    return { health: "err", lastError: fault.message, ...timeJson({ at: fault.at, tookMs: evaluation?.tookMs ?? 0 }) };
  return { health: evaluation === undefined ? "unknown" : "ok", ...timeJson(evaluation ?? { at: 0, tookMs: 0 }) };
}

/** Go's strconv 'e' format, which Prometheus writes alert values in: two digits of exponent at least. */
function exponential(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}

const alertJson = (alert: StandingAlert): Record<string, unknown> => ({
  labels: { alertname: alert.rule, ...alert.labels },
  annotations: alert.annotations,
  state: alert.to,
  activeAt: new Date(alert.activeAt).toISOString(),
  ...(alert.keepFiringSince === undefined ? {} : { keepFiringSince: new Date(alert.keepFiringSince).toISOString() }),
  value: exponential(alert.value),
});

function ruleJson(
  rule: AlertRule,
  own: readonly StandingAlert[],
  faults: readonly RuleFault[],
  evaluation: RuleEvaluation | undefined,
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
    ...healthJson(rule, faults, evaluation),
    type: "alerting",
  };
}

const recordingJson = (
  rule: RecordingRule,
  faults: readonly RuleFault[],
  evaluation: RuleEvaluation | undefined,
): Record<string, unknown> => ({
  name: rule.record,
  query: rule.expr,
  labels: rule.labels,
  ...healthJson(rule, faults, evaluation),
  type: "recording",
});

const groupJson = (
  group: RuleGroup,
  active: ReadonlyMap<string, readonly StandingAlert[]>,
  faults: readonly RuleFault[],
  evaluations: Evaluations,
  withoutAlerts: boolean,
): Record<string, unknown> => ({
  name: group.name,
  file: RULES_FILE,
  interval: group.intervalMs / 1000,
  limit: group.limit ?? 0,
  rules: group.rules.map((rule) => {
    const own = faults.filter((fault) => fault.group === group.name);
    const key = ruleKey(group.name, rule);
    if (isRecording(rule)) return recordingJson(rule, own, evaluations.get(key));
    return ruleJson(rule, active.get(key) ?? [], own, evaluations.get(key), withoutAlerts);
  }),
  ...timeJson(
    group.rules
      .flatMap((rule) => evaluations.get(ruleKey(group.name, rule)) ?? [])
      .reduce((sum, { at, tookMs }) => ({ at: Math.max(sum.at, at), tookMs: sum.tookMs + tookMs }), { at: 0, tookMs: 0 }),
  ),
});

export function prometheusAlertRoutes(app: App): void {
  declareRoute(
    app,
    { method: "get", path: "/api/v1/rules", role: "viewer", summary: "Rules and their state", parameters: RULE_PARAMETERS },
    async (call) => {
      const listing = ruleListing(call.parameters);
      const [groups, byShard, own, evaluations] = await Promise.all([
        projectStub(call.c.env, call.principal.project).ruleGroups(),
        activeAlerts(call),
        ruleFaults(call),
        ruleEvaluations(call),
      ]);
      const active = Map.groupBy(byShard.flat(), ({ raisedBy }) => raisedBy);
      const faults = [...own, ...alikeAcrossShards(byShard, groups)];
      const page = await rulePage(groups, listing);
      const shown = page.groups.map((group) => groupJson(group, active, faults, evaluations, listing.withoutAlerts));
      const next = page.nextToken === undefined ? {} : { groupNextToken: page.nextToken };
      return Response.json({ status: "success", data: { groups: shown, ...next } });
    },
  );
  declareRoute(app, { method: "get", path: "/api/v1/alerts", role: "viewer", summary: "Pending and firing alerts" }, async (call) =>
    Response.json({ status: "success", data: { alerts: (await activeAlerts(call)).flat().map(alertJson) } }),
  );
}
