import { setTimeout as sleep } from "node:timers/promises";
import { watchLive } from "../support/live-viewer.ts";
import { ingest } from "../support/prometheus.ts";
import { discard, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";
import { latencyFigures, report } from "./report.ts";

const SAMPLES = 100;

/** From the moment a script starts its request to the moment a viewer has the sample. */
export async function freshness(): Promise<void> {
  const stack = await startStack();
  try {
    const viewer = await watchLive(stack);
    viewer.send({ type: "subscribe", id: "bench", selectors: ["bench_freshness"], backfillMs: 0 });
    await until("the subscription has begun", 5_000, async () => {
      await ingest(stack, [{ name: "bench_freshness", type: "gauge", value: 0 }]);
      return viewer.events.some(({ type }) => type === "samples");
    });
    const latencies: number[] = [];
    for (let i = 1; i <= SAMPLES; i++) {
      const sentAt = performance.now();
      const arrived = viewer.next(
        `sample ${i} arrives`,
        5_000,
        (event) => event.type === "samples" && event.series.some(({ v }) => v.includes(i)),
      );
      await Promise.all([ingest(stack, [{ name: "bench_freshness", type: "gauge", value: i }]), arrived]);
      latencies.push(performance.now() - sentAt);
      await sleep(20);
    }
    viewer.close();
    report("freshness", {
      samples: SAMPLES,
      ...latencyFigures(latencies),
    });
  } finally {
    await stack.stop();
    discard(stack);
  }
}
