import type { FleetHost, Snapshot } from "@sightline/shared/api/responses";
import type { Alert } from "@sightline/shared/model/alert";
import type { ShardStatus } from "../objects/rpc.ts";
import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { activeOn, withCurrentValues } from "./current-values.ts";
import { mergeSlos } from "./merge-slos.ts";
import { healthOf } from "./health-score.ts";
import { askShards, type Coordinator, coordinatorOf, shardsOf } from "./shards.ts";
import { HOST_QUERIES, SERVICE_QUERIES, vectorByLabel } from "./snapshot-queries.ts";

/** CONTRACT.md: an agent silent for 30 s is an alert. */
const SILENT_AFTER_MS = 30_000;
const RECENT_MS = 900_000;
const RECENT_ANOMALIES = 50;
const TOP_METRICS = 10;

type ByLabel = ReadonlyMap<string, number>;

/** An expression that cannot be answered (nothing sent yet, another agent's names) leaves its column empty. */
async function instant({ shard, among }: Coordinator, query: string, label: string, nowMs: number): Promise<ByLabel> {
  const answer = await shard.query({ query, startMs: nowMs, endMs: nowMs, stepMs: 0, partial: true }, among);
  return answer.ok ? vectorByLabel(JSON.parse(new TextDecoder().decode(answer.value)), label) : new Map();
}

async function answers<Name extends string>(
  shard: Coordinator,
  queries: Readonly<Record<Name, string>>,
  label: string,
  nowMs: number,
): Promise<(name: Name) => ByLabel> {
  const found = new Map<string, ByLabel>();
  await Promise.all(
    Object.entries<string>(queries).map(async ([name, query]) => {
      found.set(name, await instant(shard, query, label, nowMs));
    }),
  );
  return (name) => found.get(name) ?? new Map<string, number>();
}

function hostsOf(
  statuses: readonly ShardStatus[],
  column: (name: keyof typeof HOST_QUERIES) => ByLabel,
  alerts: readonly Alert[],
  nowMs: number,
): FleetHost[] {
  const hosts = new Map<string, FleetHost>();
  for (const { sender, hostName, lastSeenAt } of statuses.flatMap(({ senders }) => senders)) {
    if (hostName === null) continue;
    // Several senders of one host, such as its agent and a service: the freshest speaks for it.
    const known = hosts.get(hostName);
    if (known !== undefined && known.lastSeenAt >= lastSeenAt) continue;
    const value = (name: keyof typeof HOST_QUERIES): number | null => column(name).get(hostName) ?? null;
    hosts.set(hostName, {
      name: hostName,
      sender,
      lastSeenAt,
      silent: nowMs - lastSeenAt > SILENT_AFTER_MS,
      cpuBusy: value("cpuBusy"),
      memoryUsed: value("memoryUsed"),
      diskUsed: value("diskUsed"),
      load1: value("load1"),
      firing: alerts.filter(({ state, labels }) => state === "firing" && labels.host_name === hostName).length,
    });
  }
  return [...hosts.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
}

function servicesOf(column: (name: keyof typeof SERVICE_QUERIES) => ByLabel): Snapshot["services"] {
  const rates = column("requestsPerSecond");
  return [...rates.keys()].sort().map((name) => {
    const requestsPerSecond = rates.get(name) ?? null;
    const errors = column("errorsPerSecond").get(name) ?? 0;
    return {
      name,
      requestsPerSecond,
      p95Seconds: column("p95Seconds").get(name) ?? null,
      errorRatio: requestsPerSecond === null || requestsPerSecond === 0 ? null : errors / requestsPerSecond,
    };
  });
}

/** A metric's series of all shards together; of each shard the greatest metrics are known. */
function topMetricsOf(statuses: readonly ShardStatus[]): Snapshot["topMetrics"] {
  const series = new Map<string, number>();
  for (const { topMetrics } of statuses) for (const one of topMetrics) series.set(one.metric, (series.get(one.metric) ?? 0) + one.series);
  return [...series]
    .map(([metric, count]) => ({ metric, series: count }))
    .sort((left, right) => right.series - left.series)
    .slice(0, TOP_METRICS);
}

export function snapshotRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/snapshot",
      role: "viewer",
      summary: "All current state in one call: health, alerts, SLOs, hosts, services, anomalies, volume",
    },
    async ({ c, principal }) => {
      const at = Date.now();
      const shards = await shardsOf(c.env, principal.project);
      const first = await coordinatorOf(c.env, principal.project, "snapshot");
      const project = projectStub(c.env, principal.project);
      const [kept, active, statuses, counted, recent, hostColumn, serviceColumn] = await Promise.all([
        project.alerts({ states: ["firing", "acknowledged", "pending"], limit: 500 }),
        activeOn(shards),
        askShards(c.env, principal.project, (shard) => shard.status()),
        askShards(c.env, principal.project, (shard) => shard.slos()),
        askShards(c.env, principal.project, (shard) => shard.recentAnomalies(RECENT_ANOMALIES)),
        answers(first, HOST_QUERIES, "host_name", at),
        answers(first, SERVICE_QUERIES, "service_name", at),
      ]);
      const slos = mergeSlos(counted);
      const alerts = withCurrentValues(kept, active);
      const hosts = hostsOf(statuses, hostColumn, alerts, at);
      const anomalies = recent
        .flat()
        .filter(({ t }) => at - t <= RECENT_MS)
        .sort((left, right) => right.t - left.t);
      const snapshot: Snapshot = {
        at,
        health: healthOf({ alerts, slos, hosts, anomalies }),
        alerts,
        slos,
        hosts,
        services: servicesOf(serviceColumn),
        anomalies,
        series: statuses.reduce((sum, { series }) => sum + series, 0),
        samplesPerSecond: statuses.reduce((sum, { samplesPerSecond }) => sum + samplesPerSecond, 0),
        topMetrics: topMetricsOf(statuses),
      };
      return Response.json(snapshot);
    },
  );
}
