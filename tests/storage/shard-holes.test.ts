import { describe, expect, test } from "vitest";
import type { Message } from "@sightline/shared/protocol/messages";
import type { ShardCore } from "../../worker/src/shard/shard-core.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { GAUGE, MINUTE, NOON } from "./open-store.ts";
import { CONTEXT, Sender, batchOf, gauge, openShard, post, stored } from "./shard-fixture.ts";

/** Filler that no other commit wants to join. */
const bulk = (seq: number, samples: number) =>
  gauge(
    { __name__: "bulk", frame: String(seq) },
    Array.from({ length: samples }, (_, i) => [NOON + i, Math.sin(seq * 10_000 + i)]),
  );

const gaugeFrame = (sender: Sender, seq: number, samples: number, oldestSeq = 1) =>
  sender.frame(seq, { series: [gauge({ __name__: "up" }, [[NOON + seq * 1000, seq]]), bulk(seq, samples)] }, oldestSeq);

const deltaFrame = (sender: Sender, seq: number, samples: number) =>
  sender.frame(seq, {
    series: [
      { ...gauge({ __name__: "jobs_total" }, [[NOON + seq * 1000, 1]]), metadata: { ...GAUGE, type: "counter" }, temporality: "delta" },
      bulk(seq, samples),
    ],
  });

const SIZES = [9000, 4000, 1800, 800] as const;

/** Four frames, each a row of the log, of which the second is damaged; opened again. */
async function damaged(frame: (sender: Sender, seq: number, samples: number) => Uint8Array, row = 2): Promise<ShardCore> {
  const database = new NodeDatabase();
  const { core } = openShard(database);
  const sender = new Sender();
  // Defined before anything is lost.
  await core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "up" }, [[NOON, 0]]), gauge({ __name__: "jobs_total" }, [[NOON, 0]])));
  for (const [i, samples] of SIZES.entries()) {
    const session = core.session({ project: "default", tokenId: "t1", sender: "", epoch: "" });
    await session.receive(sender.hello());
    await session.receive(frame(sender, i + 1, samples));
  }
  const body = Uint8Array.from(database.all<{ record: Uint8Array }>("SELECT record FROM wal_1 WHERE id = ?", row)[0]?.record ?? []);
  body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 3;
  database.run("UPDATE wal_1 SET record = ? WHERE id = ?", body, row);
  return openShard(database).core;
}

const durable = (answers: readonly Message[]): readonly (number | string)[] =>
  answers.map((answer) => ("durableSeq" in answer ? answer.durableSeq : answer.type === "error" ? answer.code : answer.type));

describe("a damaged row of the log", () => {
  test("its frames are asked for again, and those beyond it are not taken twice", async () => {
    const core = await damaged(gaugeFrame);
    const sender = new Sender();
    const answers = await post(
      core,
      sender.hello(),
      gaugeFrame(sender, 2, 1),
      gaugeFrame(sender, 3, 1),
      gaugeFrame(sender, 4, 1),
      gaugeFrame(sender, 5, 1),
    );
    expect(durable(answers)).toEqual([1, 4, 4, 4, 5]);
    expect(stored(core, "up")).toEqual([0, 1, 2, 3, 4, 5].map((seq) => [NOON + seq * 1000, seq]));
  });

  test("its samples are taken again however far behind their series they lie by now", async () => {
    const at = (seq: number) => NOON + (seq - 5) * 60 * MINUTE;
    const hourly = (sender: Sender, seq: number, samples: number) =>
      sender.frame(seq, { series: [gauge({ __name__: "hourly" }, [[at(seq), seq]]), bulk(seq, samples)] });
    const core = await damaged(hourly);
    expect(stored(core, "hourly").map(([, value]) => value)).toEqual([1, 3, 4]);
    const sender = new Sender();
    const [, ack] = await post(core, sender.hello(), hourly(sender, 2, 1));
    expect(ack).toMatchObject({ type: "ack", rejected: {} });
    expect(stored(core, "hourly")).toEqual([1, 2, 3, 4].map((seq) => [at(seq), seq]));
  });

  test("a delta that comes again takes its place among the totals that hold it, and is not added twice", async () => {
    const core = await damaged(deltaFrame);
    const before = stored(core, "jobs_total");
    expect(before.map(([, total]) => total)).toEqual([0, 1, 3, 4]);
    const sender = new Sender();
    await post(
      core,
      sender.hello(),
      deltaFrame(sender, 2, 1),
      deltaFrame(sender, 3, 1),
      deltaFrame(sender, 4, 1),
      deltaFrame(sender, 5, 1),
    );
    expect(stored(core, "jobs_total").map(([, total]) => total)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test("a sender that has lost those frames too goes on: the hole will never be filled", async () => {
    const core = await damaged(gaugeFrame);
    const sender = new Sender();
    const answers = await post(core, sender.hello(), gaugeFrame(sender, 5, 1, 5));
    expect(durable(answers)).toEqual([1, 5]);
  });

  test("a sender that goes on in the dark is told where the hole begins", async () => {
    const core = await damaged(gaugeFrame);
    const sender = new Sender();
    expect(durable(await post(core, sender.hello(), gaugeFrame(sender, 5, 1)))).toEqual([1, "sequence_gap"]);
  });

  test("the hole outlives a flush: it is known to the next opening", async () => {
    const core = await damaged(gaugeFrame);
    core.flush(NOON);
    expect(core.store.senders.get("agent-1")).toMatchObject({ seq: 1, islands: [{ after: 2, seq: 4 }] });
    expect(core.store.marks.packedSeq("agent-1", "e1")).toBe(1);
  });

  test("samples whose series was defined in it are asked for again, and their refs are given to nobody else", async () => {
    const core = await damaged(gaugeFrame, 1);
    // The first row held the first frame, its series and the sender's beginning.
    const mark = core.store.senders.get("agent-1");
    expect(mark?.seq ?? 0).toBe(0);
    const sender = new Sender();
    await post(core, sender.hello(), ...[1, 2, 3, 4].map((seq) => gaugeFrame(sender, seq, 1)));
    expect(stored(core, "up").filter(([, seq]) => seq > 0)).toEqual([1, 2, 3, 4].map((seq) => [NOON + seq * 1000, seq]));
  });
});

describe("what is archived", () => {
  test("is what lies in blocks: until then the sender keeps its frames", async () => {
    const { core } = openShard(new NodeDatabase());
    const sender = new Sender();
    const [, first] = await post(core, sender.hello(), gaugeFrame(sender, 1, 1));
    expect(first).toMatchObject({ durableSeq: 1, archivedSeq: 0 });
    core.flush(NOON);
    const [welcome, second] = await post(core, sender.hello(), gaugeFrame(sender, 2, 1));
    expect(welcome).toMatchObject({ durableSeq: 1, archivedSeq: 1 });
    expect(second).toMatchObject({ durableSeq: 2, archivedSeq: 1 });
  });
});
