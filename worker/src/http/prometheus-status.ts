import { Pace } from "@sightline/shared/promql/evaluation/pace";
import { budgetOf, openSelector } from "@sightline/shared/promql/parse/metric-selector";
import type { Cardinality, HeadTimes } from "../objects/labels-rpc.ts";
import type { ShardStatus } from "../objects/rpc.ts";
import { CardinalityTally, tallyPart } from "../query/cardinality.ts";
import { inSteps } from "../query/query-source.ts";
import { countedElsewhere } from "./counted-elsewhere.ts";
import { type App, type Call, declareRoute } from "./declare-route.ts";
import { HttpFailure } from "./http-failure.ts";
import { letOthersIn } from "./let-others-in.ts";
import { given } from "./parameters.ts";
import { plainLimit } from "./prometheus-limit.ts";
import { askShards } from "./shards.ts";
import { startedAt } from "./started-at.ts";

const TOP = 10;
/** Where a scrape configuration's name would stand. */
const POOL = "push";

const success = (data: unknown): Response => Response.json({ status: "success", data });

const statuses = (call: Call<unknown>): Promise<ShardStatus[]> => askShards(call.c.env, call.principal.project, (shard) => shard.status());

/** Of each list. */
const MOST = 10_000;
/** Values of labels that a shard tells at a time. */
const VALUES_AT_ONCE = 10_000;

/** Cardinality as Prometheus reports it; a value or a series that several shards have counts once. */
async function cardinality(call: Call<unknown>): Promise<Record<string, unknown>> {
  const written = given(call.parameters, "limit") ?? String(TOP);
  if (!/^\d{1,9}$/.test(written) || Number(written) < 1) throw new HttpFailure("bad_data", "limit must be a positive number");
  const { oldestMs, newestMs, series, pairs, seriesByMetric, valuesByLabel, bytesByLabel, seriesByPair } = await cardinalityOfAll(
    call,
    Math.min(Number(written), MOST),
  );
  return {
    headStats: {
      numSeries: series,
      numLabelPairs: pairs,
      chunkCount: series,
      // Prometheus says the ends of 64 bits where there is nothing, which JSON's readers in JavaScript cannot hold.
      minTime: newestMs === -Infinity ? 0 : Math.min(oldestMs, newestMs),
      maxTime: newestMs === -Infinity ? 0 : newestMs,
    },
    seriesCountByMetricName: seriesByMetric,
    labelValueCountByLabelName: valuesByLabel,
    memoryInBytesByLabelName: bytesByLabel,
    seriesCountByLabelValuePair: seriesByPair,
  };
}

/** What is largest in all shards may be large in none: they tell of all their values, a part of them at a time. */
async function cardinalityOfAll(call: Call<unknown>, most: number): Promise<Cardinality & HeadTimes> {
  const { env } = call.c;
  const { project } = call.principal;
  const shards = await askShards(env, project, (shard) => shard.cardinality(most));
  const [only] = shards;
  if (only !== undefined && shards.length === 1) return only;
  const known = shards.reduce((sum, { series }) => sum + series, 0);
  const elsewhere = await countedElsewhere(env, project, known);
  const without = new Map([...elsewhere].map(([name, { refs }]) => [name, new Uint32Array(refs).buffer] as const));
  const parts = Math.max(1, ...shards.map(({ pairs }) => Math.ceil(pairs / VALUES_AT_ONCE)));
  const tally = new CardinalityTally(most);
  const pace = new Pace();
  for (let part = 0; part < parts; part++) {
    const told = await askShards(env, project, (shard, name) => shard.labelCounts(part, parts, without.get(name) ?? new ArrayBuffer(0)));
    await inSteps(tallyPart(told, tally, pace), letOthersIn);
  }
  return {
    ...tally.of([...elsewhere.values()].reduce((sum, { refs }) => sum - refs.length, known)),
    oldestMs: Math.min(...shards.map(({ oldestMs }) => oldestMs)),
    newestMs: Math.max(...shards.map(({ newestMs }) => newestMs)),
  };
}

/** A sender stands where a scraped target would: nothing is scraped here. */
const targetOf = ({ sender, hostName, lastSeenAt }: ShardStatus["senders"][number], nowMs: number): Record<string, unknown> => ({
  discoveredLabels: { __sender__: sender },
  labels: { instance: hostName ?? sender, job: "push" },
  scrapePool: POOL,
  scrapeUrl: "",
  globalUrl: "",
  lastError: nowMs - lastSeenAt > 60_000 ? `silent for ${Math.round((nowMs - lastSeenAt) / 1000)} s` : "",
  lastScrape: new Date(lastSeenAt).toISOString(),
  lastScrapeDuration: 0,
  health: nowMs - lastSeenAt > 60_000 ? "down" : "up",
  scrapeInterval: "0s",
  scrapeTimeout: "0s",
});

async function targets(call: Call<unknown>): Promise<Record<string, unknown>> {
  const now = Date.now();
  const senders = (await statuses(call)).flatMap((status) => status.senders);
  const wanted = (call.parameters.get("state") ?? "any").toLowerCase();
  const pool = call.parameters.get("scrapePool") ?? "";
  const active = ["", "any", "active"].includes(wanted) && ["", POOL].includes(pool);
  return { activeTargets: active ? senders.map((sender) => targetOf(sender, now)) : [], droppedTargets: [], droppedTargetCounts: {} };
}

/** Whether `match_target` takes a target without labels, which all is of here: a selector that no empty text fulfils does not. */
function matchesTarget(selector: string | null): boolean {
  if (selector === null) return true;
  const opened = openSelector(selector, budgetOf([selector]));
  if (!opened.ok) throw new HttpFailure(opened.error.code, `invalid parameter "match_target": ${opened.error.message}`);
  return opened.value !== selector;
}

async function targetMetadata(call: Call<unknown>): Promise<Record<string, unknown>[]> {
  const limit = plainLimit(call.parameters, "limit");
  if (!matchesTarget(given(call.parameters, "match_target"))) return [];
  const metric = call.parameters.get("metric");
  const shards = await askShards(call.c.env, call.principal.project, (shard) => shard.metadata(metric === "" ? null : metric, 100_000));
  const families = new Map(shards.flat().map((family) => [family.metric, family]));
  const list = [...families.values()].map(({ metric: name, ...said }) => ({
    target: {},
    ...(metric === null || metric === "" ? { metric: name } : {}),
    ...said,
  }));
  return limit === null || limit < 0 ? list : list.slice(0, limit);
}

/** What Prometheus's status pages and its clients ask; the answers have its shape and say what is so here. */
export function prometheusStatusRoutes(app: App): void {
  const get = (
    path: string,
    summary: string,
    data: (call: Call<unknown>) => unknown,
    parameters: Readonly<Record<string, string>> = {},
  ): void => declareRoute(app, { method: "get", path, role: "viewer", summary, parameters }, async (call) => success(await data(call)));
  get("/api/v1/status/config", "Configuration as YAML: rules and receivers have routes of their own", () => ({ yaml: "global: {}\n" }));
  get("/api/v1/status/flags", "Settings by Prometheus's names", ({ c }) => ({
    "enable-feature": c.env.ENABLE_FEATURE ?? "",
    "query.lookback-delta": "5m",
    "query.max-samples": "5000000",
    "query.timeout": "30s",
    "storage.tsdb.retention.time": "30d",
    "web.enable-remote-write-receiver": "true",
  }));
  get("/api/v1/status/runtimeinfo", "Since when, and how long samples are kept", ({ c }) => ({
    startTime: startedAt(c.env),
    CWD: "",
    reloadConfigSuccess: true,
    lastConfigTime: startedAt(c.env),
    corruptionCount: 0,
    goroutineCount: 0,
    GOMAXPROCS: 1,
    GOMEMLIMIT: 0,
    GOGC: "",
    GODEBUG: "",
    storageRetention: "30d",
    serverTime: new Date().toISOString(),
  }));
  get("/api/v1/status/tsdb", "Cardinality: metrics, labels and pairs of the most series", cardinality, {
    limit: "Most of each list, 10 when absent",
  });
  get("/api/v1/targets", "Senders in the place of scraped targets", targets, {
    state: "active, dropped or any",
    scrapePool: "push or none",
  });
  get("/api/v1/scrape_pools", "One: what is pushed", () => ({ scrapePools: [POOL] }));
  get("/api/v1/status/walreplay", "Nothing is replayed any more when this answers", () => ({ min: 0, max: 0, current: 0 }));
  get("/api/v1/targets/metadata", "Type, unit and help of metrics", targetMetadata, {
    match_target: "Selector; all is of one target without labels",
    metric: "One metric",
    limit: "Most entries",
  });
  get("/api/v1/alertmanagers", "None: alerts are delivered from here", () => ({ activeAlertmanagers: [], droppedAlertmanagers: [] }));
}
