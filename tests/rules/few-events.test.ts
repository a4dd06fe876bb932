/** What a small shop counts: orders, logins and errors, some a minute. */
import { expect, test } from "vitest";
import { DetectorFeed } from "../../worker/src/rules/detection/detector-feed.ts";
import { randomSource } from "../bench/anomaly-generator.ts";

const START = Date.UTC(2026, 9, 5);
const MINUTE = 60_000;
const DAYS = 8;

/** Names told within hours after a counter of Poisson events a minute goes from `before` to `after`. */
function told(name: string, before: number, after: number, stepMs: number): { readonly kinds: readonly string[]; readonly early: number } {
  const labels = { __name__: name };
  const feed = new DetectorFeed(undefined, () => ({ labels, metadata: { type: "counter", unit: "", help: "" } }));
  const slot = feed.add(name, "counter", labels);
  feed.judgeAs(slot, true);
  const random = randomSource(3);
  const poisson = (mean: number): number => {
    let count = 0;
    for (let left = Math.exp(-mean), p = random(); p > left; p *= random()) count++;
    return count;
  };
  const changes = START + DAYS * 24 * 60 * MINUTE;
  const kinds: string[] = [];
  let [total, early] = [0, 0];
  for (let t = START; t < changes + 4 * 60 * MINUTE; t += stepMs) {
    total += poisson(((t < changes ? before : after) * stepMs) / MINUTE);
    feed.observe(slot, t, total);
    for (const { kind } of feed.take()) {
      if (t < changes) early++;
      else kinds.push(kind);
    }
  }
  return { kinds, early };
}

test.each([
  { name: "orders_total", before: 3, after: 0, stepMs: MINUTE },
  { name: "orders_total", before: 3, after: 0, stepMs: 5 * MINUTE },
  { name: "orders_total", before: 1, after: 0, stepMs: 5 * MINUTE },
  { name: "signups_total", before: 5.4, after: 0.54, stepMs: MINUTE },
  { name: "emails_sent_total", before: 1.2, after: 5.7, stepMs: MINUTE },
  { name: "payments_failed_total", before: 0.12, after: 5.4, stepMs: 5 * MINUTE },
  { name: "http_errors_total", before: 0, after: 4.8, stepMs: 5 * MINUTE },
  { name: "http_errors_total", before: 0, after: 4.8, stepMs: MINUTE },
])("$name that go from $before a minute to $after are told at $stepMs ms", ({ name, before, after, stepMs }) => {
  const { kinds, early } = told(name, before, after, stepMs);
  expect(kinds).not.toEqual([]);
  expect(early).toBe(0);
});

test("one error in a quarter of a minute, once, is told to nobody", () => {
  const labels = { __name__: "http_errors_total" };
  const feed = new DetectorFeed(undefined, () => ({ labels, metadata: { type: "counter", unit: "", help: "" } }));
  const slot = feed.add("http_errors_total", "counter", labels);
  feed.judgeAs(slot, true);
  for (let i = 0; i < 6000; i++) feed.observe(slot, START + i * 15_000, i < 5000 ? 0 : 1);
  expect(feed.take()).toEqual([]);
});

test.each(["at nothing", "five times as high"])(
  "an event of exactly six steps, %s, is told by where it was and not by where it came back to",
  (what) => {
    const labels = { __name__: "http_requests_per_second" };
    const feed = new DetectorFeed(undefined, () => ({ labels, metadata: { type: "gauge", unit: "", help: "" } }));
    const slot = feed.add("http_requests_per_second", "gauge", labels);
    feed.judgeAs(slot, true);
    const random = randomSource(5);
    const reasons: string[] = [];
    for (let i = 0; i < 6060; i++) {
      const value = 20 * (1 + 0.1 * (random() + random() + random() - 1.5));
      feed.observe(slot, START + i * MINUTE, i >= 6000 && i < 6006 ? (what === "at nothing" ? 0 : 100) : value);
      for (const { reason } of feed.take()) reasons.push(reason);
    }
    expect(reasons.at(-1)).toMatch(what === "at nothing" ? /moved to about 0 / : /moved to about 100 /);
  },
);
