import { describe, expect, test } from "vitest";
import { createEvaluation } from "../../worker/src/rules/evaluation.ts";
import { EvaluationSnapshot } from "../../worker/src/shard/evaluation-snapshot.ts";
import { nullEvaluation } from "../../worker/src/shard/null-evaluation.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { NOON } from "./open-store.ts";
import { CONTEXT, type Fixture, batchOf, gauge, openShard } from "./shard-fixture.ts";

const SPACING = 15_000;
const SLO = { id: "s", name: "s", kind: "availability", good: "m_0", total: "m_1", objective: 0.99, windowMs: 86_400_000 } as const;

async function scrape(shard: Fixture, series: number, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    shard.now = NOON + i * SPACING;
    const columns = Array.from({ length: series }, (_, s) =>
      gauge({ __name__: `m_${s}` }, [[shard.now, i * (2 + (s % 3)) + ((i * s) % 5)]]),
    );
    await shard.core.appendBatch(CONTEXT, batchOf(...columns));
  }
}

const names = (database: NodeDatabase): string[] =>
  database.all<{ name: string }>("SELECT name FROM snapshots WHERE name LIKE 'evaluation%' ORDER BY name").map(({ name }) => name);

const learned = (shard: Fixture, series: number): unknown[] =>
  Array.from({ length: series }, (_, ref) => shard.core.evaluation.expected(ref)).filter((range) => range !== null);

describe("the evaluation's snapshot", () => {
  test("of a shard of up to a thousand series is written whole, in two rows, and wakes as if it had not slept", async () => {
    const database = new NodeDatabase();
    const shard = openShard(database, { evaluation: createEvaluation });
    await shard.core.configure({ version: 1, groups: [], slos: [SLO] });
    await scrape(shard, 40, 0, 30);
    shard.core.flush(shard.now);
    expect(names(database)).toEqual(["evaluation", "evaluation/1"]);
    await scrape(shard, 40, 30, 35);
    const again = openShard(database, { evaluation: createEvaluation, now: shard.now });
    expect(learned(again, 40)).toHaveLength(40);
    expect(learned(again, 40)).toEqual(learned(shard, 40));
    expect(again.core.evaluation.slos(again.now)).toEqual(shard.core.evaluation.slos(shard.now));
  });

  test("of a version that is not known makes detectors learn afresh, and the shard's status says so", async () => {
    const database = new NodeDatabase();
    const shard = openShard(database, { evaluation: createEvaluation });
    await scrape(shard, 5, 0, 30);
    shard.core.flush(shard.now);
    const woken = openShard(database, { evaluation: createEvaluation, now: shard.now });
    expect(learned(woken, 5)).toHaveLength(5);
    expect(woken.core.store.problems).toEqual([]);
    const { snapshots } = shard.core.store;
    const kept = snapshots.read("evaluation/1");
    if (kept === null) throw new Error("no detectors were kept");
    const later = Uint8Array.from(kept.bytes);
    later[0] = 99;
    snapshots.write("evaluation/1", later);
    const upgraded = openShard(database, { evaluation: createEvaluation, now: shard.now });
    expect(learned(upgraded, 5).length).toBeLessThan(5);
    expect(upgraded.core.store.problems).toEqual([expect.stringContaining("start afresh")]);
    await scrape(upgraded, 5, 30, 60);
    expect(learned(upgraded, 5)).toHaveLength(5);
  });

  test("is written by the minute, and at once after a waking that had much to read back", async () => {
    const database = new NodeDatabase();
    const shard = openShard(database, { evaluation: createEvaluation });
    const position = (): unknown => database.all("SELECT body FROM snapshots WHERE name = 'evaluation'")[0]?.["body"];
    await scrape(shard, 10, 0, 4);
    expect(position()).toBeUndefined();
    await scrape(shard, 10, 4, 6);
    const minute = position();
    expect(minute).toBeDefined();
    // A commit of its own, larger than what a waking is spared.
    const t = shard.now;
    const bulk = gauge(
      { __name__: "bulk" },
      Array.from({ length: 20_001 }, (_, i) => [t + 1 + i, i]),
    );
    await shard.core.appendBatch(CONTEXT, batchOf(bulk));
    expect(position()).toEqual(minute);
    const again = openShard(database, { evaluation: createEvaluation, now: shard.now + 1000 });
    await again.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "m_1" }, [[t + 1000, 1]])));
    expect(position()).not.toEqual(minute);
  });

  test("is written by the alarm when many samples came and no more do, also after a waking that read them back", async () => {
    const database = new NodeDatabase();
    const shard = openShard(database, { evaluation: createEvaluation });
    await scrape(shard, 10, 0, 8);
    expect(shard.core.snapshot.idleDueAt(shard.now)).toBeNull();
    const history = Array.from({ length: 30_000 }, (_, i) => [shard.now + i, i] as const);
    await shard.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "imported" }, history)));
    const due = shard.core.snapshot.idleDueAt(shard.now) ?? Infinity;
    expect(due).toBeLessThanOrEqual(shard.now + 120_000);
    const woken = openShard(database, { evaluation: createEvaluation, now: shard.now });
    expect(woken.core.snapshot.idleDueAt(shard.now)).toBe(shard.now);
    for (const { core } of [shard, woken]) {
      core.followUp(due);
      expect(core.snapshot.idleDueAt(due)).toBeNull();
    }
    expect(openShard(database, { evaluation: createEvaluation, now: due }).core.snapshot.idleDueAt(due)).toBeNull();
  });

  test("of a shard of a few thousand series is whole, too, in parts of at most 64 series in the rich tier; parts there were more of are gone", async () => {
    const database = new NodeDatabase();
    const shard = openShard(database, { evaluation: createEvaluation });
    await scrape(shard, 140, 0, 30);
    for (const part of [4, 5, 6]) shard.core.store.snapshots.write(`evaluation/${part}`, Uint8Array.of(3, 0));
    shard.core.flush(shard.now);
    expect(shard.core.evaluation.rich()).toHaveLength(140);
    expect(names(database)).toEqual(["evaluation", "evaluation/1", "evaluation/2", "evaluation/3"]);
    await scrape(shard, 140, 30, 35);
    const again = openShard(database, { evaluation: createEvaluation, now: shard.now });
    expect(learned(again, 140)).toEqual(learned(shard, 140));
    expect(again.core.evaluation.rich()).toHaveLength(140);
  });

  test("is read when somebody needs it", async () => {
    const database = new NodeDatabase();
    const shard = openShard(database, { evaluation: createEvaluation });
    await scrape(shard, 5, 0, 30);
    shard.core.flush(shard.now);
    const again = openShard(database, { evaluation: createEvaluation, now: shard.now });
    database.run("DELETE FROM snapshots WHERE name = 'evaluation/1'");
    expect(learned(again, 5).length).toBeLessThan(5);
  });

  test.each([
    [2_000_000, 60_000],
    [4_000_000, 120_000],
  ])("of two parts of %i bytes is due again after %i ms", (size, waitMs) => {
    const store = openShard(new NodeDatabase(), {}).core.store;
    const snapshots = { count: 3, isWhole: true, write: () => new Uint8Array(size) };
    const snapshot = new EvaluationSnapshot(store, { ...nullEvaluation(), snapshots }, NOON, 0);
    snapshot.step(NOON);
    expect([NOON + waitMs - 1, NOON + waitMs].map((t) => snapshot.due(t))).toEqual([false, true]);
    // Sooner where a restart would have very much to read back.
    const many = Float64Array.from({ length: 300_001 }, (_, i) => NOON + i);
    store.resolve({ __name__: "many" }, { type: "gauge", unit: "", help: "" });
    store.appendColumns(new Int32Array(many.length), many, many, many.length, NOON + many.length, new Uint8Array(many.length));
    expect([NOON + 59_999, NOON + 60_000].map((t) => snapshot.due(t))).toEqual([false, true]);
  });

  test("of a larger one is written a thousand detectors at a time; those that are older go on with the next sample", async () => {
    const database = new NodeDatabase();
    const shard = openShard(database, { evaluation: createEvaluation });
    const body = (): unknown => database.all("SELECT body FROM snapshots WHERE name = 'evaluation/5'")[0]?.["body"];
    await shard.core.configure({ version: 1, groups: [], slos: [SLO] });
    await scrape(shard, 4100, 0, 24);
    // Five parts in turn, the last of them last.
    let turn = 24;
    for (let before = body(), isLast = false; turn < 29 || !isLast; turn++) {
      await scrape(shard, 4100, turn, turn + 1);
      before = body();
      shard.core.flush(shard.now);
      isLast = !Buffer.from(before as Uint8Array).equals(Buffer.from(body() as Uint8Array));
    }
    expect(names(database)).toEqual(["evaluation", ...[1, 2, 3, 4, 5].map((part) => `evaluation/${part}`)]);
    const again = openShard(database, { evaluation: createEvaluation, now: shard.now });
    expect(again.core.evaluation.slos(again.now)).toEqual(shard.core.evaluation.slos(shard.now));
    for (const each of [shard, again]) await scrape(each, 4100, turn, turn + 2);
    expect(again.core.evaluation.slos(again.now)).toEqual(shard.core.evaluation.slos(shard.now));
    const [stayed, woke] = [learned(shard, 4100), learned(again, 4100)];
    expect(woke).toHaveLength(stayed.length);
    // Written last: nothing missed.
    expect(woke.slice(4096)).toEqual(stayed.slice(4096));
  });

  test("of a larger one loses no detectors when fewer series are there after a waking, before all parts are written anew", async () => {
    const [all, gone] = [6200, 1100];
    const database = new NodeDatabase();
    const shard = openShard(database, { evaluation: createEvaluation });
    await scrape(shard, all, 0, 24);
    for (let turn = 24; turn < 32; turn++) {
      shard.core.flush(shard.now);
      await scrape(shard, all, turn, turn + 1);
    }
    shard.core.flush(shard.now);
    const wake = (): number => {
      const woken = openShard(database, { evaluation: createEvaluation, now: shard.now });
      const { index } = woken.core.store;
      const present = index.all.bind(index);
      index.all = function* () {
        for (const series of present()) if (series.ref >= gone) yield series;
      };
      const known = learned(woken, all).length;
      woken.core.flush(woken.now);
      return known;
    };
    const known = wake();
    expect(known).toBeGreaterThan(4000);
    expect(wake()).toBe(known);
  });
});
