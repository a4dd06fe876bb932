/** What detectors learned goes with the series of a sender that moves to another shard. */
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import type { Labels } from "@sightline/shared/model/labels";
import { expect, test } from "vitest";
import type { ShardNeighbours } from "../../worker/src/shard/shard-neighbours.ts";
import { BOTH, GROWN, MovingProject, MOVES, STAYS } from "./moving-project.ts";
import { GAUGE } from "./open-store.ts";
import { batchOf, CONTEXT, gauge } from "./shard-fixture.ts";

const STEP = 60_000;

const queue: Labels = { __name__: "queue_depth", service_name: "shop" };
const jobs: Labels = { __name__: "jobs_total", service_name: "shop" };
const other: Labels = { __name__: "queue_depth", service_name: "mail" };

class Project extends MovingProject {
  step = 0;

  /** So many rounds of what both senders say, `together` in one request, written to the shard that has the sender; an alarm that is due comes in between. */
  async run(rounds: number, together = 1): Promise<this> {
    for (const end = this.step + rounds; this.step < end; this.step += together) {
      const steps = Array.from({ length: together }, (_, i) => ({ t: this.now + i * STEP, step: this.step + i }));
      this.now += together * STEP;
      const wobble = (step: number): number => ((step * 7919) % 101) / 101;
      const level = steps.map(({ t, step }) => [t, 40 + 10 * Math.sin(step / 50) + wobble(step)] as const);
      const total = steps.map(({ t, step }) => [t, 100 * step + 10 * wobble(step)] as const);
      await this.write(MOVES, gauge(queue, level), gauge(jobs, total, { metadata: { ...GAUGE, type: "counter" } }));
      await this.write(STAYS, gauge(other, level));
      for (const { learned } of this.cores) if (learned.dueAt(this.now) !== null) await learned.step();
    }
    return this;
  }

  expected(index: 0 | 1, labels: Labels) {
    const { evaluation, store } = this.cores[index];
    const ref = store.index.find(labels);
    return ref === undefined ? undefined : { now: evaluation.expected(ref), said: evaluation.said(ref).length };
  }

  anomalies(index: 0 | 1) {
    return this.cores[index].reads.plans.anomalies(0, this.now, 100);
  }
}

test("a series that moves goes on with what its detector had learned and with what was said of it", async () => {
  const project = await new Project().run(120, 60);
  await project.configure(GROWN);
  await project.run(4);
  expect(project.cores[1].learned.counts).toEqual({ asked: 2, taken: 2 });
  const gaugeNow = project.expected(1, queue);
  expect(gaugeNow?.now?.t).toBe(project.now - STEP);
  expect(Math.abs((gaugeNow?.now?.expected ?? 0) - (gaugeNow?.now?.value ?? 0))).toBeLessThan(3);
  expect(gaugeNow?.said).toBeGreaterThan(90);
  expect(project.expected(1, jobs)?.now?.expected).toBeCloseTo(100 / 60, 1);
  expect(project.anomalies(1)).toEqual([]);
});

test("it is asked for once, and nobody is asked while nothing has moved", async () => {
  const project = await new Project().run(20);
  expect(project.asked).toEqual([]);
  await project.configure(GROWN);
  await project.run(40);
  expect(project.asked).toEqual(["detectors"]);
});

test("what a series learned elsewhere is written with the next commit, and is there when the object ends", async () => {
  const project = await new Project().run(120, 60);
  await project.configure(GROWN);
  const { learned } = project.cores[1];
  await project.write(MOVES, gauge(queue, [[project.now, 40]]));
  await learned.step();
  project.now += 1000;
  await project.write(MOVES, gauge(queue, [[project.now, 40]]));
  const before = project.expected(1, queue);
  expect(before?.said).toBeGreaterThan(90);
  project.cores[1] = project.open(1);
  expect(project.expected(1, queue)).toEqual(before);
});

test("in the shard that it left it has not stopped", async () => {
  const moved = await new Project().run(120, 60);
  await moved.configure(GROWN);
  await moved.run(40);
  expect(moved.anomalies(0)).toEqual([]);
});

test.each<[string, Partial<ShardNeighbours>]>([
  ["cannot be reached", { askDetectors: () => Promise.reject(new Error("not now")) }],
  ["answers as another version", { askDetectors: () => Promise.resolve(new Uint8Array([99, 1, 1]).buffer) }],
  ["breaks off", { askDetectors: () => Promise.resolve(tornBytes()) }],
])("where the old shard %s it learns anew", async (_, between) => {
  const project = await new Project(between).run(120, 60);
  await project.configure(GROWN);
  await project.run(10);
  expect(project.cores[1].learned.counts).toEqual({ asked: 2, taken: 0 });
  expect(project.expected(1, queue)?.now).toBeNull();
  await project.run(30);
  expect(project.expected(1, queue)?.now).not.toBeNull();
});

function tornBytes(): ArrayBuffer {
  const writer = new ByteWriter(16);
  writer.u8(3);
  writer.u8(1);
  writer.u8(2);
  return writer.view().slice().buffer;
}

test("of a sender that is divided the other shards ask the first", async () => {
  const project = await new Project().run(120, 60);
  const splits = [{ version: 3, sinceMs: project.now, sender: STAYS, shards: BOTH }];
  project.map = { ...GROWN, version: 3, splits };
  await project.configure(project.map);
  const part = gauge(other, [[project.now, 40]]);
  const share = { ...CONTEXT, sender: STAYS, mapVersion: 3, share: true };
  expect(await project.cores[1].appendBatch(share, batchOf(part))).toMatchObject({ ok: true });
  expect(project.cores[1].learned.dueAt(project.now)).not.toBeNull();
  await project.cores[1].learned.step();
  expect(project.cores[1].learned.counts).toEqual({ asked: 1, taken: 1 });
  expect(project.expected(1, other)?.now?.t).toBeLessThan(project.now);
});
