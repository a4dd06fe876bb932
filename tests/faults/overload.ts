import assert from "node:assert/strict";
import { residentMB } from "../support/processes.ts";
import { instant } from "../support/prometheus.ts";
import { prometheusMissing, sameSamples, startPrometheus } from "../support/real-prometheus.ts";
import type { RealPrometheus } from "../support/real-prometheus.ts";
import { ReferenceLoad, RemoteWriteEncoder } from "../support/reference-load.ts";
import { remoteWrite } from "../support/remote-write.ts";
import { discard, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";
import type { FaultOptions } from "./fault-options.ts";
import { frameWriter } from "./writers.ts";

const SERIES = 10_000;
const INSTANCES = SERIES / 200;
const PER_REQUEST = 2000;
const INTERVAL_MS = 50;
/** Requests under way at once: ten times what is needed to keep the server busy. */
const CONNECTIONS = 160;
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
    const load = new ReferenceLoad({ series: SERIES, startMs: Date.now() - 3_600_000 });
    const encoder = new RemoteWriteEncoder(load.labels);
    const requests = (function* () {
      for (let k = 0; ; k++) {
        const scrape = load.next();
        yield* encoder.requests({ ...scrape, t: Date.now() - 3_600_000 + k * INTERVAL_MS }, PER_REQUEST);
      }
    })();
    const from = Math.ceil(Date.now() / 1000);
    const end = performance.now() + (smoke ? 10_000 : 60_000);
    let memory = 0;
    const watch = setInterval(() => (memory = Math.max(memory, residentMB(stack.workerdPid()))), 250);
    let accepted = 0;
    let refused = 0;
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        while (performance.now() < end) {
          const { body, samples } = requests.next().value ?? { body: new Uint8Array(), samples: 0 };
          const answer = await remoteWrite(stack, body);
          if (answer.status === 204) accepted += samples;
          else {
            assert.equal(answer.status, 503, `${answer.status}: ${answer.body}`);
            assert.ok((answer.retryAfter ?? 0) >= 1, "503 says when to come again");
            refused += samples;
          }
        }
      }),
    );
    clearInterval(watch);
    assert.ok(refused > 0, "nothing was refused: there was no overload");
    assert.ok(memory < MOST_MB, `workerd took ${memory.toFixed(0)} MB`);
    // It recovers by itself, at once.
    let after = await remoteWrite(stack, requests.next().value?.body ?? new Uint8Array());
    await until("a request is accepted after the overload", 5_000, async () => {
      if (after.status !== 204) after = await remoteWrite(stack, requests.next().value?.body ?? new Uint8Array());
      return after.status === 204;
    });
    accepted += PER_REQUEST;
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
      await until("Prometheus has caught up", 60_000, () => witnessing.sentUntil(to * 1000));
      for (const metric of LOST) assert.equal(await witnessing.own(metric), 0, metric);
      witness = `${await sameSamples(witnessing, stack, from, to)} samples of a real Prometheus compared and equal`;
    }
    return `${accepted} accepted, ${refused} refused, ${stored} stored; at most ${memory.toFixed(0)} MB; ${patient} of an agent there; ${witness}`;
  } finally {
    await prometheus?.stop();
    await agent.close();
    await stack.stop();
    discard(stack);
  }
}
