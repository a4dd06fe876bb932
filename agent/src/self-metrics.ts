import type { Labels } from "@sightline/shared/model/labels";
import type { CollectorStatus } from "./collectors/collection-scheduler.ts";
import type { Collector } from "./collectors/collector.ts";
import { MetricFamily, type Reading } from "./collectors/metric-family.ts";
import type { IngestPipeline } from "./transport/ingest-pipeline.ts";

export interface SelfSources {
  readonly pipeline: IngestPipeline;
  readonly collectors: () => readonly CollectorStatus[];
  readonly samplesCollected: () => number;
}

/** The agent's own process (`process_*`, OpenTelemetry names) and what it does (`sightline_agent_*`), every 10 s. */
export function selfCollector(resource: Labels, sources: SelfSources): Collector {
  const gauge = (name: string, unit: string, help: string, labels?: string[]): MetricFamily =>
    new MetricFamily(resource, name, "gauge", unit, help, labels);
  const counter = (name: string, unit: string, help: string, labels?: string[]): MetricFamily =>
    new MetricFamily(resource, name, "counter", unit, help, labels);
  const cpu = counter("process_cpu_time_seconds_total", "seconds", "CPU time of the agent", ["cpu_mode"]);
  const cpuRatio = gauge("process_cpu_utilization_ratio", "ratio", "CPU time of the agent, in cores");
  const memory = gauge("process_memory_usage_bytes", "bytes", "Resident memory of the agent");
  const uptime = gauge("process_uptime_seconds", "seconds", "Time since the agent started");
  const collected = counter("sightline_agent_samples_collected_total", "samples", "Samples collected");
  const spooled = gauge("sightline_agent_spool_bytes", "bytes", "Bytes in the spool");
  const waiting = gauge("sightline_agent_spool_frames", "frames", "Frames the server has not got yet");
  const dropped = counter("sightline_agent_dropped_frames_total", "frames", "Frames lost to the spool's size limit or to damage");
  const setAside = counter("sightline_agent_set_aside_frames_total", "frames", "Frames the server refused for good");
  const sent = counter("sightline_agent_sent_frames_total", "frames", "Frames sent, repeats included");
  const sentBytes = counter("sightline_agent_sent_bytes_total", "bytes", "Bytes of frames sent");
  const errors = counter("sightline_agent_send_errors_total", "errors", "Connections that failed and frames that were refused");
  const rejected = counter("sightline_agent_rejected_samples_total", "samples", "Samples refused, here or by the server", ["code"]);
  const duration = gauge("sightline_agent_collector_duration_seconds", "seconds", "Duration of the collector's last round", ["collector"]);
  const failures = counter("sightline_agent_collector_failures_total", "failures", "Rounds of the collector that failed", ["collector"]);
  const open = gauge("sightline_agent_collector_suspended", "", "1 while the collector is left alone after failures", ["collector"]);
  let previous = process.cpuUsage();
  let previousAt = Number.NaN;
  return {
    name: "self",
    intervalMs: 10_000,
    timeoutMs: 1000,
    collect(monotonicMs) {
      const used = process.cpuUsage();
      const { pipeline } = sources;
      const spool = pipeline.status();
      const readings: Reading[] = [
        cpu.read(used.user / 1e6, "user"),
        cpu.read(used.system / 1e6, "system"),
        memory.read(process.memoryUsage.rss()),
        uptime.read(process.uptime()),
        collected.read(sources.samplesCollected()),
        spooled.read(spool.bytes),
        waiting.read(spool.frames),
        dropped.read(spool.droppedFrames),
        setAside.read(spool.setAsideFrames),
        sent.read(pipeline.counters.framesSent),
        sentBytes.read(pipeline.counters.bytesSent),
        errors.read(pipeline.counters.sendErrors),
      ];
      const seconds = (monotonicMs - previousAt) / 1000;
      if (seconds > 0) readings.push(cpuRatio.read((used.user + used.system - previous.user - previous.system) / 1e6 / seconds));
      for (const [code, samples] of pipeline.counters.rejected) readings.push(rejected.read(samples, code));
      for (const one of sources.collectors())
        readings.push(
          duration.read(one.lastDurationMs / 1000, one.name),
          failures.read(one.failures, one.name),
          open.read(one.open ? 1 : 0, one.name),
        );
      previous = used;
      previousAt = monotonicMs;
      return readings;
    },
  };
}
