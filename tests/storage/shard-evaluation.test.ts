import type { AlertTransition } from "@sightline/shared/model/alert";
import { parseRuleFile } from "@sightline/shared/rules/rule-file";
import { describe, expect, test } from "vitest";
import type { Evaluation, EvaluationPlan, EvaluationPorts } from "../../worker/src/rules/api.ts";
import { runQuery } from "../../worker/src/query/prometheus-query.ts";
import { createEvaluation } from "../../worker/src/rules/evaluation.ts";
import { isAsStored } from "../../worker/src/shard/admission.ts";
import { EMPTY_PLAN, nullEvaluation } from "../../worker/src/shard/null-evaluation.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { NOON } from "./open-store.ts";
import { CONTEXT, batchOf, gauge, openShard } from "./shard-fixture.ts";

const firing: AlertTransition = {
  id: "t-1",
  fingerprint: "f-1",
  rule: "TooHigh",
  labels: { host_name: "web-1" },
  annotations: {},
  severity: "warning",
  from: "pending",
  to: "firing",
  at: NOON,
  activeAt: NOON,
  value: 9,
  threshold: 5,
  condition: "cpu > 5",
  recommendations: [],
};

/** Fires once, when a sample over five arrives; writes down what it saw. */
function thresholdEvaluation(seen: string[], { labelsOf }: Pick<EvaluationPorts, "labelsOf">): Evaluation {
  let plan: EvaluationPlan = EMPTY_PLAN;
  const observe = (ref: number, t: number, value: number): void => {
    seen.push(`sample ${ref} ${t - NOON} ${value}`);
    if (value > 5) plan = { transitions: [firing], states: [{ fingerprint: "f-1", state: Uint8Array.of(1) }], anomalies: [] };
  };
  return {
    ...nullEvaluation(),
    addSeries: (ref) => void seen.push(`series ${ref} ${labelsOf(ref)?.["__name__"]}`),
    observe,
    observeColumns: (refs, times, values, verdicts, length) => {
      for (let i = 0; i < length; i++) if (verdicts[i] === 0) observe(refs[i] ?? -1, times[i] ?? NaN, values[i] ?? NaN);
    },
    finish: () => {
      const current = plan;
      plan = EMPTY_PLAN;
      return current;
    },
    snapshots: { count: 2, isWhole: true, write: (part) => Uint8Array.of(part) },
    restore: (parts, states) => {
      seen.push(`restore parts ${[...parts].map((part) => part.join()).join(" ")} and ${states.length} states`);
      return true;
    },
  };
}

describe("evaluation in a shard", () => {
  test("an alert transition is on disk with its sample and goes to the project at once", async () => {
    const database = new NodeDatabase();
    const shard = openShard(database, { evaluation: (ports) => thresholdEvaluation([], ports) });
    await shard.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "cpu" }, [[NOON, 9]])));
    await shard.core.deliverOutbox();
    expect(shard.delivered).toEqual([firing]);
    expect(database.all("SELECT * FROM outbox")).toEqual([]);
    expect(database.all("SELECT fingerprint FROM alert_states")).toEqual([{ fingerprint: "f-1" }]);
  });

  test("a new series' labels are handed on where they are as the index has them, else it is asked for them", async () => {
    const handed: unknown[] = [];
    const evaluation = ({ labelsOf }: EvaluationPorts): Evaluation => ({
      ...nullEvaluation(),
      addSeries: (ref, _metadata, _startsAtZero, labels) =>
        void handed.push([labels, labelsOf(ref)].map((one) => Object.entries(one ?? {}))),
    });
    const shard = openShard(new NodeDatabase(), { evaluation });
    await shard.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "cpu", core: "1" }, [[NOON, 9]])));
    const entries = Object.entries({ __name__: "cpu", core: "1" });
    expect(handed).toEqual([[entries, entries]]);
    expect(isAsStored({ __name__: "cpu", core: "2" })).toBe(true);
    expect(isAsStored({ core: "2", __name__: "cpu" })).toBe(false);
    expect(isAsStored({ __name__: "cpu", core: "2", zone: "" })).toBe(false);
  });

  test("a transition the project could not take stays, also over a restart, and is sent again", async () => {
    const database = new NodeDatabase();
    const away = openShard(database, {
      evaluation: (ports) => thresholdEvaluation([], ports),
      deliver: () => Promise.reject(new Error("away")),
    });
    await away.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "cpu" }, [[NOON, 9]])));
    await expect(away.core.deliverOutbox()).rejects.toThrow("away");
    expect(away.core.due(NOON).outbox).toBe(NOON);
    const back = openShard(database, { evaluation: (ports) => thresholdEvaluation([], ports) });
    await back.core.deliverOutbox();
    expect(back.delivered).toEqual([firing]);
    expect(back.core.due(NOON).outbox).toBeNull();
  });

  test("after a restart the evaluation gets its series, its snapshot and states, then only the samples since", async () => {
    const database = new NodeDatabase();
    const { core } = openShard(database, { evaluation: (ports) => thresholdEvaluation([], ports) });
    await core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "cpu" }, [[NOON, 1]])));
    core.flush(NOON);
    await core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "cpu" }, [[NOON + 1, 2]]), gauge({ __name__: "load" }, [[NOON + 1, 3]])));
    const seen: string[] = [];
    const again = openShard(database, { evaluation: (ports) => thresholdEvaluation(seen, ports) });
    const restored = ["series 0 cpu", "series 1 load", "restore parts 0 1 and 0 states", "sample 0 1 2", "sample 1 1 3"];
    // A query needs none of it.
    const answer = runQuery(again.core.reads, { query: "sum(load)", startMs: NOON + 1, endMs: NOON + 1, stepMs: 0 });
    expect(answer.ok && answer.value.value).toMatchObject({ samples: [{ value: 3 }] });
    expect(seen).toEqual([]);
    // Nor do the counts of what was refused whole.
    const nothing = await again.core.appendBatch(CONTEXT, batchOf(), undefined, { bad_name: 2 });
    expect(nothing).toEqual({ ok: true, value: { accepted: 0, rejected: [] } });
    expect(again.core.writer.refusals.counts).toEqual({ bad_name: 2 });
    expect(seen).toEqual([]);
    // Samples do, and come after.
    await again.core.appendBatch(
      CONTEXT,
      batchOf(gauge({ __name__: "new" }, [[NOON + 2, 4]]), gauge({ __name__: "cpu" }, [[NOON + 2, 5]])),
    );
    expect(seen.slice(0, restored.length)).toEqual(restored);
    expect(seen.slice(restored.length)).toEqual(["series 2 new", "sample 2 2 4", "sample 0 2 5"]);
  });

  test("an SLO fed with differences counts every one, and keeps them when the object sleeps", async () => {
    const database = new NodeDatabase();
    const slo = {
      id: "s",
      name: "s",
      kind: "availability",
      good: "ok_total",
      total: "all_total",
      objective: 0.99,
      windowMs: 86_400_000,
    } as const;
    const shard = openShard(database, { evaluation: createEvaluation });
    await shard.core.configure({ version: 1, groups: [], slos: [slo] });
    const metadata = { type: "counter", unit: "", help: "" } as const;
    for (let i = 0; i < 6; i++) {
      shard.now = NOON + i * 1000;
      const difference = (name: string, by: number) => gauge({ __name__: name }, [[shard.now, by]], { metadata, temporality: "delta" });
      await shard.core.appendBatch(CONTEXT, batchOf(difference("ok_total", 90), difference("all_total", 100)));
    }
    expect(shard.core.evaluation.slos(shard.now)[0]).toMatchObject({ good: 540, total: 600 });
    shard.core.flush(shard.now);
    const again = openShard(database, { now: shard.now, evaluation: createEvaluation });
    expect(again.core.evaluation.slos(shard.now)[0]).toMatchObject({ good: 540, total: 600 });
  });

  test("an anomaly that is better told otherwise takes the place of what was told", async () => {
    const shard = openShard(new NodeDatabase(), { evaluation: createEvaluation });
    for (let i = 0; i < 800; i++) {
      shard.now = NOON + i * 5000;
      const value = (i < 600 ? 30 : 90) + 2 * Math.sin(i * 1.7);
      await shard.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "cpu" }, [[shard.now, value]])));
    }
    const since = NOON + 599 * 5000;
    const told = shard.core.reads.plans.anomalies(since, shard.now, 10);
    expect(told.map(({ t, kind }) => [t, kind])).toEqual([[NOON + 600 * 5000, "level_shift"]]);
    expect(told[0]?.reason).toMatch(/^the level moved to about \d/);
  });

  test("late and repeated samples are not observed", async () => {
    const seen: string[] = [];
    const { core } = openShard(new NodeDatabase(), { evaluation: (ports) => thresholdEvaluation(seen, ports) });
    await core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "cpu" }, [[NOON, 1]])));
    await core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "cpu" }, [[NOON, 1]])));
    await core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "cpu" }, [[NOON - 5, 2]])));
    expect(seen.filter((line) => line.startsWith("sample"))).toEqual(["sample 0 0 1"]);
  });

  test("a type that becomes known after a series' first sample reaches every series of the metric at once, with all it is judged by", async () => {
    let evaluation = nullEvaluation();
    const { core } = openShard(new NodeDatabase(), { evaluation: (ports) => (evaluation = createEvaluation(ports)) });
    const used = (disk: string, from: number, type: "unknown" | "gauge") =>
      gauge(
        { __name__: "disk_used", disk },
        Array.from({ length: 100 }, (_, i) => [NOON - 3_000_000 + (from + i) * 15_000, (from + i) * 100]),
        { metadata: { type, unit: "", help: "" } },
      );
    await core.appendBatch(CONTEXT, batchOf(used("a", 0, "unknown"), used("b", 0, "unknown")));
    expect(evaluation.judgedAs(1)).toMatchObject({ metadata: { type: "counter" }, judgedBy: "rate" });
    await core.appendBatch(CONTEXT, batchOf(used("a", 100, "gauge")));
    await core.appendBatch(CONTEXT, batchOf(used("b", 100, "unknown")));
    for (const ref of [0, 1]) {
      expect(evaluation.judgedAs(ref)).toMatchObject({ metadata: { type: "gauge" }, judgedBy: "value" });
      expect(evaluation.expected(ref)?.value).toBe(19_900);
    }
  });

  test("the newest configuration is kept over restarts and an older one is ignored", async () => {
    const database = new NodeDatabase();
    const { core } = openShard(database);
    await core.configure({ version: 2, groups: [], slos: [] });
    await core.configure({ version: 1, groups: [], slos: [] });
    expect(openShard(database).core.settings.config).toEqual({ version: 2, groups: [], slos: [] });
  });
});

test("what a recording rule gives is stored, survives the object, and feeds the alerts that read it", async () => {
  const database = new NodeDatabase();
  const groups = parseRuleFile(`groups: [{ name: g, interval: 15s, rules: [
    { record: "job:requests:sum", expr: sum by (job) (requests) }, { alert: Busy, expr: "job:requests:sum > 10" }] }]`);
  if (!groups.ok) throw new Error(groups.error.message);
  const shard = openShard(database, { evaluation: createEvaluation });
  await shard.core.configure({ version: 1, groups: groups.value, slos: [] });
  await shard.core.appendBatch(
    CONTEXT,
    batchOf(
      gauge({ __name__: "requests", job: "api", i: "1" }, [[NOON, 5]]),
      gauge({ __name__: "requests", job: "api", i: "2" }, [[NOON, 7]]),
    ),
  );
  await shard.core.tick(NOON);
  await shard.core.deliverOutbox();
  expect(shard.delivered.map(({ rule, to }) => `${rule} ${to}`)).toEqual(["Busy firing"]);
  const again = openShard(database, { evaluation: createEvaluation });
  const matchers = [{ name: "__name__", op: "=" as const, value: "job:requests:sum" }];
  const [stored] = again.core.reads.select({ matchers, startMs: NOON - 1, endMs: NOON });
  expect(stored?.labels).toEqual({ __name__: "job:requests:sum", job: "api" });
  expect([...(stored?.values ?? [])]).toEqual([12]);
});
