/** A long range of series that are too sparse for the finer aggregates is answered from the coarser ones, not refused. */
import { beforeAll, expect, test } from "vitest";
import { type Among, queryAmong } from "../../worker/src/query/query-among.ts";
import { encodeColumns } from "../../worker/src/query/shard-columns.ts";
import { shardProfile } from "../../worker/src/shard/profile.ts";
import type { SeriesStore } from "../../worker/src/storage/series-store.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { quietShard } from "../support/quiet-shard.ts";
import { DAY, MINUTE, NOON, refOf } from "./open-store.ts";

const HOUR = 60 * MINUTE;
const START = NOON - (NOON % DAY);
const BOUND = 5000;

let now = START;
const open = () =>
  quietShard({ database: new NodeDatabase(), profile: { ...shardProfile("local"), maxSamplesTouched: BOUND }, now: () => now });
const [shard, other] = [open(), open()];

/** Two days of samples every 15 s: 11,520 of either series, of which aggregates of 1 h are made and no finer ones. */
beforeAll(() => {
  for (const { store } of [shard, other]) fill(store);
});

function fill(store: SeriesStore): void {
  now = START;
  for (let day = 0; day < 2; day++) {
    for (let i = 1; i <= 5760; i++) {
      const t = START + day * DAY + i * 15_000;
      for (const name of ["load", store === shard.store ? "jobs_total" : "other_total"])
        store.append(refOf(store, name), t, name === "load" ? i % 240 : 3 * (day * 5760 + i), t);
      if (i % 2880 === 0) store.flush(t, () => undefined);
    }
    now = START + (day + 1) * DAY + 4 * HOUR;
    while (store.compactor.dueAt(now) <= now) store.compactor.step(now);
  }
}

interface Answer {
  readonly data: { readonly result: readonly { readonly values: readonly (readonly [number, string])[] }[] };
  readonly infos?: readonly string[];
}

/** Of `hours` from the beginning. */
async function range(query: string, hours: number, stepMs: number, { rawOnly = false, among }: { rawOnly?: boolean; among?: Among } = {}) {
  const asked = { query, startMs: START + HOUR, endMs: START + hours * HOUR, stepMs, rawOnly };
  const answer = await queryAmong(shard.reads, among, asked, () => Promise.resolve());
  if (!answer.ok) return answer.error.code;
  const { data, infos } = JSON.parse(new TextDecoder().decode(answer.value)) as Answer;
  return { values: data.result[0]?.values.map(([, value]) => Number(value)) ?? [], infos: infos ?? [] };
}

const FROM_HOURS = [expect.stringContaining("answered from 1h rollups")];

test.each([5, 15, 30])("at a step of %i min growth is that of the hours", async (minutes) => {
  const { values, infos } = (await range("rate(jobs_total[30m])", 48, minutes * MINUTE)) as Exclude<
    Awaited<ReturnType<typeof range>>,
    string
  >;
  expect(values.length).toBeGreaterThan((46 * 60) / minutes);
  for (const value of values) expect(value).toBeCloseTo(0.2, 6);
  expect(infos).toEqual(FROM_HOURS);
});

test("what fits the bound is read raw, and says nothing", async () => {
  expect(await range("max_over_time(load[30m])", 6, 30 * MINUTE)).toMatchObject({ infos: [] });
  expect(await range("max_over_time(load[30m])", 48, 30 * MINUTE)).toMatchObject({ infos: FROM_HOURS });
});

test("who asks for raw samples, for shorter steps or for single samples is refused", async () => {
  expect(await range("max_over_time(load[30m])", 48, 30 * MINUTE, { rawOnly: true })).toBe("limit");
  expect(await range("max_over_time(load[30m])", 48, MINUTE)).toBe("limit");
  expect(await range("changes(load[30m])", 48, 30 * MINUTE)).toBe("limit");
});

test("several shards whose samples fit one by one, and together do not, answer from the hours, too", async () => {
  const columns = (requests: Parameters<typeof encodeColumns>[1]) => encodeColumns(other.reads, requests, () => Promise.resolve());
  const among = { peers: [{ name: "p/shard-1", before: false, columns }], wait: () => new Promise<void>(() => undefined) };
  const query = 'sum(rate({__name__=~"jobs_total|other_total"}[30m]))';
  const { values, infos } = (await range(query, 18, 30 * MINUTE, { among })) as Exclude<Awaited<ReturnType<typeof range>>, string>;
  for (const value of values) expect(value).toBeCloseTo(0.4, 6);
  expect(infos).toEqual(FROM_HOURS);
  expect(await range(query, 18, MINUTE, { among })).toBe("limit");
});
