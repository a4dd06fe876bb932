import assert from "node:assert/strict";
import { cpuSeconds, residentMB } from "../support/processes.ts";
import { instant } from "../support/prometheus.ts";
import { prometheusMissing, sameSamples, startPrometheus } from "../support/real-prometheus.ts";
import type { RealPrometheus } from "../support/real-prometheus.ts";
import { flood } from "../support/flood.ts";
import { PatchedRequests } from "../support/patched-requests.ts";
import { ReferenceLoad } from "../support/reference-load.ts";
import { remoteWrite } from "../support/remote-write.ts";
import { discard, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";
import type { FaultOptions } from "./fault-options.ts";
import { frameWriter } from "./writers.ts";

const SERIES = 10_000;
const INSTANCES = SERIES / 200;
/** Of some 50 kB, as Prometheus's are. */
const PER_REQUEST = 1500;
const INTERVAL_MS = 50;
/** Requests under way at once: some are let in, and all others are refused and come again at once. Of 900 the answers came so fast that five times too much was offered. */
const CONNECTIONS = 2000;
const SMOKE_CONNECTIONS = 1000;
const FACTOR = 10;
/** What is under way must not grow with what is sent. */
const MOST_MB = 500;
const LOST = ["prometheus_remote_storage_samples_failed_total", "prometheus_remote_storage_samples_dropped_total"] as const;

/**
 * Ten times more than the server can take, for a minute (10 s in the smoke run): what it does not take it refuses before
 * it has taken any of it, with a time to come again; a real Prometheus and an agent beside lose nothing; afterwards all
 * is as before, and what was sent is what was stored and what was refused.
 */
export async function overload({ smoke }: FaultOptions): Promise<string> {
  const stack = await startStack({ args: ["--no-agent"] });
  const agent = frameWriter(stack, "patient", 100);
  let prometheus: RealPrometheus | null = null;
  try {
    if (prometheusMissing() === null) prometheus = await startPrometheus(stack);
    const { labels } = new ReferenceLoad({ series: SERIES, startMs: 0 });
    const requests = new PatchedRequests(labels, { per: PER_REQUEST, startMs: Date.now() - 3_600_000, intervalMs: INTERVAL_MS });
    const from = Math.ceil(Date.now() / 1000);
    const seconds = smoke ? 10 : 60;
    let memory = 0;
    const watch = setInterval(() => (memory = Math.max(memory, residentMB(stack.workerdPid()))), 250);
    const check = (status: number, head: string, body: string): void => {
      assert.equal(status, 503, `${status}: ${body}`);
      assert.ok(Number(/\r\nretry-after: (\d+)/i.exec(head)?.[1] ?? 0) >= 1, "503 says when to come again");
    };
    const before = cpuSeconds(stack.workerdPid());
    const { url, token } = stack;
    const { accepted: taken, refused } = await flood(
      { url, token, connections: smoke ? SMOKE_CONNECTIONS : CONNECTIONS, next: () => requests.next(), check },
      seconds * 1000,
    );
    const cpu = cpuSeconds(stack.workerdPid()) - before;
    clearInterval(watch);
    let accepted = taken;
    const factor = (accepted + refused) / Math.max(1, accepted);
    const offered = `${factor.toFixed(1)} times what was accepted was offered for ${seconds} s`;
    assert.ok(refused > 0, "nothing was refused: there was no overload");
    assert.ok(smoke || factor >= FACTOR, offered);
    assert.ok(memory < MOST_MB, `workerd took ${memory.toFixed(0)} MB`);
    // It recovers by itself, at once.
    const { body, samples } = requests.next();
    await until("a request is accepted after the overload", 5_000, async () => (await remoteWrite(stack, body)).status === 204);
    accepted += samples;
    let stored = 0;
    for (let i = 0; i < INSTANCES; i++) {
      const counts = await instant(stack, `sum(count_over_time({instance="10.0.0.${i}:9100"}[2h]))`);
      stored += Number(counts[0]?.value[1] ?? 0);
    }
    assert.equal(stored, accepted, "samples stored are the samples accepted");
    await agent.pause();
    const patient = await agent.written.check(stack, 60_000);
    let witness = "no Prometheus to watch";
    if (prometheus !== null) {
      const to = Math.floor(Date.now() / 1000) - 2;
      const witnessing = prometheus;
      // Of its shards, which it has more of after an overload, the others may be some seconds behind the one that is furthest.
      await until("Prometheus has caught up", 60_000, () => witnessing.sentUntil((to + 5) * 1000));
      for (const metric of LOST) assert.equal(await witnessing.own(metric), 0, metric);
      witness = `${await sameSamples(witnessing, stack, from, to)} samples of a real Prometheus compared and equal`;
    }
    return `${offered}: ${accepted} samples accepted, ${refused} refused, ${stored} stored, ${cpu.toFixed(0)} s of CPU; at most ${memory.toFixed(0)} MB; ${patient} of an agent there; ${witness}`;
  } finally {
    await prometheus?.stop();
    await agent.close();
    await stack.stop();
    discard(stack);
  }
}
