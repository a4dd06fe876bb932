import { watchLive } from "../support/live-viewer.ts";
import { ingest } from "../support/prometheus.ts";
import { discard, startStack } from "../support/stack.ts";
import { latencyFigures, report } from "./report.ts";

const ALERTS = 200;

/** From a breaching sample's request to the alert's arrival at a viewer, for a rule that looks at single series. */
export async function alertLatency(): Promise<void> {
  const stack = await startStack();
  try {
    const group = { name: "bench", rules: [{ alert: "BenchBreach", expr: "bench_breach > 10", labels: { severity: "warning" } }] };
    await stack.json("/v1/rules", {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ groups: [group] }),
    });
    const viewer = await watchLive(stack);
    const latencies: number[] = [];
    for (let i = 1; i <= ALERTS; i++) {
      const sentAt = performance.now();
      const arrived = viewer.next(
        `alert ${i} arrives`,
        10_000,
        (event) => event.type === "alert" && event.alert.labels["case"] === String(i) && event.alert.state === "firing",
      );
      await Promise.all([ingest(stack, [{ name: "bench_breach", type: "gauge", labels: { case: String(i) }, value: 11 }]), arrived]);
      latencies.push(performance.now() - sentAt);
    }
    viewer.close();
    report("alert-latency", {
      alerts: ALERTS,
      ...latencyFigures(latencies),
    });
  } finally {
    await stack.stop();
    discard(stack);
  }
}
