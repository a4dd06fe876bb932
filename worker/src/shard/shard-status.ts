import { spokenDuration } from "@sightline/shared/model/duration";
import type { RuleFault } from "@sightline/shared/model/rule";
import type { ShardSnapshot, ShardStatus } from "../objects/rpc.ts";
import type { ShardCore } from "./shard-core.ts";
import { sloCounts } from "./slo-counts.ts";

const TOP_METRICS = 10;

/** Samples a second since the last look at least ten seconds ago. */
export class RateMeter {
  /** When it was made, ms. */
  readonly since: number;
  #at: number;
  #samples = 0;
  #rate = 0;

  constructor(nowMs: number) {
    this.since = nowMs;
    this.#at = nowMs;
  }

  read(nowMs: number, samples: number): number {
    const elapsed = (nowMs - this.#at) / 1000;
    if (elapsed >= 10) {
      this.#rate = (samples - this.#samples) / elapsed;
      this.#at = nowMs;
      this.#samples = samples;
    }
    return this.#rate === 0 && elapsed > 0 ? (samples - this.#samples) / Math.max(elapsed, 1) : this.#rate;
  }
}

const faultText = ({ group, name, message }: RuleFault): string =>
  `rule ${name} of group ${group} could not be evaluated: ${message}; its alerts stay as they are`;

/** The largest, then those whose bound refuses series. */
function topMetrics({ store, writer }: ShardCore): ShardStatus["topMetrics"] {
  const largest = store.index.topMetrics(TOP_METRICS);
  const bounded = writer.refusals.metrics().filter((metric) => !largest.some((one) => one.metric === metric));
  return [...largest, ...bounded.map((metric) => ({ metric, series: store.index.refsOfMetric(metric).length }))].map((one) => {
    const refused = writer.refusals.ofMetric(one.metric);
    return refused === 0 ? one : { ...one, refused };
  });
}

/** Bounds that have refused series since the shard was opened: what is lost there must not hide in a counter. */
function boundProblems({ store, writer }: ShardCore): string[] {
  const full = writer.counts["series_limit"] ?? 0;
  const metrics = writer.refusals.metrics();
  return [
    ...(full === 0
      ? []
      : [
          `${full} samples of new series were refused since this shard was opened: it knows ${store.index.size} series and takes no more that live`,
        ]),
    ...(metrics.length === 0
      ? []
      : [
          `new series of ${metrics.slice(0, 5).join(", ")} are refused: one metric may not have more; look for a label with too many values`,
        ]),
  ];
}

const toMinute = (ms: number): number => Math.ceil(ms / 60_000) * 60_000;

/** Series whose newest sample lies so far ahead, as a clock did when it came, that samples of now are too late for them; not as far as a sender's clock may be. */
function aheadProblems({ store }: ShardCore, nowMs: number): string[] {
  const { outOfOrderMs, futureMs } = store.bounds;
  let series = 0;
  let newest = -Infinity;
  for (const ref of store.index.refs()) {
    const last = store.head.lastTime[ref] as number;
    if (last <= nowMs + Math.max(outOfOrderMs, futureMs)) continue;
    series++;
    newest = Math.max(newest, last);
  }
  if (series === 0) return [];
  const until = new Date(toMinute(newest - outOfOrderMs)).toISOString().slice(0, 16);
  const ahead = spokenDuration(toMinute(newest - nowMs));
  return [
    `${series} series have samples up to ${ahead} ahead of this machine's clock, as a clock was ahead when they came: samples of now are refused as too_old for the last of them until ${until}Z; with a longer out-of-order window (--out-of-order-window, OUT_OF_ORDER_WINDOW) they are taken`,
  ];
}

export function shardStatus(core: ShardCore, meter: RateMeter, nowMs: number, problems: readonly string[]): ShardStatus {
  const { store, writer } = core;
  return {
    series: store.index.size,
    since: meter.since,
    samples: writer.samples,
    frameSamples: writer.frameSamples,
    samplesPerSecond: meter.read(nowMs, writer.samples),
    rejected: { ...writer.counts },
    noted: { ...writer.noted, ...core.exemplars.leftOut },
    senders: [...store.senders.values()].map((mark) => ({
      sender: mark.sender,
      hostName: mark.hostName,
      lastSeenAt: mark.at,
      durableSeq: mark.seq,
      epoch: mark.epoch,
    })),
    walBytes: store.wal.bytes,
    blockBytes: store.blocks.bytes() + store.runs.bytes(),
    topMetrics: topMetrics(core),
    overload: { refused: core.gate.refused, bytes: core.gate.bytes },
    ...(core.learned.counts.asked === 0 ? {} : { learned: core.learned.counts }),
    configVersion: core.settings.config?.version ?? 0,
    problems: [
      ...boundProblems(core),
      ...aheadProblems(core, nowMs),
      ...store.problems,
      ...store.retention.problems(nowMs),
      ...store.quarantine.problems(),
      ...core.evaluation.faults().map(faultText),
      ...problems,
    ],
  };
}

/** The newest `anomalies` among them. */
export function shardSnapshot(core: ShardCore, status: ShardStatus, nowMs: number, anomalies: number): ShardSnapshot {
  const { evaluation, reads } = core;
  return {
    status,
    slos: sloCounts(evaluation, nowMs),
    active: evaluation.active(),
    anomalies: reads.plans.anomalies(0, nowMs, anomalies),
  };
}
