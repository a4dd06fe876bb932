import type { Session } from "../../worker/src/shard/shard-core.ts";
import { runQuery } from "../../worker/src/query/prometheus-query.ts";
import { shardProfile } from "../../worker/src/shard/profile.ts";
import { dividesFrom } from "../../worker/src/shard/size-watch.ts";
import { RESOLUTIONS } from "../../worker/src/storage/rollup-tiers.ts";
import { runBytes } from "../../worker/src/storage/run-manifest.ts";
import { SimulatedTime } from "../support/simulated-time.ts";
import type { BenchOptions } from "./bench-options.ts";
import { FLEETS, SimulatedHost } from "./cost-fleet.ts";
import type { Fleet } from "./cost-fleet.ts";
import type { ObjectFigures } from "./cost-meter.ts";
import { FREE_PLAN_A_DAY, archiveDollars, freePlanMargins, paidPlanDollars } from "./cost-prices.ts";
import type { Usage } from "./cost-prices.ts";
import { SimulatedProject } from "./cost-project.ts";
import type { SimulatedShard } from "./cost-project.ts";
import { report, round } from "./report.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const BOUNDS = shardProfile("cloudflare").store;
const SERIES_A_SHARD = 10_000;
/** What one look at the page asks of the Worker besides: its shell, its configuration, and a query every 10 s while it is open. */
const QUERY_EVERY_MS = 10_000;
/** What an hour more of looking on takes is told from a day with so many times as many. */
const LONGER = 4;
const MIDNIGHT = Date.UTC(2026, 5, 1);

/** A simulated day of each fleet through the real cores, and what Cloudflare would bill for it. */
export async function cost({ quick }: BenchOptions): Promise<void> {
  for (const fleet of FLEETS) {
    const simulatedMs = quick ? Math.min(fleet.simulatedMs / 6, 600_000) : fleet.simulatedMs;
    const day = await simulate(fleet, simulatedMs);
    const longer = await simulate({ ...fleet, viewedMs: fleet.viewedMs * LONGER }, simulatedMs);
    report("cost", { ...day.figures, viewing: viewing(fleet, day.usage, longer.usage) });
  }
}

/** What is assumed of those who look on, what an hour of that takes, and how many a day the free plan has room for. */
function viewing({ viewedMs }: Fleet, day: Usage, longer: Usage): unknown {
  const hours = viewedMs / HOUR;
  const anHour = (kind: keyof Usage): number => (longer[kind] - day[kind]) / (hours * (LONGER - 1));
  const kinds = (Object.keys(FREE_PLAN_A_DAY) as (keyof Usage)[]).filter((kind) => anHour(kind) > 0);
  const roomFor = (kind: keyof Usage): number => hours + (FREE_PLAN_A_DAY[kind] - day[kind]) / anHour(kind);
  const least = kinds.reduce<keyof Usage | null>((a, b) => (a === null || roomFor(b) < roomFor(a) ? b : a), null);
  return {
    assumed: `a page open ${hours} h a day, with twenty series live and a query every ${QUERY_EVERY_MS / 1000} s`,
    anHourMore: Object.fromEntries(kinds.map((kind) => [kind, round(anHour(kind), 0)])),
    freePlanHoursADay: least === null ? 24 : round(Math.max(0, Math.min(24, roomFor(least))), 1),
    endsAt: least,
  };
}

interface SimulatedDay {
  readonly usage: Usage;
  readonly figures: Readonly<Record<string, unknown>>;
}

async function simulate(fleet: Fleet, simulatedMs: number): Promise<SimulatedDay> {
  const started = performance.now();
  const startMs = MIDNIGHT + DAY - simulatedMs;
  const time = new SimulatedTime(startMs);
  const project = new SimulatedProject(time, Math.ceil((fleet.hosts * fleet.series) / SERIES_A_SHARD));
  await time.runUntil(startMs);
  const opening = snapshot(project, startMs);
  let samples = 0;
  let errors = 0;
  let workerRequests = 0;

  const hosts = Array.from({ length: fleet.hosts }, (_, i) => new SimulatedHost(i, fleet.series));
  for (const [i, host] of hosts.entries()) {
    const shard = project.shards[i % project.shards.length];
    if (shard === undefined) continue;
    let session: Session | null = null;
    const receive = async (bytes: Uint8Array): Promise<void> => {
      const from = time.now();
      session ??= shard.core.session({ project: "default", tokenId: "t", sender: "", epoch: "" });
      const answering = session.receive(bytes);
      shard.meter.awake(from);
      const answer = await answering;
      shard.meter.message(from, time.now());
      if (answer[0] === 5) errors++;
    };
    const tick = (): void => {
      void receive(host.tick(time.now()));
      samples += fleet.series;
      if (time.now() + fleet.intervalMs < startMs + simulatedMs) time.at(time.now() + fleet.intervalMs, tick);
    };
    // Hosts were started at different times: they tick evenly spread over the interval.
    time.at(startMs + Math.floor((i * fleet.intervalMs) / fleet.hosts), () => {
      workerRequests++;
      shard.meter.request(time.now());
      void receive(host.hello());
      tick();
    });
  }

  // Alerts and viewing at the same density as over a whole day.
  const share = simulatedMs / DAY;
  const busySpells = Math.max(1, Math.round(fleet.alerts * share));
  for (let i = 0; i < busySpells; i++) {
    const host = hosts[(i * 7) % hosts.length];
    const at = startMs + ((i + 0.25) * simulatedMs) / busySpells;
    time.at(at, () => host !== undefined && (host.busy = true));
    time.at(at + Math.min(300_000, simulatedMs / 3), () => host !== undefined && (host.busy = false));
  }
  const viewedMs = fleet.viewedMs * share;
  // More objects would be awake than are counted.
  time.at(startMs + simulatedMs / 2, () => {
    const most = Math.max(...project.shards.map(({ core }) => core.store.room.living));
    if (most >= dividesFrom(BOUNDS.maxSeries)) throw new Error(`a shard of ${most} series would have its senders divided`);
  });
  time.at(startMs + simulatedMs / 2, () => {
    workerRequests += 20;
    void project.view(['{host_name="host-0",part="0"}'], viewedMs);
    for (let after = 0; after < viewedMs; after += QUERY_EVERY_MS)
      time.at(time.now() + after, () => (workerRequests += ask(project, time)));
  });

  const endMs = startMs + simulatedMs;
  await time.runUntil(endMs - 1);
  const evening = snapshot(project, endMs);
  const running = difference(evening, opening);
  // The day is over, the out-of-order window has passed, and what is to be packed and compacted is.
  await time.runUntil(endMs + 1);
  await project.night(endMs + HOUR, endMs + 6 * HOUR);
  const night = difference(snapshot(project, endMs), evening);
  const storedBytes = project.shards.reduce((sum, { database }) => sum + database.usedBytes, 0);

  const scale = 1 / share;
  const scaled = (figures: ObjectFigures, by: number) =>
    Object.fromEntries(Object.entries(figures).map(([k, v]) => [k, v * by])) as ObjectFigures;
  // The night's rows are those of the samples that were simulated.
  const nightly = scaled(night, scale);
  const day = add(add(opening, scaled(running, scale)), nightly);
  const packed = packedBytes(project.shards);
  const bytesPerSample = packed.reduce((sum, tier) => sum + tier.bytes, 0) / samples;
  const wholeBytes = packed.reduce((sum, tier) => sum + tier.bytes, 0);
  const days = daysKept(packed, scale, project.shards.length);
  const keptGB = storedAfter(packed, scale, days) / 1e9;
  const usage: Usage = {
    workerRequests: workerRequests * scale,
    objectRequests: day.objectRequests,
    gbSeconds: day.gbSeconds,
    rowsRead: day.rowsRead,
    rowsWritten: day.rowsWritten,
    // Packed samples gather over the days; definitions, snapshots and the log do not.
    storedGB: keptGB + (storedBytes - wholeBytes) / 1e9,
  };
  const archivedGB = Math.max(0, storedAfter(packed, scale, Infinity) / 1e9 - keptGB);
  const margins = freePlanMargins(usage);
  const figures = {
    fleet: fleet.name,
    simulated: `${round(simulatedMs / HOUR, 2)} h, scaled to a day; the merging of its night whole`,
    shards: project.shards.length,
    samplesADay: Math.round(samples * scale),
    refusedFrames: errors,
    ...rounded(usage),
    alarmWrites: Math.round(day.alarmWrites),
    nightRowsWritten: Math.round(nightly.rowsWritten),
    bytesPerSample: round(bytesPerSample, 2),
    bytesPerSampleBy: Object.fromEntries(packed.map(({ resolutionMs, bytes }) => [tierName(resolutionMs), round(bytes / samples, 2)])),
    fixedMB: round((storedBytes - wholeBytes) / 1e6, 1),
    rawDaysKept: Math.min(BOUNDS.retentionMs / DAY, Math.floor(days)),
    perObject: perObject(project, endMs),
    rowsWrittenBy: rowsBy(project.shards, scale),
    freePlan: FREE_PLAN_A_DAY,
    freePlanMargins: margins,
    fitsFreePlan: Object.values(margins).every((margin) => margin >= 0),
    dollarsAMonth: round(paidPlanDollars(usage), 2),
    // What the objects have no room for, in a bucket.
    archivedGB: round(archivedGB, 2),
    dollarsAMonthWithArchive: round(paidPlanDollars(usage) + archiveDollars(archivedGB), 2),
    seconds: round((performance.now() - started) / 1000),
  };
  return { usage, figures };
}

interface Packed {
  readonly resolutionMs: number;
  readonly bytes: number;
}

const tierName = (resolutionMs: number): string => (resolutionMs === 0 ? "raw" : `${resolutionMs / 60_000}m`);

/** Bytes of the runs of all shards, raw samples and each tier of aggregates. */
const packedBytes = (shards: readonly SimulatedShard[]): Packed[] =>
  [0, ...RESOLUTIONS].map((resolutionMs) => ({
    resolutionMs,
    bytes: shards
      .flatMap(({ core }) => core.store.runs.runs)
      .filter((run) => run.resolutionMs === resolutionMs)
      .reduce((sum, run) => sum + runBytes(run), 0),
  }));

const keptDays = (resolutionMs: number): number =>
  (resolutionMs === 0 ? BOUNDS.retentionMs : (BOUNDS.rollupRetentionMs?.[RESOLUTIONS.indexOf(resolutionMs)] ?? Infinity)) / DAY;

/** What lies there once every tier has reached its retention, or `days`. */
const storedAfter = (packed: readonly Packed[], scale: number, days: number): number =>
  packed.reduce((sum, { resolutionMs, bytes }) => sum + bytes * scale * Math.min(days, keptDays(resolutionMs)), 0);

/** How many days fit the objects' bound: the oldest go first, whatever they are. */
function daysKept(packed: readonly Packed[], scale: number, shards: number): number {
  const room = (BOUNDS.maxBytes ?? Infinity) * shards;
  let days = Math.max(...packed.map(({ resolutionMs }) => keptDays(resolutionMs)));
  while (days > 1 && storedAfter(packed, scale, days) > room) days -= 0.25;
  return days;
}

/** One panel's query, let through by Project and answered by the first shard. */
function ask(project: SimulatedProject, time: SimulatedTime): number {
  const shard = project.shards[0];
  if (shard === undefined) return 0;
  project.admit();
  shard.meter.request(time.now());
  const endMs = time.now();
  runQuery(shard.core.reads, {
    query: 'avg_over_time({host_name="host-0",part="0"}[1m])',
    startMs: endMs - 3_600_000,
    endMs,
    stepMs: 60_000,
  });
  return 1;
}

const ZERO: ObjectFigures = { objectRequests: 0, gbSeconds: 0, rowsRead: 0, rowsWritten: 0, alarmWrites: 0 };

const combine = (a: ObjectFigures, b: ObjectFigures, by: (a: number, b: number) => number): ObjectFigures =>
  Object.fromEntries((Object.keys(ZERO) as (keyof ObjectFigures)[]).map((k) => [k, by(a[k], b[k])])) as ObjectFigures;

const add = (a: ObjectFigures, b: ObjectFigures): ObjectFigures => combine(a, b, (x, y) => x + y);
const difference = (a: ObjectFigures, b: ObjectFigures): ObjectFigures => combine(a, b, (x, y) => x - y);

const snapshot = (project: SimulatedProject, untilMs: number): ObjectFigures =>
  [project.project, project.hub, ...project.shards.map(({ meter }) => meter)].map((meter) => meter.figures(untilMs)).reduce(add, ZERO);

const rounded = (usage: Usage) =>
  Object.fromEntries(Object.entries(usage).map(([kind, value]) => [kind, round(value, kind === "storedGB" ? 2 : 0)]));

const perObject = (project: SimulatedProject, untilMs: number) =>
  Object.fromEntries(
    [project.project, project.hub, ...project.shards.map(({ meter }) => meter)].map((meter) => {
      const { gbSeconds, rowsWritten, objectRequests } = meter.figures(untilMs);
      return [meter.name, { gbSeconds: round(gbSeconds), rowsWritten, objectRequests: round(objectRequests) }];
    }),
  );

/** Which statements write the shards' rows, a day's worth of each; the few largest. */
function rowsBy(shards: readonly SimulatedShard[], scale: number): Record<string, number> {
  const sums = new Map<string, number>();
  for (const { database } of shards) for (const [what, rows] of database.written) sums.set(what, (sums.get(what) ?? 0) + rows * scale);
  return Object.fromEntries(
    [...sums]
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, 8)
      .map(([what, rows]) => [what, Math.round(rows)]),
  );
}
