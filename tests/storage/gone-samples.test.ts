import { Pace } from "@sightline/shared/promql/evaluation/pace";
import { beforeAll, describe, expect, test } from "vitest";
import type { PeerShard } from "../../worker/src/query/across-shards.ts";
import { goneSamples } from "../../worker/src/query/gone-samples.ts";
import { queryAmong } from "../../worker/src/query/query-among.ts";
import { encodeColumns } from "../../worker/src/query/shard-columns.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { DAY, MINUTE, NOON, refOf } from "./open-store.ts";
import { type Fixture, openShard } from "./shard-fixture.ts";

const HOUR = 60 * MINUTE;
const START = NOON - (NOON % DAY);
const MISSING = (until: string): string => `PromQL info: samples are missing: of times up to ${until}T00:00Z only aggregates are left`;

let shard: Fixture;

/** Wavers but on the second day, on which it grows as a counter does. */
const filling = (day: number, i: number): number => (day === 1 ? i : 500 + ((i * 7919) % 97));

/** Three days of samples every minute, of which the first two days' have left; `late` began on the third, `paused` on the first after three hours. `disk` and `typed` are alike but for their type. */
beforeAll(() => {
  shard = openShard(new NodeDatabase(), { now: START });
  const { store } = shard.core;
  for (let day = 0; day < 3; day++) {
    for (let i = 1; i <= 1440; i++) {
      const t = START + day * DAY + i * MINUTE;
      for (const name of day < 2 ? ["load"] : ["load", "late"]) store.append(refOf(store, name, {}, "unknown"), t, i, t);
      if (day === 0 && (i <= 180 || i > 360)) store.append(refOf(store, "paused"), t, i, t);
      for (const [name, type] of [
        ["disk", "unknown"],
        ["typed", "gauge"],
      ] as const)
        store.append(refOf(store, name, {}, type), t, filling(day, i), t);
      if (i % 720 === 0) store.flush(t, () => undefined);
    }
    shard.now = START + (day + 1) * DAY + 4 * HOUR;
    while (store.compactor.dueAt(shard.now) <= shard.now) store.compactor.step(shard.now);
  }
  shard.now = START + 32 * DAY + HOUR;
  store.retain(shard.now);
});

interface Answer {
  readonly data: { readonly result: readonly { readonly values: readonly unknown[] }[] };
  readonly infos?: readonly string[];
  readonly warnings?: readonly string[];
}

/** Hourly steps of hours of the three days. */
async function range(
  query: string,
  fromHour: number,
  toHour: number,
  more: { rawOnly?: boolean; peers?: readonly PeerShard[]; of?: Fixture } = {},
) {
  const { rawOnly = false, peers, of = shard } = more;
  const asked = { query, startMs: START + fromHour * HOUR, endMs: START + toHour * HOUR, stepMs: HOUR, rawOnly };
  const among = peers === undefined ? undefined : { peers, wait: () => new Promise<void>(() => undefined) };
  const answer = await queryAmong(of.core.reads, among, asked, () => Promise.resolve());
  if (!answer.ok) throw new Error(answer.error.message);
  const { data, infos, warnings } = JSON.parse(new TextDecoder().decode(answer.value)) as Answer;
  const points = data.result.reduce((sum, { values }) => sum + values.length, 0);
  return { points, infos: infos ?? [], ...(warnings === undefined ? {} : { warnings }) };
}

describe("where only aggregates are left", () => {
  test.each(["irate(load[1h])", "changes(load[1h])", "stddev_over_time(load[1h])", "max_over_time(deriv(load[1h])[2h:1h])"])(
    "%s finds no samples, and says that they are missing",
    async (query) => {
      expect(await range(query, 4, 8)).toEqual({ points: 0, infos: [expect.stringContaining(MISSING("2026-11-21"))] });
    },
  );

  test("a range that reaches into such days says so, too", async () => {
    const { points, infos } = await range("changes(load[1h])", 40, 60);
    expect(points).toBe(12);
    expect(infos).toEqual([expect.stringContaining(MISSING("2026-11-22"))]);
  });

  test("so does who asks for raw samples alone, and what several shards answer", async () => {
    expect(await range("rate(load[1h])", 4, 8, { rawOnly: true })).toEqual({
      points: 0,
      infos: [expect.stringContaining(MISSING("2026-11-21"))],
    });
    const other = openShard(new NodeDatabase(), { now: shard.now });
    const columns: PeerShard["columns"] = (requests) => encodeColumns(other.core.reads, requests, () => Promise.resolve());
    const peers = [{ name: "shard-1", before: false, columns }];
    expect(await range("irate(load[1h])", 4, 8, { peers })).toEqual({ points: 0, infos: [expect.stringContaining(MISSING("2026-11-21"))] });
  });

  test("the series that miss some are looked for in steps", () => {
    const { store } = shard.core;
    for (let i = 0; i < 3000; i++) refOf(store, "load", { path: `/${i}` });
    const matchers = [
      { name: "__name__", op: "=", value: "load" },
      { name: "path", op: "!~", value: ".+" },
    ] as const;
    const steps = goneSamples(store, { matchers, startMs: START + 4 * HOUR, endMs: START + 8 * HOUR }, new Pace(1, 1));
    let stops = 0;
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) stops++;
    expect(step.value).toContain(MISSING("2026-11-21"));
    expect(stops).toBeGreaterThan(4);
  });

  test("a quantile is told of the days that have their distribution, and it is said that samples of others are missing", async () => {
    const missing = [expect.stringContaining("samples are missing: quantile_over_time")];
    const quantile = (of: string): string => `quantile_over_time(0.5, ${of}[1h])`;
    const hour = expect.stringContaining("answered from 1h rollups");
    // Of the two days, and 12 hours of the third, whose samples are there.
    expect(await range(quantile("disk"), 1, 60)).toEqual({ points: 36, infos: [hour], warnings: missing });
    expect(await range(quantile("disk"), 1, 24)).toEqual({ points: 24, infos: [hour] });
    expect(await range(quantile("typed"), 1, 60)).toEqual({ points: 60, infos: [hour] });
    expect(await range(quantile("load"), 1, 24)).toEqual({ points: 0, infos: [], warnings: missing });
    expect(await range(quantile("load"), 1, 60)).toEqual({ points: 12, infos: [], warnings: missing });
    expect(await range(quantile("load"), 50, 60)).toEqual({ points: 11, infos: [] });
  });

  test("so it is of what several shards have", async () => {
    const other = openShard(new NodeDatabase(), { now: shard.now });
    const columns: PeerShard["columns"] = (requests) => encodeColumns(other.core.reads, requests, () => Promise.resolve());
    const told = await range("quantile_over_time(0.5, disk[1h])", 1, 60, { peers: [{ name: "shard-1", before: false, columns }] });
    expect(told).toMatchObject({ points: 36, warnings: [expect.stringContaining("samples are missing")] });
  });

  test("what aggregates answer is not missing, nor what never was", async () => {
    expect((await range("max_over_time(load[1h])", 4, 8)).infos).toEqual([expect.stringContaining("answered from")]);
    expect(await range("changes(late[1h])", 4, 60)).toEqual({ points: 12, infos: [] });
    expect((await range("changes(load[1h])", 50, 60)).infos).toEqual([]);
  });
});

/** What is told of a time alone, and by ranges of 5 min steps that end there, half an hour and three hours later. */
async function toldOf(query: string, t: number): Promise<readonly unknown[]> {
  const answers: unknown[] = [];
  for (const more of [0, 30 * MINUTE, 3 * HOUR, null]) {
    const asked = { query, startMs: t, endMs: t + (more ?? 0), stepMs: more === null ? 0 : 5 * MINUTE };
    const answer = await queryAmong(shard.core.reads, undefined, asked, () => Promise.resolve());
    if (!answer.ok) throw new Error(answer.error.message);
    const { result } = (
      JSON.parse(new TextDecoder().decode(answer.value)) as { data: { result: { value?: unknown[]; values?: unknown[][] }[] } }
    ).data;
    answers.push(result.map(({ value, values }) => value ?? values?.find(([at]) => at === t / 1000)));
  }
  return answers;
}

test("what is told of a time of which only aggregates are left does not depend on the times it is asked with", async () => {
  const hour = START + 15 * HOUR;
  for (const past of [0, 10 * MINUTE, 30 * MINUTE, 59 * MINUTE + 59_999]) {
    const t = hour + past;
    const told = (value: string): unknown[] => Array.from({ length: 4 }, () => [[t / 1000, value]]);
    expect(await toldOf("load", t)).toEqual(told("900"));
    expect(await toldOf("absent(load) or count(load)", t)).toEqual(told("1"));
    expect(await toldOf("avg_over_time(load[10m])", t)).toEqual(told("870.5"));
    expect(await toldOf("last_over_time(load[1m])", t)).toEqual(told("900"));
    // One that has a gap, at its beginning and in it.
    expect(await toldOf("paused", t - 12 * HOUR)).toEqual([180, 180, 180, 180].map((value) => [[t / 1000 - 12 * 3600, `${value}`]]));
    const gap = await toldOf("paused", t - 11 * HOUR);
    expect(gap.flat().filter((one) => one !== undefined)).toEqual([]);
  }
});

test("where nothing is left of a day, as room was short, every answer says so that would have samples of it", async () => {
  const database = new NodeDatabase();
  const { store } = openShard(database, { now: START }).core;
  for (let day = 0; day < 3; day++) {
    const t = START + day * DAY + HOUR;
    for (let i = 1; i <= 600; i++)
      for (const name of day < 2 ? ["load"] : ["load", "late"]) store.append(refOf(store, name), t + i, (i * 7919) % 97, t);
    store.flush(t, () => undefined);
  }
  const of = openShard(database, { now: START + 2 * DAY + 2 * HOUR, bounds: { maxBytes: store.runs.bytes() - 1 } });
  const first = [expect.stringContaining("samples are missing: those of times up to 2026-11-21T00:00Z were dropped as room was short")];
  for (let opening = 0; opening < 2; opening++) {
    const again = opening === 0 ? of : openShard(database, { now: of.now });
    again.core.store.retain(of.now);
    for (const query of ["avg_over_time(load[1h])", "changes(load[1h])", "absent(load)"])
      expect((await range(query, 0, 30, { of: again })).infos).toEqual(first);
    expect((await range("avg_over_time(load[1h])", 25, 60, { of: again })).infos).toEqual([]);
    // What comes later is not all there was.
    again.core.store.append(refOf(again.core.store, "load"), START + 2 * HOUR + opening, 1, START + 2 * HOUR);
    again.core.store.flush(of.now, () => undefined);
    expect((await range("avg_over_time(load[1h])", 0, 30, { of: again })).infos).toEqual(first);
    expect((await range("avg_over_time(late[1h])", 0, 60, { of: again })).infos).toEqual([]);
  }
});
