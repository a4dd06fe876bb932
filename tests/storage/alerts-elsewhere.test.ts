/** Windows and alerts of streaming rules go with the series of a sender that moves to another shard. */
import type { Labels } from "@sightline/shared/model/labels";
import { parseRuleFile } from "@sightline/shared/rules/rule-file";
import { expect, test } from "vitest";
import type { ShardCore } from "../../worker/src/shard/shard-core.ts";
import type { ShardNeighbours } from "../../worker/src/shard/shard-neighbours.ts";
import { GROWN, MovingProject, MOVES } from "./moving-project.ts";
import { gauge } from "./shard-fixture.ts";

const STEP = 15_000;
const depth: Labels = { __name__: "depth", queue: "a" };
const peak: Labels = { __name__: "peak", queue: "a" };

const GROUPS = parseRuleFile(`groups: [{ name: g, interval: 15s, rules: [
  { alert: Deep, expr: depth > 5, for: 10m },
  { alert: Few, expr: 'count_over_time(depth[2m]) < 7' },
  { alert: Low, expr: 'max_over_time(peak[2m]) < 5' },
  { alert: Often, expr: depth > 5, m_of_n: 6 of 8 },
  ] }]`);

class Project extends MovingProject {
  constructor(between: Partial<ShardNeighbours> = {}) {
    if (!GROUPS.ok) throw new Error(GROUPS.error.message);
    super(between, GROUPS.value);
  }

  static async begun(between: Partial<ShardNeighbours> = {}): Promise<Project> {
    const project = new Project(between);
    await project.configure(project.map);
    return project.run(12, 10, 9);
  }

  /** So many steps in which the sender says these; the alarms that are due come in between. */
  async run(steps: number, depthNow: number, peakNow: number): Promise<this> {
    for (let i = 0; i < steps; i++) {
      await this.write(MOVES, gauge(depth, [[this.now, depthNow]]), gauge(peak, [[this.now, peakNow]]));
      await this.pass();
    }
    return this;
  }

  async pass(): Promise<void> {
    for (const core of this.cores) if (core.alerts.dueAt(this.now) !== null) await core.alerts.step();
    this.now += STEP;
    for (const core of this.cores) await core.tick(this.now);
  }

  /** Of either shard. */
  listed() {
    const shown = ({ evaluation }: ShardCore) => evaluation.active().map(({ rule, to, activeAt }) => ({ rule, to, activeAt }));
    return this.cores.map((core) => shown(core).toSorted((a, b) => a.rule.localeCompare(b.rule)));
  }
}

test("windows and alerts of a series that moves go on where they were, once", async () => {
  const project = await Project.begun();
  await project.run(3, 10, 1);
  const [before] = project.listed();
  expect(before?.map(({ rule, to }) => `${rule} ${to}`)).toEqual(["Deep pending", "Often firing"]);
  const told = project.told.length;
  await project.configure(GROWN);
  await project.run(1, 10, 1);
  expect(project.listed()).toEqual([[], before]);
  await project.run(28, 10, 9);
  const fired = project.listed();
  expect(fired[0]).toEqual([]);
  expect(fired[1]).toEqual(before?.map((alert) => ({ ...alert, to: "firing" })));
  expect(project.told.slice(told)).toEqual(["Deep firing"]);
  expect(project.asked.filter((what) => what === "alerts")).toHaveLength(1);
});

test("an object that ends goes on with the alerts that it has taken, and the other does not tell their end", async () => {
  const project = await Project.begun();
  await project.configure(GROWN);
  await project.run(1, 10, 9);
  const listed = project.listed();
  for (const index of [0, 1] as const) project.cores[index] = project.open(index);
  expect(project.listed()).toEqual(listed);
});

test("another configuration begins no window anew", async () => {
  const project = await Project.begun();
  await project.configure(GROWN);
  const told = project.told.length;
  await project.run(2, 10, 1);
  await project.configure({ ...GROWN, version: 3 });
  await project.run(2, 10, 1);
  expect(project.told.slice(told)).toEqual([]);
  expect(project.listed()[1]?.map(({ rule, to }) => `${rule} ${to}`)).toEqual(["Deep pending", "Often firing"]);
});

test("where the old shard cannot be reached alerts begin anew", async () => {
  const project = await Project.begun({ askAlerts: () => Promise.reject(new Error("not now")) });
  await project.configure(GROWN);
  const movedAt = project.now;
  await project.run(1, 10, 9);
  expect(project.listed()[1]).toContainEqual({ rule: "Deep", to: "pending", activeAt: movedAt });
});

test("a series waits for its old shard some seconds at most", async () => {
  const project = await Project.begun({ askAlerts: () => new Promise(() => undefined) });
  await project.configure(GROWN);
  const movedAt = project.now;
  await project.write(MOVES, gauge(depth, [[project.now, 10]]));
  const [, after] = project.cores;
  void after.alerts.step();
  expect(project.listed()[1]).toEqual([]);
  expect(after.evaluation.nextTickAt(project.now)).toBeLessThanOrEqual(project.now + STEP);
  project.now += STEP;
  await after.tick(project.now);
  expect(project.listed()[1]).toContainEqual({ rule: "Deep", to: "pending", activeAt: movedAt });
});
