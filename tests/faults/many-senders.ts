import assert from "node:assert/strict";
import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { SampleBatch } from "@sightline/shared/model/sample";
import { FrameEncoder } from "@sightline/shared/protocol/frame";
import { FrameConnection } from "../support/frame-client.ts";
import { residentMB } from "../support/processes.ts";
import { instant } from "../support/prometheus.ts";
import { discard, startStack } from "../support/stack.ts";
import { quantile } from "../bench/report.ts";
import type { FaultOptions } from "./fault-options.ts";

const SENDERS = 50;
const SERIES = 334;
const INTERVAL_MS = 1000;
const P99_MS = 100;
/** How late it is tells what the machine does besides. */
const PULSE_MS = 20;
/** Of the mean of the middle third; packing a million samples takes some for a moment. */
const GROWTH_MB = 40;

/** A million samples a minute from fifty senders, for ten minutes (15 s in the smoke run): nothing lost, quickly acknowledged, memory flat. */
export async function manySenders({ smoke }: FaultOptions): Promise<string> {
  const rounds = smoke ? 15 : 600;
  const stack = await startStack({ args: ["--no-agent"] });
  const connections: FrameConnection[] = [];
  const memory: number[] = [];
  const pid = stack.workerdPid();
  const watch = setInterval(() => memory.push(residentMB(pid)), 500);
  const late: number[] = [];
  let beat = performance.now();
  const pulse = setInterval(() => {
    const now = performance.now();
    late.push(Math.max(0, now - beat - PULSE_MS));
    beat = now;
  }, PULSE_MS);
  try {
    const startMs = Date.now();
    const latencies: number[] = [];
    const send = async (index: number): Promise<void> => {
      const sender = `sender-${index}`;
      const labels = Array.from({ length: SERIES }, (_, i) => ({ __name__: "million", sender, series: String(i) }));
      const encoder = new FrameEncoder();
      const connection = new FrameConnection(stack, sender, "e");
      connections.push(connection);
      const sending: Promise<number>[] = [];
      for (let k = 0; k < rounds; k++) {
        await sleep(Math.max(0, startMs + (index * INTERVAL_MS) / SENDERS + k * INTERVAL_MS - Date.now()));
        const timestamps = Float64Array.of(startMs + k * INTERVAL_MS);
        const batch: SampleBatch = {
          series: labels.map((labels, i) => ({
            labels,
            metadata: { type: "gauge", unit: "", help: "" },
            temporality: "cumulative",
            timestamps,
            values: Float64Array.of(index * 1000 + i + k / 1000),
          })),
        };
        sending.push(connection.send(encoder.encode("e", k + 1, batch)));
      }
      latencies.push(...(await Promise.all(sending)));
      assert.deepEqual(connection.rejected, {}, `samples of ${sender} were refused`);
    };
    await Promise.all(Array.from({ length: SENDERS }, (_, index) => send(index)));
    const range = rounds + 60;
    let stored = 0;
    for (let index = 0; index < SENDERS; index++) {
      const selector = `million{sender="sender-${index}"}[${range}s]`;
      const counts = await instant(stack, `count_over_time(${selector})`);
      stored += counts.reduce((sum, { value }) => sum + Number(value[1]), 0);
      const last = await instant(stack, `max_over_time(million{sender="sender-${index}",series="${SERIES - 1}"}[${range}s])`);
      assert.equal(Number(last[0]?.value[1]), index * 1000 + SERIES - 1 + (rounds - 1) / 1000);
    }
    assert.equal(stored, SENDERS * SERIES * rounds, "samples stored");
    const p99 = quantile(latencies, 0.99);
    const [median, worst] = [quantile(latencies, 0.5), Math.max(...latencies)].map((ms) => ms.toFixed(0));
    const machine = `timers of this process were late by p99 ${quantile(late, 0.99).toFixed(0)} ms, max ${Math.max(...late).toFixed(0)} ms, load average ${loadavg()[0]?.toFixed(1)}`;
    const durable = `frames were durable within p50 ${median} ms, p99 ${p99.toFixed(0)} ms, max ${worst} ms; ${machine}`;
    // What other processes do to twenty seconds says nothing about the server.
    assert.ok(smoke || p99 < P99_MS, `99% within ${P99_MS} ms was asked for: ${durable}`);
    const third = Math.floor(memory.length / 3);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
    const grown = mean(memory.slice(2 * third)) - mean(memory.slice(third, 2 * third));
    assert.ok(smoke || grown < GROWTH_MB, `memory grew by ${grown.toFixed(0)} MB in the last third`);
    return `${stored} samples of ${SENDERS} senders in ${rounds} s, 0 lost; ${durable}; memory ${Math.max(...memory).toFixed(0)} MB, ${grown.toFixed(0)} MB between its last two thirds`;
  } finally {
    clearInterval(watch);
    clearInterval(pulse);
    for (const connection of connections) connection.close();
    await stack.stop();
    discard(stack);
  }
}
