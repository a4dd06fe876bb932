/** The sum of a classic histogram or summary is judged by the mean of what was observed, with its count. */
import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import type { Labels } from "@sightline/shared/model/labels";
import type { MetricType } from "@sightline/shared/model/metric";
import { finish } from "@sightline/shared/promql/evaluation/pace";
import { describe, expect, test } from "vitest";
import type { FoundAnomaly } from "../../worker/src/rules/api.ts";
import { DetectorFeed } from "../../worker/src/rules/detection/detector-feed.ts";
import { randomSource } from "../bench/anomaly-generator.ts";
import { StoredSeries } from "./stored-series.ts";

const T = 1_700_000_000_000;
const STEP = 15_000;
const SUM = "checkout_duration_seconds_sum";
const COUNT = "checkout_duration_seconds_count";
const labelsOf = (name: string): Labels => ({ __name__: name, service_name: "shop" });

interface Served {
  readonly requests: number;
  readonly seconds: number;
}

/** A service that is watched, whose requests wait and come as they do at each step. */
class Watched {
  readonly feed: DetectorFeed;
  readonly told: FoundAnomaly[] = [];
  readonly sum: number;
  readonly count: number;
  totals = { sum: 0, count: 0 };
  #random = randomSource(11);
  #type: MetricType;

  constructor(type: MetricType = "histogram", names = [SUM, COUNT]) {
    this.#type = type;
    this.feed = new DetectorFeed(undefined, (slot) => ({
      labels: labelsOf(names[slot] ?? ""),
      metadata: { type: this.#type, unit: this.#type === "unknown" ? "" : "seconds", help: "" },
    }));
    for (const labels of names.map(labelsOf)) this.feed.add(labels["__name__"], type, labels);
    this.sum = names.indexOf(SUM);
    this.count = names.indexOf(COUNT);
  }

  become(type: MetricType): void {
    this.#type = type;
    this.feed.learnType(this.sum, SUM, type);
    this.feed.learnType(this.count, COUNT, type);
  }

  serve({ requests, seconds }: Served): void {
    const served = Math.round(requests * (0.95 + 0.1 * this.#random()));
    this.totals.count += served;
    this.totals.sum += served * seconds * (0.95 + 0.1 * this.#random());
  }

  see(part: "sum" | "count", i: number): void {
    if (this[part] >= 0) this.feed.observe(this[part], T + i * STEP, this.totals[part]);
    this.told.push(...this.feed.take());
  }

  run(from: number, steps: number, at: (i: number) => Served, order: readonly ("sum" | "count")[] = ["sum", "count"]): this {
    for (let i = from; i < from + steps; i++) {
      this.serve(at(i));
      for (const part of order) this.see(part, i);
    }
    return this;
  }

  saved(slot: number): Uint8Array {
    const writer = new ByteWriter(4096);
    this.feed.save(slot, writer);
    return writer.view().slice();
  }

  woken(parts = [this.saved(0), this.saved(1)], type: MetricType = "histogram"): Watched {
    const after = new Watched(type);
    after.totals = { ...this.totals };
    for (const [slot, bytes] of parts.entries()) after.feed.load(slot, new ByteReader(bytes));
    return after;
  }
}

const usual = { requests: 200, seconds: 0.08 };

describe("what is told", () => {
  test("a latency that triples while traffic falls to a third, as the mean in its unit", () => {
    const { told, sum, feed } = new Watched().run(0, 1300, (i) => (i < 1000 ? usual : { requests: 66, seconds: 0.24 }));
    const [shift] = told.filter(({ labels }) => labels["__name__"] === SUM);
    expect(shift).toMatchObject({ value: expect.closeTo(0.24, 1), expected: expect.closeTo(0.08, 2) });
    expect(shift?.reason).toMatch(/^mean of checkout_duration_seconds: .*2[2-6]\d ms.* (70|8\d|7\d)(\.\d+)? ms/);
    expect(feed.judgement(sum)?.value).toBeCloseTo(0.24, 1);
  });

  test("twice the traffic is told of the count, and not as a latency", () => {
    const { told } = new Watched().run(0, 1300, (i) => ({ ...usual, requests: i < 1000 ? 200 : 400 }));
    expect(told.map(({ labels }) => labels["__name__"])).toContain(COUNT);
    expect(told.filter(({ labels }) => labels["__name__"] === SUM)).toEqual([]);
  });

  test("nothing where nothing was observed, however long, and no gap when it goes on", () => {
    const watched = new Watched().run(0, 1000, () => usual);
    const before = watched.feed.judgement(watched.sum);
    watched.run(1000, 1000, () => ({ requests: 0, seconds: 0 }));
    expect(watched.feed.judgement(watched.sum)).toEqual(before);
    watched.run(2000, 20, () => usual);
    expect(watched.told.filter(({ labels }) => labels["__name__"] === SUM)).toEqual([]);
  });

  test("no mean below zero when a process begins anew and has soon served more than before", () => {
    const watched = new Watched().run(0, 60, () => usual);
    watched.totals = { sum: 8, count: 3 };
    watched.run(60, 1, () => ({ requests: 0, seconds: 0 }));
    watched.totals = { sum: 0.4, count: 5 };
    watched.run(61, 1, () => ({ requests: 0, seconds: 0 }));
    expect(watched.feed.judgement(watched.sum)?.value).toBeCloseTo(0.08, 2);
  });
});

describe("sum and count find each other", () => {
  test.each<[string, MetricType, string[]]>([
    ["of a summary", "summary", [SUM, COUNT]],
    ["of no known type", "unknown", [SUM, COUNT]],
    ["the count known first", "histogram", [COUNT, SUM]],
  ])("%s", (_, type, names) => {
    for (const order of [["sum", "count"] as const, ["count", "sum"] as const]) {
      const { feed, sum, count } = new Watched(type, names).run(0, 100, () => usual, order);
      expect(feed.described(sum)?.judgedBy).toBe("mean");
      expect(feed.judgement(sum)?.expected).toBeCloseTo(0.08, 2);
      expect(feed.described(count)?.judgedBy).toBe("rate");
      expect(feed.judgement(count)?.expected).toBeCloseTo(200 / 15, -0.5);
    }
  });

  test("when their samples come many at a time: the mean of all that was meanwhile", () => {
    const watched = new Watched();
    for (let from = 0; from < 1000; from += 10) {
      const batch = Array.from({ length: 10 }, (_, i) => {
        watched.serve(usual);
        return { i: from + i, totals: { ...watched.totals } };
      });
      for (const part of ["sum", "count"] as const)
        for (const { i, totals } of batch) {
          watched.totals = totals;
          watched.see(part, i);
        }
    }
    expect(watched.feed.judgement(watched.sum)?.expected).toBeCloseTo(0.08, 2);
    expect(watched.told).toEqual([]);
  });

  test("not with the count of other labels; a sum by itself is judged by its rate", () => {
    const known = [labelsOf(SUM), { ...labelsOf(COUNT), service_name: "other" }];
    const feed = new DetectorFeed(undefined, (slot) => ({
      labels: known[slot] ?? {},
      metadata: { type: "histogram", unit: "seconds", help: "" },
    }));
    for (const labels of known) feed.add(labels["__name__"], "histogram", labels);
    for (let i = 0; i < 100; i++) for (const slot of [0, 1]) feed.observe(slot, T + i * STEP, i * 150);
    expect(feed.described(0)?.judgedBy).toBe("rate");
    expect(feed.judgement(0)?.expected).toBeCloseTo(10);
  });

  test("a sum whose count has gone is learned anew by its rate", () => {
    const { feed, sum } = new Watched().run(0, 100, () => usual).run(100, 200, () => usual, ["sum"]);
    expect(feed.described(sum)?.judgedBy).toBe("rate");
    expect(feed.judgement(sum)?.expected).toBeCloseTo((200 * 0.08) / 15, 0);
  });

  test("what goes up and down is neither, whatever its name", () => {
    const watched = new Watched("unknown");
    for (let i = 0; i < 200; i++) {
      watched.totals = { sum: 500 + 50 * Math.sin(i / 3), count: Math.round(100 + 20 * Math.sin(i / 5)) };
      for (const part of ["sum", "count"] as const) watched.see(part, i);
    }
    expect(watched.feed.described(watched.sum)?.judgedBy).toBe("value");
    expect(watched.feed.judgement(watched.sum)?.expected).toBeGreaterThan(300);
  });
});

describe("a type that becomes known", () => {
  const basisOf = ({ feed, sum }: Watched) => feed.described(sum)?.judgedBy;

  test("of a summary leaves the mean and all that was learned of it", () => {
    const watched = new Watched("unknown").run(0, 100, () => usual);
    const learned = watched.feed.judgement(watched.sum);
    watched.become("summary");
    expect([basisOf(watched), watched.feed.judgement(watched.sum)]).toEqual(["mean", learned]);
  });

  test.each([
    ["gauge", "value", 1000],
    ["counter", "rate", 0.5],
  ] as const)("of a %s parts the two: each is judged by its %s", (type, basis, atLeast) => {
    const watched = new Watched("unknown").run(0, 100, () => usual);
    watched.become(type);
    expect([basisOf(watched), watched.feed.judgement(watched.sum)]).toEqual([basis, null]);
    watched.run(100, 100, () => usual);
    expect(watched.feed.judgement(watched.sum)?.value).toBeGreaterThan(atLeast);
    expect(basisOf(watched)).toBe(basis);
  });

  test("of a gauge while nobody was there: no mean is held against the level", () => {
    const before = new Watched("unknown").run(0, 100, () => usual);
    const after = before.woken(undefined, "gauge");
    expect([basisOf(after), after.feed.judgement(after.sum)]).toEqual(["value", null]);
  });
});

describe("over a restart", () => {
  test.each<MetricType>(["histogram", "unknown"])("the mean goes on (%s)", (type) => {
    const before = new Watched(type).run(0, 100, () => usual);
    const after = before.woken(undefined, type);
    expect(after.feed.described(after.sum)?.judgedBy).toBe("mean");
    expect(after.feed.judgement(after.sum)).toEqual(before.feed.judgement(before.sum));
    after.run(100, 3, () => usual);
    expect(after.feed.judgement(after.sum)?.value).toBeCloseTo(0.08, 1);
  });

  test("of a version that judged it by its rate it begins anew, and no mean is held against seconds a second", () => {
    const old = new Watched("histogram", [SUM]).run(0, 100, () => usual);
    const after = new Watched();
    after.totals = { ...old.totals };
    after.feed.load(after.sum, new ByteReader(old.saved(old.sum)));
    expect(after.feed.judgement(after.sum)?.expected).toBeCloseTo((200 * 0.08) / 15, 0);
    after.run(100, 2, () => usual);
    expect(after.feed.judgement(after.sum)).toBeNull();
    after.run(102, 40, () => usual);
    expect(after.feed.judgement(after.sum)?.expected).toBeCloseTo(0.08, 2);
  });
});

test("the range of the past is of the mean as well, judged anew from both series", () => {
  const shard = new StoredSeries();
  shard.nowMs = T;
  shard.configure([]);
  const random = randomSource(3);
  let [sum, count] = [0, 0];
  const steps = 2000;
  for (let i = 0; i < steps; i++) {
    const served = Math.round(200 * (0.9 + 0.2 * random()));
    count += served;
    sum += served * 0.08 * (0.9 + 0.2 * random());
    shard.append(labelsOf(SUM), T + i * STEP, sum, "histogram");
    shard.append(labelsOf(COUNT), T + i * STEP, count, "histogram");
  }
  const now = shard.evaluation.expected(shard.ref(labelsOf(SUM)));
  expect(now?.expected).toBeCloseTo(0.08, 2);
  const [range] = finish(shard.evaluation.expectedRanges([labelsOf(SUM)], T, T + steps * STEP));
  // Before what is remembered, too.
  expect(range?.t.length).toBeGreaterThan(1900);
  expect(range?.expected.every((mean) => mean > 0.07 && mean < 0.09)).toBe(true);
  expect(range?.expected.at(-1)).toBe(now?.expected);
});
