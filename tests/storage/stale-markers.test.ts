/** A series that ended is absent from then on, whoever wrote its end and however often it was copied on the way. */
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { STALE_NAN, isStaleAt, putStale } from "@sightline/shared/model/sample";
import { decodeBatch } from "@sightline/shared/protocol/batch";
import { describe, expect, test } from "vitest";
import { CSV } from "../../worker/src/export/csv.ts";
import { JSON_LINES } from "../../worker/src/export/json-lines.ts";
import { LINE_PROTOCOL } from "../../worker/src/export/line-protocol.ts";
import { PROMETHEUS_TEXT } from "../../worker/src/export/prometheus-text.ts";
import { ProtobufWriter } from "../../worker/src/export/protobuf-writer.ts";
import { writeSamples } from "../../worker/src/export/remote-read-series.ts";
import { decodeOtlpProtobuf } from "../../worker/src/ingest/otlp/decode.ts";
import { runQuery } from "../../worker/src/query/prometheus-query.ts";
import { liveSeries } from "../../worker/src/live/live-series-json.ts";
import type { Evaluation } from "../../worker/src/rules/api.ts";
import { nullEvaluation } from "../../worker/src/shard/null-evaluation.ts";
import { createEvaluation } from "../../worker/src/rules/evaluation.ts";
import { gauge as otlpGauge, metric, numberPoint, request } from "../ingest/otlp-message.ts";
import { varint } from "../ingest/protobuf-writer.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { GAUGE, NOON } from "./open-store.ts";
import { CONTEXT, HISTOGRAM, type Fixture, batchOf, gauge, openShard } from "./shard-fixture.ts";
import { groupsOf } from "../support/rule-groups.ts";

/** Values of the answer, one for each series. */
function valuesAt(shard: Fixture, query: string, at: number): number[] {
  const answer = runQuery(shard.core.reads, { query, startMs: at, endMs: at, stepMs: 0 });
  if (!answer.ok) throw new Error(answer.error.message);
  const { value } = answer.value;
  if (value.type !== "vector" && value.type !== "matrix") throw new Error(value.type);
  return value.type === "matrix" ? value.series.map(({ values }) => values.at(-1) ?? NaN) : value.samples.map((sample) => sample.value);
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

  test.each([
    ["was over just before it", [20, 1], null, []],
    ["is over at the first look after it", [20], 1, []],
    ["fires at the first look after it", [20], 20, ["firing"]],
  ])("ALERTS of an alert that was pending before a restart and %s", async (_, before, value, states) => {
    const database = new NodeDatabase();
    let shard = openShard(database, { evaluation: createEvaluation });
    const expr = "groups: [{ name: g, interval: 15s, rules: [{ alert: Busy, expr: requests > 10, for: 30s }] }]";
    const config = { version: 1, groups: groupsOf(expr), slos: [] };
    await shard.core.configure(config);
    const append = (of: number): Promise<unknown> =>
      shard.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "requests" }, [[shard.now, of]])));
    for (const of of before) {
      await append(of);
      if (of > 10) await shard.core.tick(shard.now);
      shard.now += 5000;
    }
    // ALERTS are written on the group's interval: an alert that ended since leaves no other trace.
    shard = openShard(database, { now: NOON + 45_000, evaluation: createEvaluation });
    expect(shard.core.evaluation.nextTickAt(shard.now)).not.toBeNull();
    if (value !== null) await append(value);
    await shard.core.tick(shard.now);
    const shown = (at: number): string[] => {
      const answer = runQuery(shard.core.reads, { query: "ALERTS", startMs: at, endMs: at, stepMs: 0 });
      const samples = answer.ok && answer.value.value.type === "vector" ? answer.value.value.samples : [];
      return samples.map(({ labels }) => labels["alertstate"] ?? "");
    };
    expect([shown(NOON), shown(shard.now)]).toEqual([["pending"], states]);
    expect(shard.core.store.index.refsOfMetric("ALERTS").length).toBe(1 + states.length);
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

  test("a native histogram whose sum is the marker, in every answer and for every observer", async () => {
    const database = new NodeDatabase();
    const counted: number[] = [];
    const evaluation = (): Evaluation => ({
      ...nullEvaluation(),
      observeHistogram: (_ref, _t, histogram) => void counted.push(histogram.count),
    });
    const shard = openShard(database, { now: NOON + 10_000, evaluation });
    shard.core.watch(["took_seconds"]);
    const took = (t: number, more: Partial<NativeHistogram>) =>
      gauge({ __name__: "took_seconds" }, [[t, 0]], { histograms: [{ ...HISTOGRAM, ...more }] });
    await shard.core.appendBatch(CONTEXT, batchOf(took(NOON, {})));
    await shard.core.appendBatch(
      CONTEXT,
      batchOf(took(NOON + 10_000, { count: 0, sum: STALE_NAN, zeroCount: 0, positiveSpans: [], positiveBuckets: [] })),
    );
    expect(counted).toEqual([HISTOGRAM.count]);
    const live = decodeBatch(shard.published.at(-1) ?? new Uint8Array());
    if (!live.ok) throw new Error(live.error.message);
    expect(live.value.series.map(liveSeries)).toMatchObject([{ v: ["stale"] }]);
    bothForms(shard, database, (at) => {
      expect(valuesAt(at, "histogram_count(took_seconds)", NOON + 5000)).toEqual([HISTOGRAM.count]);
      expect(valuesAt(at, "took_seconds", NOON + 10_000)).toEqual([]);
      expect(valuesAt(at, "count_over_time(took_seconds[1m])", NOON + 10_000)).toEqual([1]);
      const [stored] = at.core.reads.select({
        matchers: [{ name: "__name__", op: "=", value: "took_seconds" }],
        startMs: 0,
        endMs: Infinity,
      });
      if (stored === undefined) throw new Error("nothing is stored");
      const series = { ...stored, metadata: GAUGE, temporality: "cumulative" as const };
      for (const format of [CSV, PROMETHEUS_TEXT, LINE_PROTOCOL])
        expect(format.writer().series(series)).not.toContain(String(NOON + 10_000));
      expect(JSON_LINES.writer().series(series)).toContain(`"timestamps":[${NOON + 10_000}],"values":[null]`);
      const read = new ProtobufWriter();
      writeSamples(read, series);
      expect(Buffer.from(read.copy()).toString("hex")).toContain("09020000000000f07f");
    });
  });
});

test("a marker in a column is told by its bits, quieted or not, and no other NaN is taken for one", () => {
  const values = new Float64Array(6);
  const words = new Uint32Array(values.buffer);
  putStale(values, 0);
  words.set([2, 0x7ff8_0000], 2);
  words.set([1, 0x7ff8_0000], 4);
  words.set([0, 0x7ff8_0000], 6);
  values[4] = Infinity;
  expect([0, 1, 2, 3, 4, 5].map((at) => isStaleAt(values, at))).toEqual([true, true, false, false, false, false]);
  expect(isStaleAt(values.subarray(1), 0)).toBe(true);
});
