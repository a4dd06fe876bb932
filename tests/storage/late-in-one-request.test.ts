/** Late samples beside newer ones of their series in one request, as Prometheus judges them: from where the series stood before it. */
import { describe, expect, test } from "vitest";
import { type BatchSeries, STALE_NAN } from "@sightline/shared/model/sample";
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

/** Prometheus sends a series once for each of its samples. Those `aside` have an exemplar, which columns cannot hold. */
function write1(minutes: Minutes, aside: Minutes = []): Uint8Array {
  const message = new ProtobufWriter();
  for (const [i, m] of [...minutes, ...aside].entries())
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
      if (i >= minutes.length)
        writer.message(3, (exemplar) => {
          exemplar.double(2, i);
          exemplar.int(3, at(m));
        });
    });
  return storedSnappy(message.copy());
}

function write2(minutes: Minutes, aside: Minutes = []): Uint8Array {
  const symbols = new Symbols();
  const labelsRefs = symbols.labels(up);
  const one = (all: Minutes) => samples(all).map(([timestamp, value]) => ({ timestamp, value }));
  const exemplars = aside.map((m) => ({ labelsRefs: [], value: 1, timestamp: at(m) }));
  const beside = aside.length === 0 ? [] : [{ labelsRefs, samples: one(aside), exemplars }];
  return encodeRequest(symbols, [{ labelsRefs, samples: one(minutes) }, ...beside]);
}

const samples = (minutes: Minutes) => minutes.map((m, i) => [at(m), i] as const);
const told = (outcome: { readonly ok: boolean; readonly value?: { readonly accepted: number } }): number => outcome.value?.accepted ?? -1;

/** Every way in: what it says it accepted. */
const WAYS: Readonly<Record<string, (core: ShardCore, minutes: Minutes) => Promise<number>>> = {
  "remote write 1.0": async (core, minutes) => told(await core.appendRemoteWrite(CONTEXT, write1(minutes), 1)),
  "remote write 2.0": async (core, minutes) => told(await core.appendRemoteWrite(CONTEXT, write2(minutes), 2)),
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

describe("a request whose parts are written one after another measures all of them from before it", () => {
  const plain = (m: number) => gauge(up, [[at(m), m]]);
  const native = (m: number) => gauge(up, [[at(m), 0]], { histograms: [HISTOGRAM] });
  const ended = (m: number) => gauge(up, [[at(m), 0]], { histograms: [{ ...HISTOGRAM, sum: STALE_NAN }] });
  const delta = { ...gauge({ __name__: "jobs_total" }, [[NOON, 1]]), temporality: "delta" as const };
  const value = gauge({ __name__: "jobs_total" }, [[NOON, 1]]);
  const BATCHES: Readonly<Record<string, readonly BatchSeries[]>> = {
    "numbers before histograms": [plain(0), native(-40), native(-51)],
    "histograms before numbers": [native(0), plain(-40), plain(-51)],
    "histograms and the end of a series": [native(0), ended(-40), plain(-51)],
    "the end of a series and numbers": [ended(0), plain(-40), native(-51)],
    "a difference between them, of a value that waits": [plain(0), value, delta, plain(-40), plain(-51)],
  };

  test.each(Object.entries(BATCHES))("%s", async (_, series) => {
    for (const stood of [-20, null]) {
      const { core } = openShard(new NodeDatabase(), { bounds: { outOfOrderMs: 30 * MINUTE } });
      if (stood !== null) await core.appendBatch(CONTEXT, batchOf(plain(stood)));
      await core.appendBatch(CONTEXT, batchOf(...series));
      expect(core.writer.counts).toEqual(stood === null ? {} : { too_old: 1 });
      const framed = openShard(new NodeDatabase(), { bounds: { outOfOrderMs: 30 * MINUTE } });
      const sender = new Sender("agent-1", "e0");
      if (stood !== null) await post(framed.core, sender.hello(), sender.frame(1, { series: [plain(stood)] }));
      await post(framed.core, sender.hello(), sender.frame(stood === null ? 1 : 2, { series }));
      expect(framed.core.writer.counts).toEqual(stood === null ? {} : { too_old: 1 });
    }
  });

  test("columns of a remote write and what is set aside of it", async () => {
    for (const version of [1, 2] as const)
      for (const [first, second] of [
        [0, -40],
        [-40, 0],
      ] as const) {
        const { core } = openShard(new NodeDatabase(), { bounds: { outOfOrderMs: 30 * MINUTE } });
        const body = version === 1 ? write1([first], [second, -51]) : write2([first], [second, -51]);
        expect(told(await core.appendRemoteWrite(CONTEXT, body, version))).toBe(3);
        expect(core.writer.counts).toEqual({});
        const known = openShard(new NodeDatabase(), { bounds: { outOfOrderMs: 30 * MINUTE } }).core;
        await known.appendBatch(CONTEXT, batchOf(plain(-20)));
        expect(told(await known.appendRemoteWrite(CONTEXT, body, version))).toBe(2);
        expect(known.writer.counts).toEqual({ too_old: 1 });
      }
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
