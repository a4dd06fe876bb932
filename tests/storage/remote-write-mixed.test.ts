/** Remote-write messages that hold more than samples of floats: exemplars, native histograms, metadata. */
import { expect, test } from "vitest";
import { ProtobufWriter } from "../../worker/src/export/protobuf-writer.ts";
import { storedSnappy } from "../../worker/src/export/stored-snappy.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { NOON } from "./open-store.ts";
import { CONTEXT, openShard, stored } from "./shard-fixture.ts";

const COUNTER = 1;
const HISTOGRAM = 3;

function labels(writer: ProtobufWriter, pairs: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(pairs))
    writer.message(1, (label) => {
      label.text(1, name);
      label.text(2, value);
    });
}

const sample = (writer: ProtobufWriter, t: number, value: number): void =>
  writer.message(2, (inner) => {
    inner.double(1, value);
    inner.int(2, t);
  });

/** Two plain series, between them one with an exemplar, one with a native histogram and one of a label that may not be. */
function mixed(t: number, broken = false): Uint8Array {
  const message = new ProtobufWriter();
  const series = (pairs: Readonly<Record<string, string>>, more: (writer: ProtobufWriter) => void): void =>
    message.message(1, (writer) => {
      labels(writer, pairs);
      more(writer);
    });
  series({ __name__: "a_total" }, (writer) => sample(writer, t, 1));
  series({ __name__: "b_total" }, (writer) => {
    sample(writer, t, 2);
    writer.message(3, (exemplar) => {
      labels(exemplar, { trace_id: "t1" });
      exemplar.double(2, 0.5);
      exemplar.int(3, t);
    });
  });
  series({ __name__: "took_seconds" }, (writer) =>
    writer.message(4, (histogram) => {
      if (broken) histogram.uint(3, 1);
      histogram.double(2, 5);
      histogram.double(3, 2.5);
      histogram.int(15, t);
    }),
  );
  series({ x: "y" }, (writer) => sample(writer, t, 9));
  series({ __name__: "c_total" }, (writer) => sample(writer, t, 3));
  return storedSnappy(message.copy());
}

function families(...told: readonly (readonly [type: number, name: string, help: string])[]): Uint8Array {
  const message = new ProtobufWriter();
  for (const [type, name, help] of told)
    message.message(3, (writer) => {
      writer.uint(1, type);
      writer.text(2, name);
      writer.text(4, help);
    });
  return storedSnappy(message.copy());
}

test("all of it is stored and counted, plain series as columns and the rest beside them", async () => {
  const { core } = openShard(new NodeDatabase());
  for (const t of [NOON - 1000, NOON]) {
    expect(await core.appendRemoteWrite(CONTEXT, mixed(t), 1)).toMatchObject({
      ok: true,
      value: {
        accepted: 4,
        written: { samples: 3, histograms: 1, exemplars: 1 },
        rejected: [{ code: "bad_metric_name" }],
      },
    });
  }
  for (const [metric, value] of [
    ["a_total", 1],
    ["b_total", 2],
    ["c_total", 3],
  ] as const)
    expect(stored(core, metric)).toEqual([
      [NOON - 1000, value],
      [NOON, value],
    ]);
  const [took] = core.reads.select({ matchers: [{ name: "__name__", op: "=", value: "took_seconds" }], startMs: 0, endMs: NOON });
  expect(took?.histograms?.map((histogram) => histogram?.count)).toEqual([5, 5]);
});

test("nothing of a message is kept whose histogram is malformed", async () => {
  const { core } = openShard(new NodeDatabase());
  expect(await core.appendRemoteWrite(CONTEXT, mixed(NOON, true), 1)).toMatchObject({ ok: false, error: { code: "malformed_protobuf" } });
  expect(core.store.index.size).toBe(0);
});

test("metadata that come without series, as Prometheus sends them, are those of the series it sent before, over a restart", async () => {
  const database = new NodeDatabase();
  const { core } = openShard(database);
  await core.appendRemoteWrite(CONTEXT, mixed(NOON), 1);
  const message = new ProtobufWriter();
  for (const suffix of ["_bucket", "_count"])
    message.message(1, (writer) => {
      labels(writer, { __name__: `http_seconds${suffix}` });
      sample(writer, NOON, 1);
    });
  await core.appendRemoteWrite(CONTEXT, storedSnappy(message.copy()), 1);
  const told = families([COUNTER, "a_total", "All a"], [HISTOGRAM, "http_seconds", "How long"], [COUNTER, "nobody_total", "Unknown"]);
  expect(await core.appendRemoteWrite(CONTEXT, told, 1)).toMatchObject({ ok: true, value: { accepted: 0, rejected: [] } });
  const expected = [
    { metric: "a_total", type: "counter", unit: "", help: "All a" },
    { metric: "http_seconds", type: "histogram", unit: "", help: "How long" },
  ];
  for (const shard of [core, openShard(database).core]) {
    expect(shard.reads.metadata(null, 0).filter(({ help }) => help !== "")).toEqual(expected);
    expect(shard.reads.metadata("http_seconds_count", 0)).toMatchObject([{ metric: "http_seconds_count", help: "How long" }]);
  }
});
