/** Rules on their interval are evaluated a share at a time: what comes in between is taken, and what the rules give is the same. */
import { finish, Pace } from "@sightline/shared/promql/evaluation/pace";
import { expect, test } from "vitest";
import type { EvaluationPlan } from "../../worker/src/rules/api.ts";
import { createEvaluation } from "../../worker/src/rules/evaluation.ts";
import { batchOf, CONTEXT, gauge, openShard } from "../storage/shard-fixture.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { NOON } from "../storage/open-store.ts";
import { StoredSeries } from "./stored-series.ts";
import { groupsOf } from "../support/rule-groups.ts";

const T = 1_700_000_000_000;
const SECOND = 1000;

const RULES = groupsOf(`
groups:
  - name: first
    interval: 15s
    rules:
      - {record: "load:median", expr: "quantile_over_time(0.5, load[1m])"}
      - {record: "load:most", expr: "max(load:median)"}
      - {alert: Busy, expr: "load:most > 5", labels: {severity: warning}}
      - {alert: Apart, expr: "load - on (app) load:median > 1"}
  - name: second
    interval: 15s
    rules:
      - {record: "load:spread", expr: "stddev_over_time(load[1m:5s])"}
      - {alert: Kept, expr: "max by (app) (load) > 6", recovery_threshold: 3}
`);

/** A pace that stops whenever it is asked. */
const everywhere = (): Pace => new Pace(1, 1);

function loaded(): StoredSeries {
  const shard = new StoredSeries();
  shard.nowMs = T;
  shard.configure(RULES);
  for (let s = 0; s <= 60; s += 5)
    for (let app = 0; app < 4; app++) shard.append({ __name__: "load", app: `${app}` }, T + s * SECOND, (app * s) % 11);
  shard.finish();
  return shard;
}

/** What a plan says, with times and values, in its order. */
const said = ({ transitions, recorded = [] }: EvaluationPlan): readonly string[] => [
  ...transitions.map(({ rule, labels, to, at, value }) => JSON.stringify({ rule, labels, to, at, value })),
  ...recorded.map(({ labels, timestamps, values }) => JSON.stringify({ labels, timestamps: [...timestamps], values: [...values] })),
];

test("evaluated in steps the rules of a group give what they give in one go, each seeing those before it", () => {
  const at = T + 61 * SECOND;
  const whole = said(finish(loaded().evaluation.tick(at)));
  const steps = loaded().evaluation.tick(at, undefined, everywhere());
  let stops = 0;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) stops++;
  expect(said(step.value)).toEqual(whole);
  expect(whole.filter((line) => line.includes("load:most"))).not.toEqual([]);
  expect(stops).toBeGreaterThan(20);
});

test("samples that come between two shares are observed, and streaming rules tell of them at once", () => {
  const shard = new StoredSeries();
  shard.nowMs = T;
  shard.configure([...RULES, ...groupsOf("groups: [{name: streaming, rules: [{alert: Hot, expr: heat > 5}]}]")]);
  shard.append({ __name__: "load", app: "0" }, T, 1);
  shard.append({ __name__: "heat" }, T, 1);
  const steps = shard.evaluation.tick(T + SECOND, undefined, everywhere());
  expect(steps.next().done).toBe(false);
  shard.append({ __name__: "heat" }, T + 2 * SECOND, 9);
  expect(shard.finish().transitions.map(({ rule, to }) => `${rule} ${to}`)).toEqual(["Hot firing"]);
  const plan = finish(steps);
  expect(plan.transitions).toEqual([]);
  expect(plan.recorded?.map(({ labels }) => labels["__name__"])).toContain("load:most");
});

test("a configuration that comes in the middle ends the evaluation: what was given stands, and what is left is due again", () => {
  const shard = loaded();
  const at = T + 61 * SECOND;
  const steps = shard.evaluation.tick(at, undefined, everywhere());
  for (let stops = 0; stops < 12; stops++) expect(steps.next().done).toBe(false);
  expect(shard.evaluation.nextTickAt(at)).toBeGreaterThan(at);
  const kept = RULES.map((group) => ({ ...group, rules: group.rules.filter(({ name }) => name !== "Busy") }));
  shard.evaluation.configure({ version: 2, groups: kept, slos: [] }, at);
  const plan = finish(steps);
  expect(plan.transitions).toEqual([]);
  expect(shard.evaluation.active()).toEqual([]);
  expect(shard.evaluation.nextTickAt(at)).toBeLessThanOrEqual(at + SECOND);
  const again = finish(shard.evaluation.tick(at + SECOND));
  expect(again.transitions.map(({ rule }) => rule)).toContain("Kept");
  expect(again.transitions.map(({ rule }) => rule)).not.toContain("Busy");
});

test("a rule that takes too long fails by itself, and those after it are evaluated", () => {
  let nowMs = T;
  const series = new StoredSeries();
  series.append({ __name__: "load", app: "0" }, T, 1);
  const evaluation = createEvaluation({ select: series.select, labelsOf: () => undefined, synthetic: () => [], now: () => nowMs });
  evaluation.configure(
    {
      version: 1,
      groups: groupsOf('groups: [{name: g, rules: [{record: "a:b", expr: "sum(load)"}, {record: "c:d", expr: "1"}]}]'),
      slos: [],
    },
    T,
  );
  const steps = evaluation.tick(T, undefined, everywhere());
  expect(steps.next().done).toBe(false);
  nowMs += 121 * SECOND;
  const { recorded } = finish(steps);
  expect(recorded?.map(({ labels }) => labels["__name__"])).toEqual(["c:d"]);
  expect(evaluation.faults()).toMatchObject([{ name: "a:b", message: expect.stringContaining("timed out") }]);
});

test("a write that comes while a heavy rule is evaluated is acknowledged before the rule has ended, and one tick is under way at a time", async () => {
  const during: string[] = [];
  let beside: (() => Promise<void>) | null = null;
  const shard = openShard(new NodeDatabase(), {
    evaluation: createEvaluation,
    // Commits wait for company for some ms, whoever lets others go first for none.
    wait: async (ms) => {
      const write = ms === 0 ? beside : null;
      if (write !== null) beside = null;
      await write?.();
    },
  });
  const times = Array.from({ length: 240 }, (_, k) => NOON - (240 - k) * 15 * SECOND);
  const heavy = Array.from({ length: 100 }, (_, k) =>
    gauge(
      { __name__: "load", app: `${k}` },
      times.map((t, i) => [t, (i * k) % 7] as const),
    ),
  );
  expect((await shard.core.appendBatch(CONTEXT, batchOf(...heavy))).ok).toBe(true);
  const groups = groupsOf('groups: [{name: g, rules: [{record: "load:heavy", expr: "sum(quantile_over_time(0.5, load[1h:1s]))"}]}]');
  await shard.core.configure({ version: 1, groups, slos: [] });
  beside = async () => {
    const written = await shard.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "beside" }, [[NOON, 1]])));
    during.push(written.ok ? "acknowledged" : written.error.code);
  };
  const tick = shard.core.tick(NOON).then(() => during.push("evaluated"));
  await Promise.all([tick, shard.core.tick(NOON)]);
  expect(during).toEqual(["acknowledged", "evaluated"]);
  const recorded = shard.core.reads.select({ matchers: [{ name: "__name__", op: "=", value: "load:heavy" }], startMs: 0, endMs: NOON });
  expect(recorded.map(({ timestamps }) => [...timestamps])).toEqual([[NOON]]);
});
