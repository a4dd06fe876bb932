/** How busy a CPU is at its peak is how busy requests find it in its busiest minutes, whatever the samples' distance. */
import { RESOURCE_RULES } from "@sightline/shared/capacity/bounded-resources";
import { evaluate, parseQuery } from "@sightline/shared/promql/engine";
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
