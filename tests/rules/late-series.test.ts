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

const deepRule = alertRule("Deep", "depth > 200", { forMs: 2 * MINUTE, keepFiringForMs: 5 * MINUTE });
const deep = groupOf(deepRule);
const waves = groupOf(alertRule("Waves", "avg_over_time(depth[10m]) > 200", { forMs: 2 * MINUTE, keepFiringForMs: 5 * MINUTE }));

/** What is told of samples that came until an hour ago and those sent afterwards all at once, in minutes; `amid`: done half way. */
function toldAfterOutage(
  before: number,
  amid: (shard: StoredSeries, states: ReadonlyMap<string, Uint8Array>) => void,
  rules = deep,
): string[] {
  const shard = new StoredSeries();
  shard.nowMs = T - 70 * MINUTE;
  shard.configure(rules);
  const told: string[] = [];
  const states = new Map<string, Uint8Array>();
  const keep = (plan: ReturnType<StoredSeries["tick"]>): void => {
    if (shard.nowMs === T) told.push(...plan.transitions.map(({ from, to, at }) => `${from}→${to} ${(at - T) / MINUTE}`));
    for (const { fingerprint, state } of plan.states)
      if (state === null) states.delete(fingerprint);
      else states.set(fingerprint, state);
  };
  for (let t = T - 70 * MINUTE; t < T; t += STEP) {
    if (t < T - 60 * MINUTE) shard.append(depth, t, before);
    shard.nowMs = t;
    keep(shard.finish());
    keep(shard.tick(t));
  }
  shard.nowMs = T;
  for (let t = T - 59 * MINUTE; t < T; t += STEP) {
    shard.arrive(depth, t, t >= T - 40 * MINUTE && t < T - 15 * MINUTE ? 300 : 20);
    keep(shard.finish());
    keep(shard.tick(T));
    if (t === T - 30 * MINUTE) amid(shard, states);
  }
  return told;
}

const nothing = (): void => undefined;
function restart(shard: StoredSeries, states: ReadonlyMap<string, Uint8Array>, rules = deep): string[] {
  const rows = [...states].map(([fingerprint, state]) => ({ fingerprint, state }));
  shard.wake(shard.snapshot(), rows, rules);
  return [shard.finish(), shard.tick(shard.nowMs)].flatMap((plan) => plan.transitions.map(({ to }) => to));
}
const caughtUp = ["inactive→pending -40", "pending→firing -38", "firing→resolved -10"];

test("an alert that the clock resolved during the outage is told as that of a series that had none", () => {
  expect(toldAfterOutage(20, nothing)).toEqual(caughtUp);
  expect(toldAfterOutage(300, nothing)).toEqual(caughtUp);
});

test("a rule that changes amid catching up, or a restart, ends no alert", () => {
  const other = groupOf(deepRule, alertRule("Other", "other > 1"));
  expect(toldAfterOutage(20, (shard) => shard.configure(other))).toEqual(caughtUp);
  expect(toldAfterOutage(20, restart)).toEqual(caughtUp);
});

test("windows of a series that is late end with its newest sample when they are read back", () => {
  const whole = toldAfterOutage(20, nothing, waves);
  expect(whole.length).toBe(3);
  expect(toldAfterOutage(20, (shard) => shard.configure(waves), waves)).toEqual(whole);
});

test("a series that fell silent while its object slept is known to be silent as that wakes", () => {
  const shard = new StoredSeries();
  shard.nowMs = T;
  const rules = groupOf(alertRule("Deep", "depth > 200"));
  shard.configure(rules);
  shard.arrive(depth, T, 300);
  const states = new Map<string, Uint8Array>();
  for (const { fingerprint, state } of shard.finish().states) if (state !== null) states.set(fingerprint, state);
  shard.nowMs = T + 5 * MINUTE + SECOND;
  expect(restart(shard, states, rules)).toEqual(["resolved"]);
});
