import { type LiveViewer, watchLive } from "../support/live-viewer.ts";
import { ingest } from "../support/prometheus.ts";
import { type Stack, discard, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";
import { latencyFigures, report } from "./report.ts";

const ALERTS = 200;
/** Between samples that breach an interval rule: the 200 spread over several evaluations. */
const SPREAD_MS = 150;
const PATIENCE_MS = 60_000;

const RULES = [
  { alert: "BenchBreach", expr: "bench_breach > 10", labels: { severity: "warning" } },
  { alert: "BenchSum", expr: "sum by (case) (bench_sum) > 10", labels: { severity: "warning" } },
];

/** From a breaching sample's request to the alert's arrival at a viewer, over 200 alerts of each plan. */
export async function alertLatency(): Promise<void> {
  const stack = await startStack();
  try {
    await stack.json("/v1/rules", {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ groups: [{ name: "bench", interval: "15s", rules: RULES }] }),
    });
    const viewer = await watchLive(stack);
    const streaming = await oneByOne(stack, viewer);
    report("alert-latency", { plan: "per series, at the sample", alerts: ALERTS, targetMs: 1000, ...latencyFigures(streaming) });
    const interval = await spread(stack, viewer);
    report("alert-latency", { plan: "across series, every 15 s", alerts: interval.length, targetMs: 30_000, ...latencyFigures(interval) });
    viewer.close();
  } finally {
    await stack.stop();
    discard(stack);
  }
}

const push = (stack: Stack, name: string, which: number): Promise<unknown> =>
  ingest(stack, [{ name, type: "gauge", labels: { case: String(which) }, value: 11 }]);

async function oneByOne(stack: Stack, viewer: LiveViewer): Promise<number[]> {
  const latencies: number[] = [];
  for (let i = 1; i <= ALERTS; i++) {
    const sentAt = performance.now();
    const arrived = viewer.next(
      `alert ${i} arrives`,
      10_000,
      (event) => event.type === "alert" && event.alert.labels["case"] === String(i) && event.alert.state === "firing",
    );
    await Promise.all([push(stack, "bench_breach", i), arrived]);
    latencies.push(performance.now() - sentAt);
  }
  return latencies;
}

async function spread(stack: Stack, viewer: LiveViewer): Promise<number[]> {
  const sentAt = new Map<string, number>();
  const pushed: Promise<unknown>[] = [];
  for (let i = 1; i <= ALERTS; i++) {
    sentAt.set(String(i), Date.now());
    pushed.push(push(stack, "bench_sum", i));
    await new Promise((resolve) => setTimeout(resolve, SPREAD_MS));
  }
  await Promise.all(pushed);
  const arrivals = (): Map<string, number> =>
    new Map(
      viewer.events.flatMap((event) =>
        event.type === "alert" && event.alert.name === "BenchSum" && event.alert.state === "firing"
          ? [[event.alert.labels["case"] ?? "", event.receivedAt] as const]
          : [],
      ),
    );
  await until("all alerts of the interval rule arrive", PATIENCE_MS, () => arrivals().size >= ALERTS);
  return [...arrivals()].map(([which, at]) => at - (sentAt.get(which) ?? at));
}
