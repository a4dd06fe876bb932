import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RealPrometheus, prometheusMissing, sameSamples, startPrometheus } from "../support/real-prometheus.ts";
import { type Stack, discard, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";

const missing = prometheusMissing();
if (missing !== null) process.stdout.write(`a real Prometheus is not tested: ${missing}\n`);

const SECONDS = 12;

describe.skipIf(missing !== null)("a real Prometheus that scrapes a real node exporter", () => {
  let stack: Stack;
  let prometheus: RealPrometheus;

  beforeAll(async () => {
    stack = await startStack({ args: ["--no-agent"] });
    prometheus = await startPrometheus(stack);
  }, 90_000);

  afterAll(async () => {
    await prometheus.stop();
    await stack.stop();
    discard(stack);
  }, 30_000);

  it("remote-writes without a failed, dropped or repeated sample, and every sample is the same on both sides", async () => {
    await until("the first samples are acknowledged", 30_000, () => prometheus.sentUntil(1));
    const from = Math.ceil(Date.now() / 1000);
    const before = await prometheus.own("prometheus_remote_storage_samples_total");
    await until(`${SECONDS} s of samples are acknowledged`, 60_000, () => prometheus.sentUntil((from + SECONDS) * 1000), 200);
    expect(await prometheus.own("prometheus_remote_storage_samples_total")).toBeGreaterThan(before);
    for (const what of ["failed", "dropped", "retried"]) {
      expect(await prometheus.own(`prometheus_remote_storage_samples_${what}_total`), what).toBe(0);
    }
    expect(await sameSamples(prometheus, stack, from, from + SECONDS - 2)).toBeGreaterThan(1000);
  }, 100_000);
});
