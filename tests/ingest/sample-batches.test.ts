import type { Labels } from "@sightline/shared/model/labels";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileBaseTier } from "../../scripts/build-kernel.mjs";
import { createBaseTier } from "../../worker/src/kernel/wasm-base-tier.ts";
import type { Evaluation } from "../../worker/src/rules/api.ts";
import { defaultRuleGroups } from "../../worker/src/rules/default-rules.ts";
import { createEvaluation } from "../../worker/src/rules/evaluation.ts";
import { mulberry32 } from "../support/reference-load.ts";

const module = await compileBaseTier();
const START = 1_700_000_000_000;
const NAMES = [
  "requests_total",
  "queue",
  "work_seconds_sum",
  "work_seconds_count",
  "up",
  "retransmitted",
  "system_cpu_utilization_ratio",
  "finished_at",
] as const;

const labelsOf = (i: number): Labels => ({ __name__: NAMES[i % NAMES.length] ?? "", instance: `i${Math.floor(i / NAMES.length)}` });

/** An evaluation that takes samples together in WebAssembly, and one that takes them one by one in TypeScript, which are told the same. */
class Pair {
  readonly #both: readonly Evaluation[];
  readonly #types: readonly ("unknown" | "gauge" | "counter")[];

  constructor(series: number, types: readonly ("unknown" | "gauge" | "counter")[] = ["unknown"]) {
    this.#types = types;
    this.#both = [createBaseTier(module), undefined].map((tier) => {
      const ports = {
        select: () => [],
        labelsOf,
        synthetic: () => [],
        richSeries: 8,
        ...(tier === undefined ? {} : { baseTier: () => tier }),
      };
      const evaluation = createEvaluation(ports);
      evaluation.configure({ version: 1, groups: defaultRuleGroups(), slos: [] }, START);
      return evaluation;
    });
    for (let i = 0; i < series; i++) this.add(i);
  }

  add(ref: number): void {
    const type = this.#types[ref % this.#types.length] ?? "unknown";
    for (const one of this.#both) one.addSeries(ref, { type, unit: "", help: "" });
  }

  observe(samples: readonly (readonly [ref: number, t: number, value: number, verdict?: number])[], nowMs: number): void {
    const refs = Int32Array.from(samples, ([ref]) => ref);
    const times = Float64Array.from(samples, ([, t]) => t);
    const values = Float64Array.from(samples, ([, , value]) => value);
    const verdicts = Uint8Array.from(samples, ([, , , verdict]) => verdict ?? 0);
    const [kernel, twin] = this.#both.map((one) => {
      one.observeColumns(refs, times, values, verdicts, samples.length);
      return one.finish(nowMs);
    });
    expect(kernel).toEqual(twin);
  }

  same(): void {
    const [kernel, twin] = this.#both.map(({ snapshots }) =>
      Array.from({ length: snapshots.count }, (_, part) => snapshots.write(part).slice()),
    );
    expect(kernel).toEqual(twin);
  }
}

/** What series do: count, wander, stand still for a while, jump, say when something was. */
function next(kind: number, before: number, tMs: number, random: () => number): number {
  if (kind === 0 || kind === 3) return random() < 0.005 ? 0 : before + Math.floor(random() * 500);
  if (kind === 2) return before + random();
  if (kind === 4) return random() < 0.02 ? 0 : 1;
  if (kind === 5) return before + (random() < 0.2 ? 1 : 0);
  if (kind === 7) return Math.floor(tMs / 1000) - 60;
  return random() < 0.01 ? 1000 * random() : before + random() - 0.5;
}

describe("samples that a kernel takes together and their twin", () => {
  it("lead to the same plans and the same snapshot, for a day of every kind of series, in more slabs than one", () => {
    const series = 700;
    const pair = new Pair(series);
    const random = mulberry32(5);
    const values = new Float64Array(series);
    for (let k = 0; k < 200; k++) {
      const t = START + k * 300_000;
      for (let i = 0; i < series; i++) values[i] = next(i % NAMES.length, values[i] ?? 0, t, random);
      pair.observe(
        Array.from(values, (value, i) => [i, t, value] as const).filter(() => random() > 0.01),
        t,
      );
    }
    pair.same();
  });

  it("lead to the same of any times and values, of new series between, and of rows that were refused", () => {
    const sample = fc.record({
      ref: fc.nat(11),
      gapMs: fc.oneof(fc.constant(15_000), fc.integer({ min: -20_000, max: 20_000 }), fc.integer({ min: 0, max: 90_000_000 })),
      value: fc.oneof(fc.double(), fc.integer({ min: -3, max: 3 }), fc.double({ min: 0, max: 1 }), fc.constant(NaN)),
      counts: fc.boolean(),
      verdict: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(8) }),
      ends: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(sample, { minLength: 50, maxLength: 400 }), (samples) => {
        const pair = new Pair(8, ["unknown", "gauge", "counter", "unknown", "unknown"]);
        const known = new Float64Array(12);
        let t = START;
        let rows: [number, number, number, number][] = [];
        for (const [i, { ref, gapMs, value, counts, verdict, ends }] of samples.entries()) {
          t += gapMs;
          known[ref] = counts ? (known[ref] ?? 0) + Math.floor(Math.abs(gapMs) / 1000) : value;
          rows.push([ref, t, known[ref] ?? 0, verdict]);
          if (!ends) continue;
          pair.observe(rows, t);
          if (i > 100) pair.add(8 + (i % 4));
          rows = [];
        }
        pair.same();
      }),
      { numRuns: 100 },
    );
  });
});
