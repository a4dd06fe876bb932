import { expect, test } from "vitest";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import { Pace } from "@sightline/shared/promql/evaluation/pace";
import { acrossShards, type PeerShard } from "../../worker/src/query/across-shards.ts";
import type { QuerySource } from "../../worker/src/query/query-source.ts";
import { decodeColumns, encodeColumns } from "../../worker/src/query/shard-columns.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { NOON } from "./open-store.ts";
import { Sender, gauge, openShard, post } from "./shard-fixture.ts";
import { shardProfile } from "../../worker/src/shard/profile.ts";

const REQUEST = { matchers: [], startMs: 0, endMs: 1000 };
const series = (from: number, count: number): SelectedSeries[] =>
  Array.from({ length: count }, (_, i) => ({
    labels: { __name__: "many", id: `${from + i}` },
    timestamps: Float64Array.of(1, 2),
    values: Float64Array.of(from + i, 0.5),
  }));
const sourceOf = (found: readonly SelectedSeries[]): QuerySource => ({ select: () => found, now: () => 0, profile: shardProfile("local") });

test("thousands of series of another shard come in batches, with a turn for others between them", async () => {
  const found = series(0, 12_345);
  let turns = 0;
  const pause = async (): Promise<void> => {
    turns++;
  };
  const columns = await encodeColumns(sourceOf(found), [REQUEST], pause);
  if (!columns.ok) throw new Error(columns.error.message);
  expect(columns.value[0]?.batches).toHaveLength(13);
  expect(turns).toBeGreaterThan(3);
  turns = 0;
  const decoded = await decodeColumns(columns.value[0] ?? null, new Pace(), pause);
  expect(decoded.ok && decoded.value).toEqual(found);
  expect(turns).toBeGreaterThan(3);
});

test("and are the same series when they have been gathered, those of two shards once", async () => {
  const peer: PeerShard = {
    name: "other",
    before: false,
    columns: (requests) => encodeColumns(sourceOf(series(5000, 5000)), requests, () => Promise.resolve()),
  };
  const options = { peers: [peer], timeoutMs: 1000, partial: false, wait: () => new Promise<void>(() => undefined) };
  const gathered = await acrossShards(sourceOf(series(0, 6000)), { ...options, pause: () => Promise.resolve() }, [REQUEST], (source) => ({
    ok: true,
    value: source.select(REQUEST),
  }));
  expect(gathered.ok && gathered.value).toEqual(series(0, 10_000));
});

test("how long the senders of another shard have been silent is gathered with the rest: a service may have instances in both", async () => {
  const shardWith = async (instance: string) => {
    const shard = openShard(new NodeDatabase());
    const sender = new Sender(`shop@${instance}`);
    const up = { __name__: "sightline_sdk_up", service_name: "shop", instance };
    await post(shard.core, sender.hello(), sender.frame(1, { series: [gauge(up, [[NOON, 1]])] }));
    shard.now = NOON + 20_000;
    return shard.core.reads;
  };
  const [here, there] = [await shardWith("a:1"), await shardWith("b:1")];
  const silent = { matchers: [{ name: "__name__", op: "=" as const, value: "sightline_sender_silence_seconds" }] };
  const request = { ...silent, startMs: NOON - 280_000, endMs: NOON + 20_000 };
  const peer: PeerShard = { name: "other", before: false, columns: (requests) => encodeColumns(there, requests, () => Promise.resolve()) };
  const options = { peers: [peer], timeoutMs: 1000, partial: false, wait: () => new Promise<void>(() => undefined) };
  const gathered = await acrossShards(here, options, [request], (source) => ({ ok: true, value: source.select(request) }));
  expect(gathered.ok && gathered.value.map(({ labels, values }) => [labels["instance"], values.at(-1)])).toEqual([
    ["a:1", 20],
    ["b:1", 20],
  ]);
});
