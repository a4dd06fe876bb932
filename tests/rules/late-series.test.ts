import { expect, test } from "vitest";
import { alertRule } from "../support/alert-rule.ts";
import { StoredSeries, groupOf } from "./stored-series.ts";

const T = 1_700_000_000_000;
const SECOND = 1000;
const MINUTE = 60_000;
const STEP = 15 * SECOND;
const depth = { __name__: "depth" };

/** Samples of an hour ending now, of which 25 min are high, and what was told of them; the clock judges, too, after each so many. */
function told(atOnce: number, { afterwardsMs = 0, samples = 200 } = {}): string[] {
  const shard = new StoredSeries();
  shard.nowMs = T;
  shard.configure(groupOf(alertRule("Deep", "depth > 200", { forMs: 2 * MINUTE, keepFiringForMs: 5 * MINUTE })));
  const steps: string[] = [];
  const keep = ({ transitions }: ReturnType<StoredSeries["tick"]>): void =>
    void steps.push(...transitions.map(({ from, to, at, activeAt }) => `${from}→${to} ${(at - T) / STEP} ${(activeAt - T) / STEP}`));
  for (let i = 0; i < samples; i++) {
    shard.arrive(depth, T - (199 - i) * STEP, i >= 40 && i < 140 ? 300 : 20);
    if ((i + 1) % atOnce !== 0) continue;
    keep(shard.finish());
    keep(shard.tick(shard.nowMs + 20));
  }
  const until = shard.nowMs + afterwardsMs;
  for (let next = shard.evaluation.nextTickAt(shard.nowMs); next !== null && next <= until; next = shard.evaluation.nextTickAt(shard.nowMs))
    keep(shard.tick(Math.max(next, shard.nowMs + 1)));
  return steps;
}

test("what is sent after an outage is told as it was, however it is cut into requests", () => {
  const whole = told(200);
  expect(whole).toEqual(["inactive→pending -159 -159", "pending→firing -151 -159", "firing→resolved -39 -159"]);
  for (const atOnce of [1, 5, 20, 100]) expect(told(atOnce)).toEqual(whole);
});

test("a series that ends while it catches up is silent five minutes after its newest sample came", () => {
  const afterwards = told(1, { samples: 60, afterwardsMs: 4 * MINUTE });
  expect(afterwards).toEqual(["inactive→pending -159 -159", "pending→firing -151 -159"]);
  const ended = told(1, { samples: 60, afterwardsMs: 30 * MINUTE });
  expect(ended.length).toBe(3);
  expect(ended[2]).toMatch(/^firing→resolved 4\d\.\d+ -159$/);
});

/** Minutes after it fired until an alert ends whose series comes as late as that from then on, low, or a clock `ahead` for one sample. */
function endsAfter(lateMs: number, ahead = 0): number {
  const shard = new StoredSeries();
  shard.nowMs = T;
  shard.configure(groupOf(alertRule("Deep", "depth > 200", { keepFiringForMs: 10 * MINUTE })));
  let endedAt = Number.NaN;
  const keep = ({ transitions }: ReturnType<StoredSeries["tick"]>): void => {
    for (const { to, at } of transitions) if (to === "resolved") endedAt = at;
  };
  shard.arrive(depth, T, 300);
  keep(shard.finish());
  if (ahead > 0) {
    shard.nowMs = T + ahead;
    shard.arrive(depth, T + MINUTE, 300);
    keep(shard.finish());
    shard.nowMs = T + 2 * MINUTE;
  }
  for (let now = T + 2 * MINUTE; now < T + 360 * MINUTE && Number.isNaN(endedAt); now += MINUTE) {
    if (lateMs > 0 && now - lateMs > T) {
      shard.nowMs = now;
      shard.arrive(depth, now - lateMs, 20);
      keep(shard.finish());
    }
    keep(shard.tick(now + 1));
  }
  return (endedAt - T) / MINUTE;
}

test("what comes later than samples are judged, or came by a clock that was ahead, keeps no alert open", () => {
  expect(endsAfter(90 * MINUTE)).toBeLessThan(120);
  expect(endsAfter(0, 40 * 24 * 60 * MINUTE)).toBeLessThan(30);
});
