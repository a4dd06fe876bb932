/** Windows and alerts of streaming rules go with the series of a sender that moves to another shard. */
import type { Labels } from "@sightline/shared/model/labels";
import { parseRuleFile } from "@sightline/shared/rules/rule-file";
import { expect, test } from "vitest";
import { createEvaluation } from "../../worker/src/rules/evaluation.ts";
import { AlertsElsewhere } from "../../worker/src/shard/alerts-elsewhere.ts";
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

const unconfirmed = { confirmAlerts: () => Promise.reject(new Error("not now")) };

test("what the new shard does not say it has written goes on in the old one after a minute", async () => {
  const project = await Project.begun(unconfirmed);
  const [before] = project.listed();
  await project.configure(GROWN);
  await project.run(1, 10, 9);
  expect(project.listed()).toEqual([[], before]);
  project.now += 60_000;
  await project.cores[0].tick(project.now);
  expect(project.listed()[0]).not.toEqual([]);
  project.now += 300_000;
  await project.cores[0].tick(project.now);
  expect(project.told).toContain("Often resolved");
});

test("an answer that is lost leaves the alerts in the old shard, whose rows are as they were", async () => {
  const project = await Project.begun();
  const [before] = project.listed();
  const [handed] = await project.cores[0].alerts.hand([depth]);
  expect(handed?.alerts).not.toEqual([]);
  expect(project.listed()[0]).toEqual([]);
  project.cores[0] = project.open(0);
  expect(project.listed()[0]).toEqual(before);
});

test("an object that ended after it handed alerts over lets them go nevertheless, but not those whose series is there again", async () => {
  const project = await Project.begun();
  const [old] = project.cores;
  const [handed] = await old.alerts.hand([depth]);
  const taken = [{ series: depth, newestAt: handed?.times.at(-1) ?? 0 }];
  await project.run(1, 10, 9);
  const [before] = project.listed();
  await old.alerts.letGo(taken);
  expect(project.listed()[0]).toEqual(before);
  const [again] = await old.alerts.hand([depth]);
  project.cores[0] = project.open(0);
  await project.cores[0].alerts.letGo([{ series: depth, newestAt: again?.times.at(-1) ?? 0 }]);
  expect(project.listed()[0]).toEqual([]);
  project.cores[0] = project.open(0);
  expect(project.listed()[0]).toEqual([]);
});

test("an episode that began anew before the answer came makes way for the one that goes on", async () => {
  const answer = Promise.withResolvers<void>();
  const project: Project = await Project.begun({
    askAlerts: async (_shard, series) => {
      const handed = await project.cores[0].alerts.hand(series);
      await answer.promise;
      return handed;
    },
  });
  const [before] = project.listed();
  await project.configure(GROWN);
  await project.write(MOVES, gauge(depth, [[project.now, 10]]));
  const stepping = project.cores[1].alerts.step();
  project.now += STEP;
  await project.write(MOVES, gauge(depth, [[project.now, 10]]));
  expect(project.listed()[1]).toContainEqual(expect.objectContaining({ rule: "Deep", to: "pending" }));
  answer.resolve();
  await stepping;
  expect(project.listed()[1]?.filter(({ rule }) => rule === "Deep")).toEqual(before?.filter(({ rule }) => rule === "Deep"));
});

test("rows of a version that is not understood stay in the old shard, which tells their end", async () => {
  const project: Project = await Project.begun({
    askAlerts: async (_shard, series) =>
      (await project.cores[0].alerts.hand(series)).map((handed) => ({
        ...handed,
        alerts: handed.alerts.map(({ fingerprint }) => ({ fingerprint, state: new TextEncoder().encode('{"v":99}') })),
      })),
  });
  await project.configure(GROWN);
  await project.run(1, 10, 9);
  project.now += 400_000;
  await project.cores[0].tick(project.now);
  await project.cores[0].tick(project.now);
  expect(project.told).toContain("Often resolved");
});

test("samples that waited when the object ended are judged and told when it is there again", async () => {
  const project = await Project.begun();
  // Its evaluation is not kept with the first commit: the samples are read back.
  project.cores[1] = project.open(1);
  await project.configure(GROWN);
  await project.write(MOVES, gauge(depth, [[project.now, 10]]), gauge(peak, [[project.now, 1]]));
  const told = project.told.length;
  expect(project.listed()[1]).toEqual([]);
  project.cores[1] = project.open(1);
  expect(project.listed()[1]).toContainEqual(expect.objectContaining({ rule: "Low", to: "firing" }));
  await project.cores[1].tick(project.now);
  await project.cores[1].deliverOutbox();
  expect(project.told.slice(told)).toContain("Low firing");
  const listed = project.listed()[1];
  project.cores[1] = project.open(1);
  await project.cores[1].tick(project.now);
  expect(project.listed()[1]).toEqual(listed);
  expect(project.told.filter((one) => one === "Low firing")).toHaveLength(1);
});

test("series that queue for an answer wait for as long as shards answer", async () => {
  const COUNT = 2000;
  let now = 1_800_000_000_000;
  const groups = parseRuleFile("groups: [{ name: g, interval: 15s, rules: [{ alert: Few, expr: 'count_over_time(m[2m]) < 2' }] }]");
  if (!groups.ok) throw new Error(groups.error.message);
  const labels = (ref: number): Labels => ({ __name__: "m", i: String(ref) });
  const evaluation = createEvaluation({ select: () => [], labelsOf: labels, synthetic: () => [], now: () => now });
  evaluation.configure({ version: 1, groups: groups.value, slos: [] }, now);
  evaluation.awaitSeries(now + 600_000);
  for (let ref = 0; ref < COUNT; ref++) {
    evaluation.addSeries(ref, { type: "gauge", unit: "", help: "" });
    evaluation.observe(ref, now, 1);
  }
  const told: string[] = [];
  const alerts = new AlertsElsewhere({
    index: { labels, find: () => undefined },
    evaluation,
    shards: () => ["old"],
    neighbours: {
      askAlerts: async (_shard, series) => {
        now += 4000;
        return series.map(() => ({ times: Float64Array.of(now - 60_000), values: Float64Array.of(1), alerts: [] }));
      },
      confirmAlerts: () => Promise.resolve(),
    },
    apply: async ({ transitions }) => void told.push(...transitions.map(({ to }) => to)),
    lets: () => undefined,
    now: () => now,
  });
  for (let at = alerts.dueAt(now); at !== null; at = alerts.dueAt(now)) {
    now = Math.max(now, at);
    told.push(...evaluation.finish(now).transitions.map(({ to }) => to));
    await alerts.step();
  }
  expect(told).toEqual([]);
});

test("a sample ahead of the clock whose time came while the object slept is told when it is read back", async () => {
  const project = new Project();
  await project.configure(project.map);
  await project.write(MOVES, gauge(peak, [[project.now + 2000, 1]]));
  const { length } = project.told;
  project.now += 2000;
  project.cores[0] = project.open(0);
  await project.cores[0].tick(project.now);
  await project.cores[0].deliverOutbox();
  expect(project.told.slice(length)).toEqual(["Low firing"]);
});
