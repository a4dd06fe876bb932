import { expect, test } from "vitest";
import type { PrometheusQuery } from "../../worker/src/objects/rpc.ts";
import type { PeerShard } from "../../worker/src/query/across-shards.ts";
import { queriesAmong } from "../../worker/src/query/query-among.ts";
import { encodeColumns } from "../../worker/src/query/shard-columns.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { CONTEXT, batchOf, gauge, openShard } from "./shard-fixture.ts";
import { NOON } from "./open-store.ts";

async function shardOf(host: string, load: number) {
  const { core } = openShard(new NodeDatabase());
  await core.appendBatch(
    CONTEXT,
    batchOf(gauge({ __name__: "load", host }, [[NOON - 1000, load]]), gauge({ __name__: "up", host }, [[NOON, 1]])),
  );
  return core.reads;
}

const at = (query: string): PrometheusQuery => ({ query, startMs: NOON, endMs: NOON, stepMs: 0, partial: true });

test("several queries ask each other shard once, and one without an answer leaves the rest alone", async () => {
  const own = await shardOf("a", 1);
  const asked: number[] = [];
  const peers: PeerShard[] = await Promise.all(
    ["b", "c"].map(async (host, i) => {
      const reads = await shardOf(host, i + 2);
      const columns: PeerShard["columns"] = async (requests) => {
        asked.push(requests.length);
        return encodeColumns(reads, requests, () => Promise.resolve());
      };
      return { name: host, before: false, columns };
    }),
  );
  const among = { peers, wait: () => new Promise<void>(() => undefined) };
  const queries = ["sum(load)", "sum(up)", "sum(", "max(load)"].map(at);
  const answers = await queriesAmong(own, among, queries, () => Promise.resolve());
  expect(asked).toEqual([2, 2]);
  const values = answers.map((body) => (body === null ? null : /"value":\[[^,]+,"([^"]+)"/.exec(new TextDecoder().decode(body))?.[1]));
  expect(values).toEqual(["6", "3", null, "3"]);
});
