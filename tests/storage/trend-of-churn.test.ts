/** Trends of what has been there for long, beside what comes and goes. */
import type { CompareQuestion } from "@sightline/shared/api/analyses";
import { describe, expect, test } from "vitest";
import { compareQuery, trendQuery } from "../../worker/src/query/trends.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { DAY, MINUTE, NOON } from "./open-store.ts";
import { Sender, gauge, openShard, post } from "./shard-fixture.ts";

const HOUR = 60 * MINUTE;

/** One series of a pod, from one time to another. */
function pod(name: string, from: number, to: number, every: number) {
  const samples = Array.from({ length: Math.floor((to - from) / every) + 1 }, (_, i): [number, number] => [from + i * every, 10 + (i % 7)]);
  return gauge({ __name__: "memory", pod: name }, samples);
}

async function shardOf(now: number, ...frames: readonly ReturnType<typeof pod>[][]) {
  const { core } = openShard(new NodeDatabase(), { now });
  const sender = new Sender();
  await post(core, sender.hello(), ...frames.map((series, i) => sender.frame(i + 1, { series })));
  return core;
}

const podsOf = (answer: ReturnType<typeof trendQuery>): unknown =>
  answer.ok ? new Set(answer.value.series.map(({ labels }) => labels["pod"])) : answer.error;

test("as many others that took the place of all since its last step do not refuse it", async () => {
  const now = NOON + 20 * MINUTE;
  const old = Array.from({ length: 40 }, (_, n) => pod(`old-${n}`, NOON - 7 * DAY, NOON - 15 * MINUTE, 15 * MINUTE));
  const fresh = Array.from({ length: 40 }, (_, n) => pod(`fresh-${n}`, NOON + MINUTE, now, MINUTE));
  const core = await shardOf(now, old, fresh);
  const found = podsOf(trendQuery(core.reads, { query: "memory", startMs: now - 7 * DAY, endMs: now }));
  expect(found).toEqual(new Set(old.map(({ labels }) => labels["pod"])));
});

describe("an hourly job of ten minutes, a new pod each, is not between its steps", () => {
  const long = Array.from({ length: 5 }, (_, n) => pod(`long-${n}`, NOON - 14 * DAY, NOON, 5 * MINUTE));
  const jobs = Array.from({ length: 100 }, (_, n) => {
    const from = NOON - (100 - n) * HOUR + 20 * MINUTE;
    return pod(`job-${n}`, from, from + 10 * MINUTE, MINUTE);
  });
  const fresh = pod("new", NOON - 3 * DAY, NOON, 5 * MINUTE);
  test("and compares periods with more of them than can be told", async () => {
    const many = Array.from({ length: 160 }, (_, n) => {
      const from = NOON - 14 * DAY - (160 - n) * HOUR + 20 * MINUTE;
      return pod(`job-${n}`, from, from + 10 * MINUTE, MINUTE);
    });
    const longer = Array.from({ length: 5 }, (_, n) => pod(`long-${n}`, NOON - 28 * DAY, NOON, 5 * MINUTE));
    const core = await shardOf(NOON, longer, many);
    const [before, after] = [28, 14].map((days) => ({ start: NOON - days * DAY, end: NOON - (days - 14) * DAY })) as [
      CompareQuestion["before"],
      CompareQuestion["before"],
    ];
    const answer = compareQuery(core.reads, { query: "memory * 1", before, after });
    expect(
      answer.ok ? answer.value.series.filter((one) => "verdict" in one).map((one) => "verdict" in one && one.verdict) : answer.error,
    ).toEqual(long.map(() => "same"));
  });

  test.each(["memory * 1", "sum by (pod) (memory)"])("%s", async (query) => {
    const core = await shardOf(NOON, long, jobs, [fresh]);
    const found = podsOf(trendQuery(core.reads, { query, startMs: NOON - 14 * DAY, endMs: NOON }));
    expect(found).toEqual(new Set(["long-0", "long-1", "long-2", "long-3", "long-4", "new"]));
  });
});

test.each([2, 60])(
  "a counter that is younger than what is looked at has its whole rate from the first value on: a sample every %s min",
  async (minutes) => {
    const every = minutes * MINUTE;
    const samples = Array.from({ length: 100 }, (_, i): [number, number] => [NOON - (99 - i) * every, 60 * i]);
    const counter = gauge({ __name__: "jobs_total" }, samples, { metadata: { type: "counter", unit: "", help: "" } });
    const core = await shardOf(NOON, [counter]);
    const answer = trendQuery(core.reads, { query: "jobs_total", startMs: NOON - 200 * every, endMs: NOON });
    const [found] = answer.ok ? answer.value.series : [];
    expect(found).toMatchObject({ direction: "steady" });
    expect(JSON.stringify(found)).not.toContain("Changed");
  },
);
