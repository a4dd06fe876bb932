/** Label sets that name a label twice: there is no saying which value is meant, and Prometheus refuses them as well. */
import { describe, expect, test } from "vitest";
import { decodeBatch, encodeBatch } from "@sightline/shared/protocol/batch";
import { ProtobufWriter } from "../../worker/src/export/protobuf-writer.ts";
import { storedSnappy } from "../../worker/src/export/stored-snappy.ts";
import { decodeRemoteWrite1, decodeRemoteWrite2 } from "../../worker/src/ingest/remote-write.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { NOON } from "./open-store.ts";
import { CONTEXT, openShard, stored } from "./shard-fixture.ts";

const SERIES = [
  [["__name__", "good"]],
  [
    ["__name__", "bad"],
    ["id", "1"],
    ["id", "2"],
  ],
  [
    ["__name__", "bad"],
    ["id", "1"],
    ["id", "1"],
  ],
  [
    ["__name__", "bad"],
    ["__name__", "good"],
  ],
] as const;

const sample = (writer: ProtobufWriter, field: number): void =>
  writer.message(field, (inner) => {
    inner.double(1, 1);
    inner.int(2, NOON);
  });

function version1(): Uint8Array {
  const request = new ProtobufWriter();
  for (const labels of SERIES)
    request.message(1, (series) => {
      for (const [name, value] of labels)
        series.message(1, (label) => {
          label.text(1, name);
          label.text(2, value);
        });
      sample(series, 2);
    });
  return request.copy();
}

function version2(): Uint8Array {
  const request = new ProtobufWriter();
  const symbols = [...new Set(["", ...SERIES.flat(2)])];
  for (const symbol of symbols) request.text(4, symbol);
  for (const labels of SERIES)
    request.message(5, (series) => {
      series.bytes(1, Uint8Array.from(labels.flat().map((text) => symbols.indexOf(text))));
      sample(series, 2);
    });
  return request.copy();
}

describe("a label that stands twice", () => {
  for (const [version, body, decode] of [
    [1, version1(), decodeRemoteWrite1],
    [2, version2(), decodeRemoteWrite2],
  ] as const) {
    test(`remote write ${version}: its series is refused in words, however often it comes, and the others are kept`, async () => {
      const { core } = openShard(new NodeDatabase());
      for (let repeat = 1; repeat <= 2; repeat++) {
        const outcome = await core.appendRemoteWrite(CONTEXT, storedSnappy(body), version);
        expect(outcome).toMatchObject({ ok: true, value: { accepted: 1, rejected: [{ code: "duplicate_label" }] } });
        if (outcome.ok) expect(outcome.value.rejected[0]?.message).toMatch(/the label "(?:id|__name__)" stands twice on bad; send it once/);
        expect(core.writer.counts).toEqual({ duplicate_label: 3 * repeat });
      }
      expect(stored(core, "good")).toEqual([[NOON, 1]]);
      expect(stored(core, "bad")).toEqual([]);
    });

    test(`remote write ${version} of a divided sender: so it is where series travel to their shards`, async () => {
      const decoded = decode(body);
      if (!decoded.ok) throw new Error(decoded.error.message);
      const bytes = encodeBatch(decoded.value.batch);
      expect(decodeBatch(bytes).ok).toBe(true);
      const { core } = openShard(new NodeDatabase());
      const outcome = await core.appendBatch(CONTEXT, bytes);
      expect(outcome).toMatchObject({ ok: true, value: { accepted: 1 } });
      expect(core.writer.counts).toEqual({ duplicate_label: 3 });
    });
  }
});
