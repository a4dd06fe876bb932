/** A gauge that comes as differences keeps its level when its sender moves to another shard, or is divided. */
import { expect, test } from "vitest";
import { encodeMessages, splitMessages } from "@sightline/shared/protocol/message-stream";
import type { ShardMap } from "../../worker/src/objects/rpc.ts";
import type { ShardCore } from "../../worker/src/shard/shard-core.ts";
import { BOTH, GROWN, MovingProject, MOVES } from "./moving-project.ts";
import { DAY, NOON } from "./open-store.ts";
import { identityOf } from "../../worker/src/shard/session-identity.ts";
import { batchOf, CONTEXT, decoded, gauge, Sender, stored } from "./shard-fixture.ts";

const METRIC = "queue_length";
const SECOND = 1000;
const change = (at: number, by: number) => gauge({ __name__: METRIC }, [[NOON + at * SECOND, by]], { temporality: "delta" });
const levels = (core: ShardCore) => stored(core, METRIC).map(([t, value]) => [(t - NOON) / SECOND, value]);

const moved = { ...CONTEXT, sender: MOVES, mapVersion: GROWN.version };

test("it goes on where it stood in the shard that its sender left", async () => {
  const project = new MovingProject();
  await project.write(MOVES, change(0, 5), change(1, 2));
  await project.configure(GROWN);
  await project.write(MOVES, change(2, 1));
  await project.write(MOVES, change(3, -5));
  expect(levels(project.cores[1])).toEqual([
    [1, 7],
    [2, 8],
    [3, 3],
  ]);
  // What stands on the disk does, too.
  expect(levels(project.open(1))).toEqual(levels(project.cores[1]));
});

test("one that nobody has begins at what its first difference says, with no zero before it", async () => {
  const project = new MovingProject();
  await project.configure(GROWN);
  await project.write(MOVES, change(2, 4));
  expect(levels(project.cores[1])).toEqual([[2, 4]]);
});

test("while the shard it left cannot tell, nothing is taken; a repeat then counts once", async () => {
  let silent = true;
  const project: MovingProject = new MovingProject({
    askLevels: (_shard, series, version) =>
      silent ? Promise.reject(new Error("it does not answer")) : project.cores[0].levels.hand(series, version),
  });
  await project.write(MOVES, change(0, 5));
  await project.configure(GROWN);
  const send = () => project.cores[1].appendBatch(moved, batchOf(change(1, 1)), { key: "k", bodyHash: "h" });
  expect(await send()).toMatchObject({ ok: false, error: { code: "unavailable" } });
  silent = false;
  const answers = await Promise.all([send(), send()]);
  expect(answers).toMatchObject([
    { ok: true, value: { accepted: 1 } },
    { ok: true, value: { accepted: 1 } },
  ]);
  expect(levels(project.cores[1])).toEqual([
    [0, 5],
    [1, 6],
  ]);
});

test("frames that come while it is asked for are taken in their order", async () => {
  const project = new MovingProject();
  await project.write(MOVES, change(0, 5));
  await project.configure(GROWN);
  const sender = new Sender();
  const frames = [sender.hello(), ...[1, 2, 3].map((seq) => sender.frame(seq, { series: [change(seq, 1)] }))];
  const answer = await project.cores[1].appendFrames(moved, encodeMessages(frames));
  const split = answer.ok ? splitMessages(new Uint8Array(answer.value)) : undefined;
  expect(split?.ok === true && split.value.map((one) => decoded(one))).toMatchObject([
    { type: "welcome" },
    { type: "ack", durableSeq: 1 },
    { type: "ack", durableSeq: 2 },
    { type: "ack", durableSeq: 3 },
  ]);
  expect(levels(project.cores[1])).toEqual([
    [0, 5],
    [1, 6],
    [2, 7],
    [3, 8],
  ]);
});

test("one that comes back to a shard with its sender's division goes on from where it stood last", async () => {
  const project = new MovingProject();
  await project.write(MOVES, change(0, 5));
  await project.configure(GROWN);
  await project.write(MOVES, change(1, 2));
  const split = { version: 3, sinceMs: NOON + 2 * SECOND, sender: MOVES, shards: BOTH.toReversed() };
  const divided: ShardMap = { ...GROWN, version: 3, splits: [split] };
  await project.configure(divided);
  const share = { ...CONTEXT, sender: MOVES, mapVersion: 3 };
  expect(await project.cores[0].appendBatch(share, batchOf(change(3, 1)))).toMatchObject({ ok: true });
  expect(levels(project.cores[0])).toEqual([
    [0, 5],
    [1, 7],
    [3, 8],
  ]);
});

test("a frame that is refused meanwhile has named nothing: the one behind it is told so, and both are taken when they come again", async () => {
  let silent = true;
  const project: MovingProject = new MovingProject({
    askLevels: (_shard, series, version) =>
      silent ? Promise.reject(new Error("it does not answer")) : project.cores[0].levels.hand(series, version),
  });
  const post = async (core: ShardCore, context: typeof moved, last: number) => {
    const sender = new Sender();
    const frames = [
      sender.hello(),
      sender.frame(1, { series: [change(1, 5)] }),
      sender.frame(2, { series: [change(2, 1), gauge({ __name__: "load" }, [[NOON, 1]])] }),
      sender.frame(3, { series: [change(3, 1)] }),
    ];
    const answer = await core.appendFrames(context, encodeMessages(frames.slice(0, last + 1)));
    const split = answer.ok ? splitMessages(new Uint8Array(answer.value)) : undefined;
    return split?.ok === true ? split.value.slice(1).map((one) => decoded(one)) : answer;
  };
  // Its answer is lost: the shard that it comes to next has its sequence, and is sent it again.
  await post(project.cores[0], { ...moved, mapVersion: 1 }, 1);
  await project.configure(GROWN);
  expect(await post(project.cores[1], moved, 3)).toMatchObject([
    { type: "error", code: "unavailable" },
    { type: "error", code: "unknown_ref" },
    { type: "error", code: "unknown_ref" },
  ]);
  silent = false;
  expect(await post(project.cores[1], moved, 3)).toMatchObject([1, 2, 3].map(() => ({ type: "ack" })));
  expect(levels(project.cores[1])).toEqual([
    [1, 5],
    [2, 6],
    [3, 7],
  ]);
});

test("of however many nobody has, each is asked for once a request", async () => {
  const project = new MovingProject({ askLevels: (_shard, series) => Promise.resolve({ ok: true, value: series.map(() => null) }) });
  await project.configure(GROWN);
  const { labels: _, ...one } = change(0, 1);
  const many = Array.from({ length: 100_001 }, (_, n) => ({ ...one, labels: { __name__: METRIC, n: String(n) } }));
  const learn = () => project.cores[1].levels.learn([MOVES], many);
  expect(await learn()).toBeNull();
  // Null at once: nothing is asked for again.
  expect(learn()).toBeNull();
});

test("a frame whose other series are let go meanwhile is told to name them again", async () => {
  const YEARS = 6 * 365 * DAY;
  const project: MovingProject = new MovingProject({
    askLevels: (_shard, series) => {
      // Nothing of what this shard knew is kept any longer.
      keepLittle();
      return Promise.resolve({ ok: true, value: series.map(() => null) });
    },
  });
  await project.configure(GROWN);
  const [, core] = project.cores;
  const keepLittle = (): void => {
    while (core.store.compactor.dueAt(project.now) <= project.now) core.compact(project.now);
    core.retain(project.now);
  };
  const session = core.session(identityOf(moved), 0);
  const sender = new Sender();
  const load = (t: number) => gauge({ __name__: "load" }, [[t, 1]]);
  await session.receive(sender.hello());
  expect(decoded(await session.receive(sender.frame(1, { series: [load(NOON)] })))).toMatchObject({ type: "ack" });
  core.flush(NOON);
  project.now += YEARS;
  // The clock is believed a day later.
  keepLittle();
  project.now += DAY;
  const series = [change(YEARS / SECOND, 1), load(project.now)];
  expect(decoded(await session.receive(sender.frame(2, { series })))).toMatchObject({ type: "error", code: "unknown_ref" });
});
