/** A series that ended is absent from then on, whoever wrote its end and however often it was copied on the way. */
import { putStale } from "@sightline/shared/model/sample";
import { parseRuleFile } from "@sightline/shared/rules/rule-file";
import { describe, expect, test } from "vitest";
import { decodeOtlpProtobuf } from "../../worker/src/ingest/otlp/decode.ts";
import { runQuery } from "../../worker/src/query/prometheus-query.ts";
import { createEvaluation } from "../../worker/src/rules/evaluation.ts";
import { gauge as otlpGauge, metric, numberPoint, request } from "../ingest/otlp-message.ts";
import { varint } from "../ingest/protobuf-writer.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { NOON } from "./open-store.ts";
import { CONTEXT, type Fixture, batchOf, gauge, openShard } from "./shard-fixture.ts";

/** Values of the answer, one for each series. */
function valuesAt(shard: Fixture, query: string, at: number): number[] {
  const answer = runQuery(shard.core.reads, { query, startMs: at, endMs: at, stepMs: 0 });
  if (!answer.ok) throw new Error(answer.error.message);
  const { value } = answer.value;
  if (value.type !== "vector" && value.type !== "matrix") throw new Error(value.type);
  return value.type === "matrix" ? value.series.map(({ values }) => values.at(-1) ?? NaN) : value.samples.map((sample) => sample.value);
}

function groupsOf(text: string) {
  const groups = parseRuleFile(text);
  if (!groups.ok) throw new Error(groups.error.message);
  return groups.value;
}

/** As it is buffered, and as it is in blocks after a restart. */
function bothForms(shard: Fixture, database: NodeDatabase, look: (shard: Fixture) => void): void {
  look(shard);
  shard.core.flush(shard.now);
  look(openShard(database, { now: shard.now, evaluation: createEvaluation }));
}

describe("a series that ended is absent from a query", () => {
  test("an OTLP point without a recorded value: nothing is there now, one sample was", async () => {
    const database = new NodeDatabase();
    const shard = openShard(database, { now: NOON + 10_000, evaluation: createEvaluation });
    for (const point of [numberPoint(NOON, 3), numberPoint(NOON + 10_000, 0, [8, 0, varint(1)])]) {
      const decoded = decodeOtlpProtobuf(request({}, metric("os", "", otlpGauge(point))), NOON);
      if (!decoded.ok) throw new Error(decoded.error.message);
      await shard.core.appendBatch(CONTEXT, batchOf(...decoded.value.batch.series));
    }
    bothForms(shard, database, (at) => {
      expect(valuesAt(at, "os", NOON + 5000)).toEqual([3]);
      expect(valuesAt(at, "os", NOON + 10_000)).toEqual([]);
      expect(valuesAt(at, "count_over_time(os[1m])", NOON + 10_000)).toEqual([1]);
    });
  });

  test("a recording rule without a result any more", async () => {
    const database = new NodeDatabase();
    const shard = openShard(database, { evaluation: createEvaluation });
    const groups = groupsOf('groups: [{ name: g, interval: 15s, rules: [{ record: "job:requests:sum", expr: sum by (job) (requests) }] }]');
    await shard.core.configure({ version: 1, groups, slos: [] });
    await shard.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "requests", job: "api" }, [[NOON, 5]])));
    await shard.core.tick(NOON);
    const ended = gauge({ __name__: "requests", job: "api" }, [[NOON + 15_000, 0]]);
    putStale(ended.values, 0);
    shard.now = NOON + 15_000;
    await shard.core.appendBatch(CONTEXT, batchOf(ended));
    await shard.core.tick(shard.now);
    bothForms(shard, database, (at) => {
      expect(valuesAt(at, "job:requests:sum", NOON)).toEqual([5]);
      expect(valuesAt(at, "job:requests:sum", NOON + 15_000)).toEqual([]);
      expect(valuesAt(at, "count_over_time(job:requests:sum[1m])", NOON + 15_000)).toEqual([1]);
    });
  });

  test("ALERTS of an alert that is resolved", async () => {
    const database = new NodeDatabase();
    const shard = openShard(database, { evaluation: createEvaluation });
    await shard.core.configure({
      version: 1,
      groups: groupsOf("groups: [{ name: g, interval: 15s, rules: [{ alert: Busy, expr: requests > 10 }] }]"),
      slos: [],
    });
    for (const [i, value] of [20, 20, 1, 1].entries()) {
      shard.now = NOON + i * 15_000;
      await shard.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "requests" }, [[shard.now, value]])));
      await shard.core.tick(shard.now);
    }
    bothForms(shard, database, (at) => {
      expect(valuesAt(at, 'ALERTS{alertname="Busy"}', NOON + 15_000)).toEqual([1]);
      expect(valuesAt(at, 'ALERTS{alertname="Busy"}', shard.now)).toEqual([]);
      expect(valuesAt(at, 'ALERTS_FOR_STATE{alertname="Busy"}', shard.now)).toEqual([]);
    });
  });

  test("a marker that a machine quieted while it copied it as a number is a marker", async () => {
    const shard = openShard(new NodeDatabase(), { now: NOON + 1000 });
    const series = gauge({ __name__: "up" }, [
      [NOON, 1],
      [NOON + 1000, 0],
    ]);
    new Uint32Array(series.values.buffer, 8).set([2, 0x7ff8_0000]);
    await shard.core.appendBatch(CONTEXT, batchOf(series));
    expect(valuesAt(shard, "up", NOON + 1000)).toEqual([]);
    expect(valuesAt(shard, "count_over_time(up[1m])", NOON + 1000)).toEqual([1]);
  });
});
