import type { FleetHost, Snapshot } from "@sightline/shared/api/responses";
import type { Alert } from "@sightline/shared/model/alert";
import type { ShardStatus } from "../objects/rpc.ts";
import { projectStub } from "../objects/stubs.ts";
import { type ElsewhereCounts, lastCountedElsewhere } from "./counted-elsewhere.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { withCurrentValues } from "./current-values.ts";
import { mergeSlos } from "./merge-slos.ts";
import { healthOf } from "./health-score.ts";
import { askShards, type Coordinator, coordinatorOf } from "./shards.ts";
import { HOST_QUERIES, SERVICE_QUERIES, vectorByLabel } from "./snapshot-queries.ts";

/** CONTRACT.md: an agent silent for 30 s is an alert. */
const SILENT_AFTER_MS = 30_000;
const RECENT_MS = 900_000;
const RECENT_ANOMALIES = 50;
const TOP_METRICS = 10;
const OPEN_INCIDENTS = 50;

const COLUMNS = { ...HOST_QUERIES, ...SERVICE_QUERIES };

/** What a shard has, and what of it another one counts. */
interface ShardCounts {
  readonly status: ShardStatus;
  readonly elsewhere: ElsewhereCounts | undefined;
}

type ByLabel = ReadonlyMap<string, number>;

/** Columns of hosts and services, asked in one call. An expression that cannot be answered (nothing sent yet, another agent's names) leaves its column empty. */
async function columnsOf({ shard, among }: Coordinator, nowMs: number): Promise<(name: keyof typeof COLUMNS) => ByLabel> {
  const names = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];
  const asked = names.map((name) => ({ query: COLUMNS[name], startMs: nowMs, endMs: nowMs, stepMs: 0, partial: true }));
  const answers = await shard.queries(asked, among);
  const found = new Map(
    names.map((name, index) => {
      const answer = answers[index] ?? null;
      const label = name in HOST_QUERIES ? "host_name" : "service_name";
      return [name, answer === null ? new Map() : vectorByLabel(JSON.parse(new TextDecoder().decode(answer)), label)] as const;
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

/** A metric's series of all shards together, each once; of each shard the greatest metrics are known. */
function topMetricsOf(shards: readonly ShardCounts[]): Snapshot["topMetrics"] {
  const series = new Map<string, number>();
  for (const { status, elsewhere } of shards) {
    for (const one of status.topMetrics)
      series.set(one.metric, (series.get(one.metric) ?? 0) + one.series - (elsewhere?.byMetric.get(one.metric) ?? 0));
  }
  return (
    [...series]
      .map(([metric, count]) => ({ metric, series: count }))
      // What is counted elsewhere was told up to a minute ago, and not by those that have less of it than of ten others.
      .filter((one) => one.series > 0)
      .sort((left, right) => right.series - left.series)
      .slice(0, TOP_METRICS)
  );
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
      const first = await coordinatorOf(c.env, principal.project, "snapshot");
      const project = projectStub(c.env, principal.project);
      const [kept, onCall, incidents, shards, column] = await Promise.all([
        project.alerts({ states: ["firing", "acknowledged", "pending"], limit: 500 }),
        project.onCall(at),
        project.incidents({ state: "open", limit: OPEN_INCIDENTS }),
        // One call each, and one more for what others count: a request may make 50 on the free plan, and there may be 16 shards.
        askShards(c.env, principal.project, async (shard, name) => ({ name, ...(await shard.snapshot(RECENT_ANOMALIES)) })),
        columnsOf(first, at),
      ]);
      const statuses = shards.map(({ status }) => status);
      const series = statuses.reduce((sum, { series }) => sum + series, 0);
      const elsewhere = shards.length === 1 ? undefined : await lastCountedElsewhere(c.env, principal.project, series, at);
      const counts = shards.map(({ name, status }) => ({ status, elsewhere: elsewhere?.get(name) }));
      const slos = mergeSlos(shards.map((shard) => shard.slos));
      const alerts = withCurrentValues(
        kept,
        shards.flatMap(({ active }) => active),
      );
      const hosts = hostsOf(statuses, column, alerts, at);
      const anomalies = shards
        .flatMap((shard) => shard.anomalies)
        .filter(({ t }) => at - t <= RECENT_MS)
        .sort((left, right) => right.t - left.t);
      const snapshot: Snapshot = {
        at,
        health: healthOf({ alerts, slos, hosts, anomalies }),
        alerts,
        slos,
        hosts,
        services: servicesOf(column),
        anomalies,
        series: counts.reduce((sum, { elsewhere }) => sum - (elsewhere?.series ?? 0), series),
        samplesPerSecond: statuses.reduce((sum, { samplesPerSecond }) => sum + samplesPerSecond, 0),
        topMetrics: topMetricsOf(counts),
        onCall,
        incidents,
      };
      return Response.json(snapshot);
    },
  );
}
