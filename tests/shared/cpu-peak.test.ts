/** How busy a CPU is at its peak is how busy requests find it in its busiest minutes, whatever the samples' distance. */
import { RESOURCE_RULES } from "@sightline/shared/capacity/bounded-resources";
import { evaluate, parseQuery } from "@sightline/shared/promql/engine";
import { matchesLabels } from "@sightline/shared/promql/matchers";
import { expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const START = 1_800_000_000_000;

test.each([1, 15, 60])("samples every %d s of four CPUs, of which two are busy on average and three for five minutes", (stepS) => {
  const random = randomSource(7);
  const timestamps: number[] = [];
  const values: number[] = [];
  for (let t = 0; t < 60 * MINUTE; t += stepS * SECOND) {
    const share = t >= 30 * MINUTE && t < 36 * MINUTE ? 0.75 : 0.5;
    // Of so many seconds the mean: each CPU is busy or is not.
    let busy = 0;
    for (let k = 0; k < 4 * stepS; k++) busy += random() < share ? 1 : 0;
    timestamps.push(START + t);
    values.push(1 - busy / (4 * stepS));
  }
  const series = {
    labels: { __name__: "system_cpu_utilization_ratio", cpu_mode: "idle", host_name: "a" },
    timestamps: Float64Array.from(timestamps),
    values: Float64Array.from(values),
  };
  const rule = RESOURCE_RULES.find(({ used }) => used.includes("system_cpu_utilization_ratio"));
  const query = parseQuery((rule?.peak ?? "").replaceAll("$stretch", "15m"));
  if (!query.ok) throw new Error(query.error.message);
  const range = { startMs: START + 15 * MINUTE, endMs: START + 60 * MINUTE, stepMs: 5 * MINUTE };
  const found = evaluate(query.value, range, ({ startMs, endMs }) => {
    const within = timestamps.map((t, i) => i).filter((i) => (timestamps[i] ?? 0) > startMs && (timestamps[i] ?? 0) <= endMs);
    return [
      {
        ...series,
        timestamps: series.timestamps.filter((_, i) => within.includes(i)),
        values: series.values.filter((_, i) => within.includes(i)),
      },
    ];
  });
  if (!found.ok || found.value.value.type !== "matrix") throw new Error("no range");
  const peaks = [...(found.value.value.series[0]?.values ?? [])];
  expect(Math.max(...peaks)).toBeGreaterThan(0.66);
  expect(Math.max(...peaks)).toBeLessThan(0.8);
  expect(peaks[0]).toBeLessThan(0.6);
});

/** Samples every 15 s, of which one restart took 40 min. */
const withGap = (labels: Readonly<Record<string, string>>, perSecond: number) => {
  const all = Array.from({ length: 24 * 60 * 4 }, (_, i) => i * 15 * SECOND);
  const kept = all.filter((t) => t < 600 * MINUTE || t > 640 * MINUTE);
  const bootedAt = (t: number): number => (t > 640 * MINUTE ? 635 * MINUTE : -1000 * MINUTE);
  return {
    labels: { __name__: "node_cpu_seconds_total", instance: "a", ...labels },
    timestamps: Float64Array.from(kept, (t) => START + t),
    values: Float64Array.from(kept, (t) => ((t - bootedAt(t)) / SECOND) * perSecond),
  };
};

const ALL_MODES = ["0", "1"].flatMap((cpu) => [
  withGap({ cpu, mode: "idle" }, 0.9),
  withGap({ cpu, mode: "user" }, 0.07),
  withGap({ cpu, mode: "iowait" }, 0.03),
]);

/** Of which privileged time has interrupts and deferred calls in it. */
const OF_WINDOWS = ["0,0", "0,1"].flatMap((core) =>
  Object.entries({ idle: 0.9, user: 0.07, privileged: 0.03, interrupt: 0.01, dpc: 0.01 }).map(([mode, perSecond]) =>
    withGap({ __name__: "windows_cpu_time_total", core, mode }, perSecond),
  ),
);

test.each([
  ["all modes", "12m", ALL_MODES],
  ["Windows", "12m", OF_WINDOWS],
  ["all modes, in windows that the outage lies within", "120m", ALL_MODES],
  ["the idle one alone", "12m", [withGap({ cpu: "0", mode: "idle" }, 0.9)]],
  ["CPUs that count from 1", "12m", [withGap({ cpu: "1", mode: "idle" }, 0.9), withGap({ cpu: "2", mode: "idle" }, 0.9)]],
  ["all CPUs together", "12m", [withGap({ cpu: "cpu-total", mode: "idle" }, 0.9)]],
])("a host that began and was down is as busy as it was, by %s", (_, window, stored) => {
  const { __name__: metric } = stored[0]?.labels ?? {};
  const rule = RESOURCE_RULES.find(({ used }) => used.includes(metric ?? ""));
  const query = parseQuery((rule?.used ?? "").replaceAll("$range", window));
  if (!query.ok) throw new Error(query.error.message);
  const range = { startMs: START, endMs: START + 24 * 60 * MINUTE, stepMs: 12 * MINUTE };
  const found = evaluate(query.value, range, ({ matchers, startMs, endMs }) =>
    stored
      .filter(({ labels }) => matchesLabels(matchers, labels))
      .map(({ labels, timestamps, values }) => {
        const kept = [...timestamps.keys()].filter((i) => (timestamps[i] ?? 0) > startMs && (timestamps[i] ?? 0) <= endMs);
        return { labels, timestamps: timestamps.filter((_t, i) => kept.includes(i)), values: values.filter((_v, i) => kept.includes(i)) };
      }),
  );
  if (!found.ok || found.value.value.type !== "matrix") throw new Error("no range");
  expect(found.value.value.series).toHaveLength(1);
  const busy = [...(found.value.value.series[0]?.values ?? [])];
  expect(busy.length).toBeGreaterThan(100);
  expect(Math.max(...busy)).toBeCloseTo(0.1, 6);
  expect(Math.min(...busy)).toBeCloseTo(0.1, 6);
});

test("of hosts with many CPUs the idle seconds are read once, and all modes of one", () => {
  const rule = RESOURCE_RULES.find(({ used }) => used.includes("node_cpu_seconds_total"));
  const query = parseQuery((rule?.used ?? "").replaceAll("$range", "12m"));
  if (!query.ok) throw new Error(query.error.message);
  const modes = ["idle", "iowait", "irq", "nice", "softirq", "steal", "system", "user"];
  const stored = Array.from({ length: 32 }, (_, cpu) => modes.map((mode) => ({ cpu: String(cpu), mode }))).flat();
  let read = 0;
  const range = { startMs: START, endMs: START + 60 * MINUTE, stepMs: 12 * MINUTE };
  const found = evaluate(query.value, range, ({ matchers }) => {
    const matching = stored.map((labels) => withGap(labels, 0.1)).filter(({ labels }) => matchesLabels(matchers, labels));
    read += matching.length;
    return matching;
  });
  expect(found.ok).toBe(true);
  expect(read).toBeGreaterThanOrEqual(32);
  expect(read).toBeLessThan(50);
});
