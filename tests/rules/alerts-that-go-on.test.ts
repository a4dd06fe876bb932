/** Alerts go on as they are over another configuration and over a restart. */
import { describe, expect, test } from "vitest";
import type { EvaluationPlan } from "../../worker/src/rules/api.ts";
import { StoredSeries, T as START, steps } from "./stored-series.ts";
import { groupsOf } from "../support/rule-groups.ts";

const SECOND = 1000;

describe("rules of one name", () => {
  const rules = (...some: (readonly [level: string, expr: string])[]) =>
    groupsOf(
      `groups: [{ name: g, interval: 5s, rules: [${some.map(([level, expr]) => `{ alert: A, expr: ${expr}, labels: { level: ${level} } }`).join(", ")}] }]`,
    );

  test.each(["m > ", "sum by (a) (m) > "])("keep their alerts when others come or go before them: %s", (over) => {
    const low = ["low", `${over}5`] as const;
    const high = ["high", `${over}8`] as const;
    let shard = new StoredSeries();
    const rows = new Map<string, Uint8Array>();
    const told = ({ transitions, states }: EvaluationPlan): string[] => {
      for (const { fingerprint, state } of states)
        if (state === null) rows.delete(fingerprint);
        else rows.set(fingerprint, state);
      return transitions.map(({ labels, from, to }) => `${labels["level"]} ${from}→${to}`);
    };
    let seconds = 0;
    const go = (): string[] => {
      shard.append({ __name__: "m", a: "1" }, START + seconds * SECOND, 10);
      return [
        ...told(shard.finish()),
        ...told(shard.tick(START + seconds++ * SECOND)),
        ...told(shard.tick(START + (seconds += 5) * SECOND)),
      ];
    };
    const put = (...some: (readonly [level: string, expr: string])[]): string[] => [...told(shard.configure(rules(...some))), ...go()];
    shard.nowMs = START;
    shard.configure(rules(low, high));
    expect(go()).toEqual(["low inactive→firing", "high inactive→firing"]);
    expect(put(high)).toEqual(["low firing→resolved"]);
    shard.wake(
      shard.snapshot(),
      [...rows].map(([fingerprint, state]) => ({ fingerprint, state })),
      rules(high),
    );
    expect(go()).toEqual([]);
    expect(put(low, high)).toEqual(["low inactive→firing"]);
    // Alike but for their expressions each keeps its own, too.
    shard = new StoredSeries();
    rows.clear();
    shard.nowMs = START + seconds * SECOND;
    shard.configure(rules(["low", `${over}11`], ["low", `${over}8`]));
    expect(go()).toEqual(["low inactive→firing"]);
    expect(put(["low", `${over}12`], ["low", `${over}11`], ["low", `${over}8`])).toEqual([]);
  });
});

test.each(["m > 5", "sum(m) > 5"])(
  "keep_firing_for is counted from when the condition was over, also where a restart comes between: %s",
  (expr) => {
    const rules = groupsOf(`groups: [{ name: g, interval: 5s, rules: [{ alert: A, expr: ${expr}, keep_firing_for: 40s }] }]`);
    const shard = new StoredSeries();
    shard.nowMs = START;
    shard.configure(rules);
    const rows = new Map<string, Uint8Array>();
    const at = (seconds: number): string[] => {
      shard.append({ __name__: "m" }, START + seconds * SECOND, seconds < 10 ? 9 : 1);
      return [shard.finish(), shard.tick(START + seconds * SECOND)].flatMap((plan) => {
        for (const { fingerprint, state } of plan.states) if (state !== null) rows.set(fingerprint, state);
        return steps(plan);
      });
    };
    expect([at(0), at(5)]).toEqual([["A: inactive→firing"], []]);
    expect(shard.evaluation.active()[0]).not.toHaveProperty("keepFiringSince");
    expect([at(10), at(15)]).toEqual([[], []]);
    expect(shard.evaluation.active()).toMatchObject([{ keepFiringSince: START + 10 * SECOND }]);
    const states = [...rows].map(([fingerprint, state]) => ({ fingerprint, state }));
    shard.wake([], states, rules);
    expect([20, 25, 30, 35, 40, 45, 50].map(at).map((told) => told.length)).toEqual([0, 0, 0, 0, 0, 0, 1]);
  },
);

test("a value that alternates costs an alert kept firing no row for each sample, and what stands is written", () => {
  const rules = groupsOf("groups: [{ name: g, interval: 5s, rules: [{ alert: A, expr: m > 5, keep_firing_for: 10m }] }]");
  const shard = new StoredSeries();
  shard.nowMs = START;
  shard.configure(rules);
  const rows = new Map<string, Uint8Array>();
  let written = 0;
  let seconds = 0;
  const next = (value: number): string[] => {
    shard.append({ __name__: "m" }, START + (seconds += 15) * SECOND, value);
    const plan = shard.finish();
    written += plan.states.length;
    for (const { fingerprint, state } of plan.states) if (state !== null) rows.set(fingerprint, state);
    return steps(plan);
  };
  const wake = (): void =>
    void shard.wake(
      [],
      [...rows].map(([fingerprint, state]) => ({ fingerprint, state })),
      rules,
    );
  for (let i = 0; i < 1000; i++) next(i % 2 === 0 ? 9 : 1);
  expect(written, "it fired, was over and held again").toBe(3);
  // The row says nothing of an end long ago.
  wake();
  expect([next(1), next(9)]).toEqual([[], []]);
  for (let i = 0; i < 10; i++) next(i % 2 === 0 ? 1 : 9);
  for (let i = 0; i < 6; i++) next(1);
  wake();
  const told = Array.from({ length: 35 }, () => next(1));
  expect(
    told.findIndex((each) => each.length > 0),
    "ten minutes after the first of all 41",
  ).toBe(34);
});

test.each(["another configuration", "a restart"])("an alert ends with the first sample that does not breach, also after %s", (between) => {
  const rules = groupsOf("groups: [{ name: g, interval: 5s, rules: [{ alert: A, expr: m > 5 }] }]");
  const shard = new StoredSeries();
  shard.nowMs = START;
  shard.configure(rules);
  shard.append({ __name__: "m" }, START, 9);
  const states = shard.finish().states.flatMap(({ fingerprint, state }) => (state === null ? [] : { fingerprint, state }));
  if (between === "a restart") shard.wake(shard.snapshot(), states, rules);
  else shard.configure(rules);
  shard.append({ __name__: "m" }, START + SECOND, 1);
  expect(steps(shard.finish())).toEqual(["A: firing→resolved"]);
});
