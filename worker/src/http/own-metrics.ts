import type { ShardStatus } from "../objects/rpc.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { VERSION } from "./health.ts";
import { isolateCounters } from "./isolate-metrics.ts";
import { askShards } from "./shards.ts";

/** Prometheus text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/). */
function exposition(shards: readonly ShardStatus[]): string {
  const lines = ["# TYPE sightline_build_info gauge", `sightline_build_info{version=${JSON.stringify(VERSION)}} 1`];
  const gauge = (name: string, value: (status: ShardStatus) => number): void => {
    lines.push(`# TYPE ${name} gauge`);
    for (const [index, status] of shards.entries()) lines.push(`${name}{shard="${index}"} ${value(status)}`);
  };
  // Counters begin anew with the shard, as those of a process do with it.
  gauge("sightline_shard_start_time_seconds", (status) => status.since / 1000);
  gauge("sightline_shard_series", (status) => status.series);
  gauge("sightline_shard_samples", (status) => status.samples);
  gauge("sightline_shard_samples_per_second", (status) => status.samplesPerSecond);
  gauge("sightline_shard_senders", (status) => status.senders.length);
  gauge("sightline_shard_wal_bytes", (status) => status.walBytes);
  gauge("sightline_shard_block_bytes", (status) => status.blockBytes);
  lines.push("# TYPE sightline_shard_frame_samples_total counter");
  for (const [index, status] of shards.entries())
    lines.push(`sightline_shard_frame_samples_total{shard="${index}"} ${status.frameSamples}`);
  const counted = (name: string, label: string, countsOf: (status: ShardStatus) => Readonly<Record<string, number>>): void => {
    lines.push(`# TYPE ${name} counter`);
    for (const [index, status] of shards.entries()) {
      for (const [what, samples] of Object.entries(countsOf(status)))
        lines.push(`${name}{shard="${index}",${label}=${JSON.stringify(what)}} ${samples}`);
    }
  };
  counted("sightline_shard_rejected_samples_total", "code", (status) => status.rejected);
  counted("sightline_shard_noted_samples_total", "note", (status) => status.noted);
  let family = "";
  for (const [series, value] of [...isolateCounters()].sort(([left], [right]) => (left < right ? -1 : 1))) {
    const name = series.split("{")[0] ?? series;
    if (name !== family) lines.push(`# TYPE ${name} counter`);
    family = name;
    lines.push(`${series} ${value}`);
  }
  return `${lines.join("\n")}\n`;
}

export function ownMetricsRoutes(app: App): void {
  declareRoute(
    app,
    { method: "get", path: "/metrics", role: "viewer", summary: "Sightline's own metrics in Prometheus text" },
    async ({ c, principal }) => {
      const statuses = await askShards(c.env, principal.project, (shard) => shard.status());
      return c.body(exposition(statuses), 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
    },
  );
}
