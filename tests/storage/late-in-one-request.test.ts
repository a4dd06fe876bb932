/** Late samples beside newer ones of their series in one request, as Prometheus judges them: from where the series stood before it. */
import { describe, expect, test } from "vitest";
import { ProtobufWriter } from "../../worker/src/export/protobuf-writer.ts";
import { storedSnappy } from "../../worker/src/export/stored-snappy.ts";
import type { ShardCore } from "../../worker/src/shard/shard-core.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { Symbols, encodeRequest } from "../ingest/remote-write-2-encoder.ts";
import { GAUGE, MINUTE, NOON } from "./open-store.ts";
import { CONTEXT, HISTOGRAM, Sender, batchOf, gauge, openShard, post } from "./shard-fixture.ts";

const up = { __name__: "up", host_name: "web-1" };
type Minutes = readonly number[];

interface Taken {
  readonly accepted: number;
  readonly tooOld: number;
}

const at = (minutes: number): number => NOON + minutes * MINUTE;

function write1(minutes: Minutes): Uint8Array {
  const message = new ProtobufWriter();
  // Prometheus sends a series once for each of its samples.
  for (const [i, m] of minutes.entries())
    message.message(1, (writer) => {
      for (const [name, value] of Object.entries(up))
        writer.message(1, (label) => {
          label.text(1, name);
          label.text(2, value);
        });
      writer.message(2, (sample) => {
        sample.double(1, i);
        sample.int(2, at(m));
      });
    });
  return storedSnappy(message.copy());
}

const samples = (minutes: Minutes) => minutes.map((m, i) => [at(m), i] as const);
const told = (outcome: { readonly ok: boolean; readonly value?: { readonly accepted: number } }): number => outcome.value?.accepted ?? -1;

/** Every way in: what it says it accepted. */
const WAYS: Readonly<Record<string, (core: ShardCore, minutes: Minutes) => Promise<number>>> = {
  "remote write 1.0": async (core, minutes) => told(await core.appendRemoteWrite(CONTEXT, write1(minutes), 1)),
  "remote write 2.0": async (core, minutes) => {
    const symbols = new Symbols();
    const series = { labelsRefs: symbols.labels(up), samples: samples(minutes).map(([timestamp, value]) => ({ timestamp, value })) };
    return told(await core.appendRemoteWrite(CONTEXT, encodeRequest(symbols, [series]), 2));
  },
  "a batch, as JSON, OTLP and line protocol are": async (core, minutes) =>
    told(await core.appendBatch(CONTEXT, batchOf(...samples(minutes).map((sample) => gauge(up, [sample]))))),
  "a batch beside native histograms": async (core, minutes) => {
    const histogram = gauge({ __name__: "took_seconds" }, [[NOON, 0]], { histograms: [HISTOGRAM] });
    return told(await core.appendBatch(CONTEXT, batchOf(gauge(up, samples(minutes)), histogram))) - 1;
  },
  "native histograms": async (core, minutes) => {
    const series = samples(minutes).map(([t, i]) =>
      gauge(up, [[t, 0]], { histograms: [{ ...HISTOGRAM, count: i + 1, positiveBuckets: [i + 1] }] }),
    );
    return told(await core.appendBatch(CONTEXT, batchOf(...series)));
  },
  "native frames": async (core, minutes) => {
    const sender = new Sender("agent-1", `e${core.writer.samples}`);
    const [, ack] = await post(core, sender.hello(), sender.frame(1, { series: [gauge(up, samples(minutes))] }));
    const rejected = ack?.type === "ack" ? Object.values(ack.rejected).reduce((sum, count) => sum + count, 0) : NaN;
    return minutes.length - rejected;
  },
};

async function taken(way: keyof typeof WAYS, ...requests: readonly Minutes[]): Promise<Taken> {
  const { core } = openShard(new NodeDatabase(), { bounds: { outOfOrderMs: 30 * MINUTE } });
  let accepted = 0;
  for (const minutes of requests) accepted = (await WAYS[way]?.(core, minutes)) ?? -1;
  const [series] = core.reads.select({ matchers: [{ name: "__name__", op: "=", value: "up" }], startMs: 0, endMs: NOON * 2 });
  const tooOld = core.writer.counts["too_old"] ?? 0;
  // What is stored is what was said to be.
  const sent = new Set(requests.flat());
  expect(series?.timestamps.length).toBe(sent.size - tooOld);
  return { accepted, tooOld };
}

describe.each(Object.keys(WAYS))("late samples in one request of %s", (way) => {
  test("are measured from the newest sample before the request, whatever comes first in it", async () => {
    expect(await taken(way, [-20], [0, -40])).toEqual({ accepted: 2, tooOld: 0 });
    expect(await taken(way, [-20], [-40, 0])).toEqual({ accepted: 2, tooOld: 0 });
    expect(await taken(way, [-20], [0, -51, -50, -5])).toEqual({ accepted: 3, tooOld: 1 });
    expect(await taken(way, [-20], [0], [1, -31])).toEqual({ accepted: 1, tooOld: 1 });
  });

  test("of a series that had nothing before the request are all taken, in whatever order, within retention and future", async () => {
    expect(await taken(way, [0, -40, -10])).toEqual({ accepted: 3, tooOld: 0 });
    expect(await taken(way, [-10, 0, -40, -10_000])).toEqual({ accepted: 4, tooOld: 0 });
    expect(await taken(way, [-40, 0, -100])).toEqual({ accepted: 3, tooOld: 0 });
    expect(await taken(way, [0, -30 * 24 * 60 - 1, -40])).toEqual({ accepted: 2, tooOld: 1 });
    expect(await taken(way, [0, -40], [-41, -30])).toEqual({ accepted: 1, tooOld: 1 });
  });

  test("where the series stood is in memory no longer", async () => {
    const { core } = openShard(new NodeDatabase(), { bounds: { outOfOrderMs: 30 * MINUTE } });
    await WAYS[way]?.(core, [-20]);
    core.flush(NOON);
    expect(await WAYS[way]?.(core, [0, -40, -51])).toBe(2);
  });
});

test("of an unusually large request no more memory is kept than usual", () => {
  const { core } = openShard(new NodeDatabase());
  const times = Float64Array.from({ length: 70_000 }, (_, i) => NOON - 70_000 + i);
  core.writer.begin(NOON);
  const ref = core.writer.refOf(up, GAUGE, "cumulative", true);
  const outcome = { accepted: 0, histograms: 0, rejected: {}, refused: null };
  core.writer.writeColumns(new Int32Array(70_000).fill(ref), times, new Float64Array(70_000), 70_000, NOON, outcome);
  expect(core.store.head.before.length).toBe(70_000);
  core.writer.writeColumns(Int32Array.of(ref), Float64Array.of(NOON), Float64Array.of(1), 1, NOON, outcome);
  expect(core.store.head.before.length).toBe(4096);
});
