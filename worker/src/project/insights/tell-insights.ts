import { DEPLOY_SUSPECT_MS } from "@sightline/shared/alerting/incidents";
import { type InsightsInput, tellInsights as tell } from "@sightline/shared/insights/tell-insights";
import type { Insight, ToldInsight } from "@sightline/shared/model/insight";
import { listAlerts } from "../alert-store.ts";
import { anomalyAnswers } from "../anomaly-answers.ts";
import { deploysBetween } from "../incidents/deploys.ts";
import { readTopology, wantTopology } from "../incidents/topology-store.ts";
import type { ProjectPorts } from "../project-ports.ts";

const MAX_ALERTS = 500;
const MAX_DEPLOYS = 500;

function toldBefore(ports: ProjectPorts): readonly ToldInsight[] {
  const [row] = ports.database.all<{ value: string }>("SELECT value FROM settings WHERE name = 'insights'");
  // Written below.
  return row === undefined ? [] : (JSON.parse(row.value) as ToldInsight[]);
}

/** `capacityId` of what is told to run out. */
export const openResources = (ports: ProjectPorts): readonly string[] =>
  toldBefore(ports).flatMap(({ insight }) => (insight.kind === "capacity" && insight.state === "open" ? [insight.id] : []));

/** What is to be told now; what of it may have to be taken back is remembered, a row written only when that is another. */
export function tellInsights(
  ports: ProjectPorts,
  { anomalies, sinceMs, nowMs, ...judged }: Pick<InsightsInput, "anomalies" | "capacity" | "unjudged" | "sinceMs" | "nowMs">,
): readonly Insight[] {
  const before = toldBefore(ports);
  const { insights, told } = tell({
    nowMs,
    sinceMs,
    anomalies,
    ...judged,
    told: before,
    answers: anomalyAnswers(ports),
    alerts: listAlerts(ports, { states: ["firing", "acknowledged"], limit: MAX_ALERTS }),
    deploys: deploysBetween(ports, Math.min(sinceMs, ...anomalies.map(({ t }) => t)) - DEPLOY_SUSPECT_MS, nowMs, MAX_DEPLOYS),
    topology: readTopology(ports),
  });
  const asks = anomalies.length > 1;
  const body = JSON.stringify(told);
  if (asks || body !== JSON.stringify(before)) {
    ports.database.transaction(() => {
      // Who needs whom decides what belongs together.
      if (asks) wantTopology(ports);
      if (body !== JSON.stringify(before)) ports.database.run("INSERT OR REPLACE INTO settings (name, value) VALUES ('insights', ?)", body);
    });
  }
  return insights;
}
