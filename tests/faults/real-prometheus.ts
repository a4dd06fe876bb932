import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { prometheusMissing, sameSamples, startPrometheus } from "../support/real-prometheus.ts";
import { discard, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";
import { Skipped, type FaultOptions } from "./fault-options.ts";

const FAILURES = [
  "prometheus_remote_storage_samples_failed_total",
  "prometheus_remote_storage_samples_dropped_total",
  "prometheus_remote_storage_samples_retried_total",
  "prometheus_remote_storage_metadata_failed_total",
] as const;

/** A real Prometheus remote-writes for ten minutes (20 s in the smoke run); by its own counters and by comparing every sample. */
export async function realPrometheus({ smoke }: FaultOptions): Promise<string | Skipped> {
  const missing = prometheusMissing();
  if (missing !== null) return new Skipped(missing);
  const stack = await startStack({ args: ["--no-agent"] });
  try {
    const prometheus = await startPrometheus(stack);
    try {
      await until("the first samples are acknowledged", 30_000, () => prometheus.sentUntil(1));
      const from = Math.ceil(Date.now() / 1000);
      await sleep(smoke ? 20_000 : 600_000);
      const to = Math.floor(Date.now() / 1000) - 2;
      await until("what was scraped is acknowledged", 30_000, () => prometheus.sentUntil(to * 1000));
      const sent = await prometheus.own("prometheus_remote_storage_samples_total");
      for (const metric of FAILURES) assert.equal(await prometheus.own(metric), 0, metric);
      const equal = await sameSamples(prometheus, stack, from, to);
      assert.ok(equal > 0);
      return `${to - from} s, ${sent} samples sent, 0 failed, 0 dropped, 0 retried; ${equal} compared and equal`;
    } finally {
      await prometheus.stop();
    }
  } finally {
    await stack.stop();
    discard(stack);
  }
}
