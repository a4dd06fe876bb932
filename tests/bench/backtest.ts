import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { Select } from "@sightline/shared/promql/api";
import { backtestRule } from "@sightline/shared/rules/backtest/backtest-rule";
import { backtestAmong } from "../../worker/src/query/backtests.ts";
import { alertRule } from "../support/alert-rule.ts";
import { MeteredDatabase } from "../support/metered-database.ts";
import { randomSource } from "./anomaly-generator.ts";
import type { BenchOptions } from "./bench-options.ts";
import { report, round } from "./report.ts";
import { settle, storeOnly } from "./storage-packed.ts";

const SERIES = 200;
const SPACING_MS = 15_000;
const WEEK_MS = 7 * 86_400_000;
const END = 1_700_000_100_000;
const START = END - WEEK_MS;

const TARGET_MS = 2000;

const RULES = {
  "newest sample": "cpu > 88",
  "average over 5 m": "avg_over_time(cpu[5m]) > 85",
  "rate over 5 m": "rate(requests_total[5m]) > 9",
  "sum by service, on its interval": "sum by (service) (rate(requests_total[5m])) > 45",
};

/** A week of 200 series at 15 s, columns as storage gives them: a daily wave with noise, and a counter. */
function history(): Select {
  const times = Float64Array.from({ length: WEEK_MS / SPACING_MS }, (_, i) => START + (i + 1) * SPACING_MS);
  const random = randomSource(1);
  const all: SelectedSeries[] = [];
  for (let i = 0; i < SERIES; i++) {
    const cpu = new Float64Array(times.length);
    const requests = new Float64Array(times.length);
    let total = 0;
    for (let at = 0; at < times.length; at++) {
      const wave = Math.sin((at / 5760 + i / SERIES) * 2 * Math.PI);
      cpu[at] = Math.round(5500 + 3000 * wave + 1200 * (random() - 0.5)) / 100;
      requests[at] = total += Math.round(15 * (5 + 4 * wave + 2 * (random() - 0.5)));
    }
    const labels = { host: `host-${i}`, service: `s${i % 20}` };
    all.push({ labels: { ...labels, __name__: "cpu" }, timestamps: times, values: cpu });
    all.push({ labels: { ...labels, __name__: "requests_total" }, timestamps: times, values: requests });
  }
  const index = (t: number): number => Math.max(0, Math.min(times.length, Math.floor((t - START) / SPACING_MS)));
  return ({ matchers, startMs, endMs }) => {
    const name = matchers.find((matcher) => matcher.name === "__name__")?.value;
    const [from, to] = [index(startMs), index(endMs)];
    const part = times.subarray(from, to);
    return all
      .filter(({ labels }) => labels["__name__"] === name)
      .map((series) => ({ ...series, timestamps: part, values: series.values.subarray(from, to) }));
  };
}

/** A rule over a week of 200 series at 15 s, 8 M samples: from columns in memory, then as the API runs it, from a shard's storage. */
export async function backtest({ rounds, quick }: BenchOptions): Promise<void> {
  const select = history();
  for (const [name, expr] of Object.entries(RULES)) {
    const rule = alertRule("Bench", expr, { forMs: 120_000 });
    let best = Infinity;
    let longestStep = 0;
    let episodes = 0;
    for (let round_ = 0; round_ < Math.max(2, rounds); round_++) {
      const started = performance.now();
      const steps = backtestRule({ rule, intervalMs: SPACING_MS, startMs: START, endMs: END }, select);
      longestStep = 0;
      for (;;) {
        const before = performance.now();
        const step = steps.next();
        longestStep = Math.max(longestStep, performance.now() - before);
        if (step.done !== true) continue;
        if (!step.value.ok) throw new Error(step.value.error.message);
        episodes = step.value.value.length;
        break;
      }
      best = Math.min(best, performance.now() - started);
    }
    report("backtest", {
      rule: name,
      series: SERIES,
      days: 7,
      samples: (SERIES * WEEK_MS) / SPACING_MS,
      ms: round(best),
      longestStepMs: round(longestStep),
      episodes,
    });
  }
  if (!quick) await fromStorage(select);
}

/** The same from a shard that has packed and compacted the week. */
async function fromStorage(select: Select): Promise<void> {
  let now = START;
  const core = storeOnly(new MeteredDatabase(), () => now);
  const columns = ["cpu", "requests_total"].flatMap((name) =>
    select({ matchers: [{ name: "__name__", op: "=", value: name }], startMs: START, endMs: END }),
  );
  const refs = Int32Array.from(columns, ({ labels }) => {
    const ref = core.store.resolve(labels, { type: "gauge", unit: "", help: "" });
    return ref.ok ? ref.value : -1;
  });
  const times = new Float64Array(refs.length);
  const values = new Float64Array(refs.length);
  const verdicts = new Uint8Array(refs.length);
  for (let at = 0; at < WEEK_MS / SPACING_MS; at++) {
    now = START + (at + 1) * SPACING_MS;
    times.fill(now);
    for (let i = 0; i < values.length; i++) values[i] = columns[i]?.values[at] ?? 0;
    core.store.appendColumns(refs, times, values, refs.length, now, verdicts);
    core.store.commit(now, () => undefined);
    if (core.store.flushDue) core.flush(now);
    if (at % 1440 === 0) await settle(core, now);
  }
  await settle(core, now);
  for (const [name, expr] of Object.entries(RULES)) {
    const test = { rule: alertRule("Bench", expr, { forMs: 120_000 }), intervalMs: SPACING_MS, startMs: START, endMs: END };
    let best = Infinity;
    for (let run = 0; run < 2; run++) {
      const started = performance.now();
      const part = await backtestAmong(core.reads, undefined, test, () => Promise.resolve());
      if (!part.ok) throw new Error(part.error.message);
      best = Math.min(best, performance.now() - started);
    }
    report("backtest", { rule: name, from: "storage", series: SERIES, days: 7, ms: round(best), targetMs: TARGET_MS });
  }
}
