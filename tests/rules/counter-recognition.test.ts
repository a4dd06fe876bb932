import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import type { MetricType } from "@sightline/shared/model/metric";
import { describe, expect, test } from "vitest";
import type { FoundAnomaly } from "../../worker/src/rules/api.ts";
import { DetectorFeed } from "../../worker/src/rules/detection/detector-feed.ts";
import { randomSource } from "../bench/anomaly-generator.ts";

const T = 1_700_000_000_000;
const STEP = 15_000;

function judging(name: string, type: MetricType = "unknown", unit = "") {
  let known = type;
  const feed = new DetectorFeed(undefined, () => ({
    labels: { __name__: name, service_name: "shop" },
    metadata: { type: known, unit, help: "" },
  }));
  const slot = feed.add(name, type);
  const told: FoundAnomaly[] = [];
  const see = (steps: number, valueAt: (i: number) => number, from = 0): void => {
    for (let i = from; i < from + steps; i++) {
      feed.observe(slot, T + i * STEP, valueAt(i));
      told.push(...feed.take());
    }
  };
  const learn = (becomes: MetricType): void => {
    known = becomes;
    feed.learnType(slot, name, becomes);
  };
  return { feed, slot, told, see, learn };
}

/** A total that grows by some `per` a step, in whole numbers. */
function total(per: number, seed = 5): (i: number) => number {
  const random = randomSource(seed);
  let sum = 184_000;
  return () => (sum += Math.round(per * (0.5 + random())));
}

describe("what counts up", () => {
  test.each([
    ["go_gc_duration_seconds_count", "summary"],
    ["go_gc_duration_seconds_sum", "summary"],
    ["http_request_duration_seconds_bucket", "histogram"],
    ["http_requests", "counter"],
    ["http_request_duration_seconds_count", "unknown"],
  ] as const)("%s of type %s is judged by its rate", (name, type) => {
    const { feed, slot, see } = judging(name, type);
    see(100, total(150));
    expect(feed.counts(slot)).toBe(true);
    expect(feed.judgement(slot)?.expected).toBeCloseTo(10, -0.5);
  });

  test.each(["node_netstat_Tcp_OutRsts", "net_bytes_recv"])(
    "%s says it nowhere, and shows it by growing: nothing is told of the total",
    (name) => {
      const { feed, slot, told, see } = judging(name);
      see(400, total(20));
      expect(feed.counts(slot)).toBe(true);
      expect(feed.judgement(slot)?.expected).toBeLessThan(5);
      expect(told).toEqual([]);
    },
  );

  test("a total that grows now and then is told as a level neither", () => {
    const { told, see } = judging("node_netstat_Tcp_RetransSegs");
    const growth = total(3);
    let now = growth(0);
    see(200, (i) => (i % 12 === 0 ? (now = growth(i)) : now));
    expect(told).toEqual([]);
  });

  test("begins anew with its process, and goes on counting", () => {
    const { feed, slot, see } = judging("diskio_reads");
    see(100, total(20));
    let sum = 0;
    see(50, () => (sum += 20), 100);
    expect(feed.counts(slot)).toBe(true);
  });
});

describe("what does not", () => {
  const wander = (i: number): number => Math.round(200 + 20 * Math.sin(i / 30) + 3 * Math.sin(i * 1.7));
  test.each([
    ["system_process_count", "gauge"],
    ["queue_count", "unknown"],
    ["jobs_total", "unknown"],
    ["queue_depth", "unknown"],
  ] as const)("%s of type %s that goes up and down is judged by its level", (name, type) => {
    const { feed, slot, see } = judging(name, type);
    see(200, wander);
    expect(feed.counts(slot)).toBe(false);
    expect(feed.judgement(slot)?.expected).toBeGreaterThan(100);
  });

  test.each(["queue_count", "processes_total", "queue_depth"])("%s is told when it leaves its level", (name) => {
    const { told, see } = judging(name);
    see(1000, (i) => (i < 900 ? wander(i) : 3000 + (i % 7)));
    expect(told.map(({ value }) => value > 2900)).toContain(true);
  });

  test("a clock grows in whole numbers and counts nothing", () => {
    const { feed, slot, told, see } = judging("tsdb_head_max_time");
    see(200, (i) => T + (i === 150 ? i - 1 : i) * STEP);
    expect(feed.counts(slot)).toBe(false);
    expect(told).toEqual([]);
  });

  test("a level that has grown all along and falls a little was no total", () => {
    const { feed, slot, see } = judging("disk_used");
    see(100, (i) => 1000 + 10 * i);
    expect(feed.counts(slot)).toBe(true);
    see(100, (i) => 1900 - (i % 5), 100);
    expect(feed.counts(slot)).toBe(false);
    expect(feed.judgement(slot)?.expected).toBeGreaterThan(1000);
  });
});

describe("over a restart", () => {
  const woken = (name: string, was: MetricType, is: MetricType, valueAt: (i: number) => number) => {
    const before = judging(name, was);
    before.see(100, valueAt);
    const writer = new ByteWriter(4096);
    before.feed.save(before.slot, writer);
    const after = judging(name, is);
    after.feed.load(after.slot, new ByteReader(writer.view()));
    return after;
  };

  test("it is known what a series turned out to be, with all that was learned", () => {
    const { feed, slot } = woken("net_bytes_recv", "unknown", "unknown", total(150));
    expect(feed.counts(slot)).toBe(true);
    expect(feed.judgement(slot)?.expected).toBeCloseTo(10, -0.5);
  });

  const falls = (i: number): number => 200 + 20 * ((i * 7) % 5);
  test.each([
    ["queue_count", falls],
    // Settled long ago, and only rising since.
    ["memory_used", (i: number) => (i < 50 ? falls(i) : 500 + 10 * i)],
  ])("%s that turned out to be a level is one still, also while it rises", (name, valueAt) => {
    const { feed, slot, see } = woken(name, "unknown", "unknown", valueAt);
    const learned = feed.judgement(slot);
    expect(learned).not.toBeNull();
    see(100, (i) => 1500 + 10 * i, 100);
    expect(feed.counts(slot)).toBe(false);
    expect(feed.judgement(slot)?.value).toBe(1500 + 10 * 199);
  });

  test("a series whose type became known to be another begins anew, and is not held against its total", () => {
    const { feed, slot } = woken("gc_pauses", "gauge", "counter", total(150));
    expect(feed.judgement(slot)).toBeNull();
  });
});

describe("a type that becomes known after the first samples", () => {
  test.each(["queue_count", "disk_used"])("%s that grew and is a gauge is judged by its level from then on", (name) => {
    const { feed, slot, see, learn } = judging(name);
    const grows = (i: number): number => 1000 + 10 * i;
    see(300, grows);
    expect(feed.counts(slot)).toBe(true);
    learn("gauge");
    expect([feed.counts(slot), feed.judgement(slot)]).toEqual([false, null]);
    see(300, grows, 300);
    expect(feed.described(slot)).toMatchObject({ judgedBy: "value", metadata: { type: "gauge" } });
    expect(feed.judgement(slot)?.value).toBe(grows(599));
  });

  test("a counter that has been taken for a level is judged by its rate, and nothing is told of its total", () => {
    const { feed, slot, told, see, learn } = judging("gc_seconds");
    const growth = total(20);
    see(300, (i) => growth(i) / 7);
    expect(feed.counts(slot)).toBe(false);
    learn("counter");
    see(300, (i) => growth(i) / 7, 300);
    expect(feed.described(slot)?.judgedBy).toBe("rate");
    expect(feed.judgement(slot)?.expected).toBeLessThan(1);
    expect(told.filter(({ t }) => t >= T + 300 * STEP)).toEqual([]);
  });

  test.each([
    ["queue_depth", "gauge", (i: number) => 200 + 20 * ((i * 7) % 5)],
    ["net_bytes_recv", "counter", (i: number) => 150 * i],
  ] as const)("what was learned of %s as the %s that it is is kept", (name, type, valueAt) => {
    const { feed, slot, see, learn } = judging(name);
    see(300, valueAt);
    const learned = feed.judgement(slot);
    expect(learned).not.toBeNull();
    learn(type);
    expect(feed.judgement(slot)).toEqual(learned);
  });

  test("over a restart it goes on", () => {
    const before = judging("disk_used");
    before.see(300, (i) => 1000 + 10 * i);
    before.learn("gauge");
    before.see(300, (i) => 4000 + 10 * i, 300);
    const writer = new ByteWriter(4096);
    before.feed.save(before.slot, writer);
    const after = judging("disk_used", "gauge");
    after.feed.load(after.slot, new ByteReader(writer.view()));
    expect(after.feed.judgement(after.slot)).toEqual(before.feed.judgement(before.slot));
    expect(after.feed.judgement(after.slot)).not.toBeNull();
  });
});

test("a latency that triples in a classic histogram is told by its sum, a service's buckets are not told at all", () => {
  const after = 1000;
  const latency = (i: number): number => (i >= after ? 0.32 : 0.108);
  const told = (part: string, growth: (i: number) => number): readonly FoundAnomaly[] => {
    const random = randomSource(9);
    const one = judging(`checkout_duration_seconds_${part}`, "histogram", "seconds");
    let sum = 0;
    one.see(1400, (i) => (sum += growth(i) * (0.9 + 0.2 * random())));
    return one.told;
  };
  const [shift] = told("sum", (i) => 200 * latency(i));
  expect(shift).toMatchObject({ value: expect.closeTo((200 * 0.32) / 15, 0) });
  expect(((shift?.t ?? 0) - T) / STEP - after).toBeLessThan(12);
  expect(told("bucket", (i) => (i >= after ? 1 : 100))).toEqual([]);
  expect(told("count", (i) => (i >= after ? 50 : 200))[0]?.reason, "requests, no seconds").toMatch(
    /^the level moved to about 3\.\d+\/s|^3\.\d+\/s/,
  );
});
