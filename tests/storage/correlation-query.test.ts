/** Which of two series moves first, whatever their values stand for. */
import { assert, describe, expect, test } from "vitest";
import { correlateQuery } from "../../worker/src/query/correlations.ts";
import { randomSource } from "../bench/anomaly-generator.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { MINUTE, NOON } from "./open-store.ts";
import { Sender, gauge, openShard, post } from "./shard-fixture.ts";

const MINUTES = 120;
const SEEDS = [1, 2, 3, 4, 5, 6];

/** A walk of two hours, a level a minute. */
function levels(seed: number): (at: number) => number {
  const random = randomSource(seed);
  let at = 100;
  const walk = Array.from({ length: MINUTES + 1 }, () => (at += 20 * (random() - 0.5)));
  return (time) => walk[Math.max(0, Math.floor((time - NOON) / MINUTE) + MINUTES)] ?? 0;
}

const timesOf = (every: number): number[] =>
  Array.from({ length: (MINUTES * MINUTE) / every + 1 }, (_, i) => NOON - MINUTES * MINUTE + i * every);

/** What counts by the level, and a depth that shows the level of so long before. */
async function shardWith(seed: number, every: { readonly work: number; readonly depth: number }, behindMs: number) {
  const level = levels(seed);
  let total = 0;
  const work = timesOf(every.work).map((t): [number, number] => [t, (total += level(t - every.work) * (every.work / 1000))]);
  const depth = timesOf(every.depth).map((t): [number, number] => [t, level(t - behindMs)]);
  const { core } = openShard(new NodeDatabase());
  const sender = new Sender();
  const counter = { ...gauge({ __name__: "work_total" }, work), metadata: { type: "counter", unit: "", help: "" } } as const;
  await post(core, sender.hello(), sender.frame(1, { series: [counter, gauge({ __name__: "depth" }, depth)] }));
  return core;
}

async function pairOf(query: string, other: string, ...[seed, every, behindMs]: Parameters<typeof shardWith>) {
  const { reads } = await shardWith(seed, every, behindMs);
  const answer = correlateQuery(reads, { query, with: other, startMs: NOON - MINUTES * MINUTE, endMs: NOON });
  assert(answer.ok, answer.ok ? "" : answer.error.message);
  const [pair] = answer.value.pairs;
  assert(pair !== undefined);
  expect(pair.falseDiscoveryRate).toBeLessThan(0.05);
  return pair;
}

describe.each([
  ["work_total", "depth"],
  ["rate(work_total[5m])", "depth"],
  ["sum(rate(work_total[5m]))", "depth * 1"],
])("%s moves %s", (query, other) => {
  test.each([
    [{ work: MINUTE, depth: MINUTE }, 0],
    [{ work: 10_000, depth: MINUTE }, 0],
    [{ work: MINUTE, depth: 10_000 }, 0],
    [{ work: MINUTE, depth: MINUTE }, 1],
    [{ work: MINUTE, depth: MINUTE }, 2],
    [{ work: 10_000, depth: 10_000 }, 3],
    [{ work: MINUTE, depth: MINUTE }, 5],
  ])("sampled every %o, after %d min: told to within a step, and never the wrong way round", async (every, minutes) => {
    for (const seed of SEEDS) {
      const { lagMs, text } = await pairOf(query, other, seed, every, minutes * MINUTE);
      expect(Math.abs(lagMs - minutes * MINUTE), `${seed}: ${text}`).toBeLessThanOrEqual(minutes === 0 ? 0 : MINUTE);
      const back = await pairOf(other, query, seed, every, minutes * MINUTE);
      expect(back.lagMs + lagMs).toBe(0);
    }
  });
});

test("what has no answer says why", async () => {
  const { core } = openShard(new NodeDatabase());
  const sender = new Sender();
  const minutes = Array.from({ length: 60 }, (_, i): [number, number] => [NOON - (59 - i) * MINUTE, ((i * 7919) % 101) / 101]);
  const all = [
    gauge({ __name__: "busy" }, minutes),
    gauge(
      { __name__: "still" },
      minutes.map(([t]) => [t, 4]),
    ),
    gauge(
      { __name__: "seldom" },
      minutes.filter((_, i) => i % 12 === 0),
    ),
  ];
  await post(core, sender.hello(), sender.frame(1, { series: all }));
  const asked = (query: string, other: string): readonly string[] => {
    const answer = correlateQuery(core.reads, { query, with: other, startMs: NOON - 60 * MINUTE, endMs: NOON });
    assert(answer.ok, answer.ok ? "" : answer.error.message);
    expect(answer.value.pairs).toEqual([]);
    return answer.value.warnings ?? [];
  };
  expect(asked("busy", "still")).toEqual(["still stood still: what never changes moves with nothing."]);
  expect(asked("busy", "busy")).toEqual(["busy is on both sides: with itself nothing is compared."]);
  expect(asked("busy", "seldom")[0]).toMatch(/has \d+ values at the steps of both, at least 13 are needed/);
  expect(asked("nothing_there", "busy")[0]).toContain("No series came of nothing_there");
  expect(asked("busy", "nothing_there")).toHaveLength(1);
});
