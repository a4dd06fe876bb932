import { expect, test } from "vitest";
import { backtestAmong } from "../../worker/src/query/backtests.ts";
import { encodeColumns } from "../../worker/src/query/shard-columns.ts";
import { alertRule } from "../support/alert-rule.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { NOON } from "./open-store.ts";
import { CONTEXT, batchOf, gauge, openShard } from "./shard-fixture.ts";

const MINUTE = 60_000;

test("a backtest over several shards brings what the labels of many alerts ask, which is something else of each, all at once", async () => {
  const shardWith = async (from: number) => {
    const shard = openShard(new NodeDatabase(), { now: NOON + MINUTE });
    const samples = [NOON, NOON + MINUTE].map((t) => [t, 1] as const);
    const hosts = Array.from({ length: 40 }, (_, i) => `h${from + i}`);
    await shard.core.appendBatch(CONTEXT, batchOf(...hosts.map((host) => gauge({ __name__: "load", host }, samples))));
    await shard.core.appendBatch(CONTEXT, batchOf(...hosts.map((host) => gauge({ __name__: "owner", host, team: `t-${host}` }, samples))));
    return shard.core.reads;
  };
  const [own, other] = [await shardWith(0), await shardWith(40)];
  let asked = 0;
  const peer = {
    name: "other",
    before: false,
    columns: (requests: Parameters<typeof encodeColumns>[1]) => {
      asked++;
      return encodeColumns(other, requests, () => Promise.resolve());
    },
  };
  const among = { peers: [peer], wait: () => new Promise<void>(() => undefined) };
  const query = `printf "owner{host='%s'}" $labels.host`;
  const labels = { team: `{{ with query (${query}) }}{{ . | first | label "team" }}{{ end }}`, v: "{{ $value }}" };
  const rule = alertRule("Loaded", "sum by (host) (load) > 0", { labels });
  const past = { rule, intervalMs: MINUTE, startMs: NOON, endMs: NOON + MINUTE };
  const part = await backtestAmong(own, among, past, () => Promise.resolve());
  const teams = part.ok ? part.value.episodes.map((one) => one.labels["team"]) : [part.error.message];
  expect(new Set(teams)).toEqual(new Set(Array.from({ length: 80 }, (_, i) => `t-h${i}`)));
  expect(asked).toBe(2);
});
