/** Series that stop while others go on are missed: once, and not what ended on purpose. */
import { C } from "@sightline/shared/anomaly/layout";
import { SeriesCells } from "@sightline/shared/anomaly/series-cells";
import { STALE_NAN } from "@sightline/shared/model/sample";
import type { AnomalyVerdict } from "@sightline/shared/model/anomaly";
import type { Labels } from "@sightline/shared/model/labels";
import { expect, test } from "vitest";
import type { FoundAnomaly } from "../../worker/src/rules/api.ts";
import { StoppedSeries } from "../../worker/src/rules/detection/stopped-series.ts";
import { StoredSeries } from "./stored-series.ts";

const T = 1_700_000_000_000;
const MINUTE = 60_000;
const STEP = 15_000;

const series = (name: string, more: Labels = {}): Labels => ({ __name__: name, service_name: "shop", host_name: "h1", ...more });
const queue = series("queue_depth");
const other = series("orders_open", { host_name: "h2" });
const wobble = (i: number): number => 10 + ((i * 7919) % 101) / 101;

class Hours {
  readonly shard = new StoredSeries();
  readonly told: FoundAnomaly[] = [];
  #t = T;

  constructor() {
    this.shard.nowMs = T;
    this.shard.configure([]);
  }

  get t(): number {
    return this.#t;
  }

  /** Samples of each series at every step of so many minutes. */
  pass(minutes: number, ...sent: readonly Labels[]): this {
    for (let i = 0; i < (minutes * MINUTE) / STEP; i++) {
      this.#t += STEP;
      for (const labels of sent) this.shard.append(labels, this.#t, wobble(this.#t / STEP));
      this.told.push(...this.shard.finish().anomalies.filter(({ kind }) => kind === "gap"));
    }
    return this;
  }

  get words(): string[] {
    return this.told.map(({ labels, reason, t, revised }) => {
      const at = `${(t - T) / MINUTE} min ${labels["__name__"]}`;
      return revised === true ? `${at}, anew: ${reason}` : `${at}: ${reason}`;
    });
  }
}

test("a series that stops while others go on is told after ten minutes and a little, once, for as long as it is silent", () => {
  const hours = new Hours().pass(120, queue, other).pass(300, other);
  expect(hours.words).toEqual(["133 min queue_depth: no samples have arrived for 13 min"]);
  expect(hours.told[0]?.severity).toBe("warning");
});

test("when its samples return, how long it was silent takes the place of what was told, and no second gap is told", () => {
  const hours = new Hours().pass(120, queue, other).pass(60, other).pass(30, queue, other);
  expect(hours.words).toEqual([
    "133 min queue_depth: no samples have arrived for 13 min",
    "133 min queue_depth, anew: no samples arrived for 1 h",
  ]);
});

test("what has come back is missed again after longer than before", () => {
  const hours = new Hours().pass(120, queue, other).pass(60, other).pass(120, queue, other).pass(85, other);
  expect(hours.words.filter((line) => !line.includes("anew"))).toHaveLength(1);
  hours.pass(20, other);
  expect(hours.words.filter((line) => !line.includes("anew"))).toHaveLength(2);
});

test("what is sent in batches is told once, and then waited for as long as its batches are apart", () => {
  const hours = new Hours().pass(120, queue, other);
  for (let batch = 0; batch < 12; batch++) {
    const from = hours.t;
    hours.pass(15, other);
    for (let t = from + STEP; t <= hours.t; t += STEP) hours.shard.append(queue, t, wobble(t));
  }
  hours.pass(1, queue, other);
  expect(hours.words).toEqual([
    "133 min queue_depth: no samples have arrived for 13 min",
    "133 min queue_depth, anew: the samples came late, those of 15 min at once",
  ]);
  expect(hours.pass(40, other).words[2]).toContain("no samples have arrived for 2");
});

test("a spool of hours that comes after all is told by how long nothing came", () => {
  const hours = new Hours().pass(120, queue, other);
  const from = hours.t;
  hours.pass(150, other);
  for (let t = from + STEP; t <= hours.t; t += STEP) hours.shard.append(queue, t, wobble(t));
  hours.pass(1, queue, other);
  expect(hours.words[1]).toBe("133 min queue_depth, anew: the samples came late, those of 2 h 30 min at once");
});

test("how far batches are apart is known after a restart", () => {
  const hours = new Hours().pass(120, queue, other);
  const batches = (): void => {
    for (let batch = 0; batch < 6; batch++) {
      const from = hours.t;
      hours.pass(15, other);
      for (let t = from + STEP; t <= hours.t; t += STEP) hours.shard.append(queue, t, wobble(t));
    }
  };
  batches();
  expect(hours.words).toHaveLength(2);
  expect(hours.shard.wake(hours.shard.snapshot(), [], [])).toBe(true);
  batches();
  expect(hours.words).toHaveLength(2);
});

test("a spool that comes piece by piece is told by how long nothing came", () => {
  const hours = new Hours().pass(120, queue, other);
  const from = hours.t;
  hours.pass(20, other);
  for (let t = from + STEP; t <= hours.t; t += STEP) {
    hours.shard.append(queue, t, wobble(t));
    if ((t - from) % MINUTE === 0) hours.pass(0.25, other);
  }
  expect(hours.words[1]).toMatch(/anew: the samples came late, those of (19|20) min at once/);
  expect(hours.words).toHaveLength(2);
});

test.each([5, 11, 20])("what is always %d min late is told to have paused for as long as its samples say", (lateMinutes) => {
  const hours = new Hours();
  const late = (minutes: number, isSending = true): void => {
    for (let i = 0; i < minutes * 4; i++) {
      hours.pass(0.25, other);
      const t = hours.t - lateMinutes * MINUTE;
      if (isSending && t > T) hours.shard.arrive(queue, t, wobble(t));
    }
  };
  late(120);
  late(16, false);
  late(30);
  expect(hours.words.at(-1)).toContain("anew: no samples arrived for 16 min");
  expect(hours.words).toHaveLength(2);
});

test("a restart of two minutes is no gap", () => {
  expect(new Hours().pass(120, queue, other).pass(2, other).pass(60, queue, other).words).toEqual([]);
});

test("many series of one service on one host that stop are told as one", () => {
  const many = Array.from({ length: 40 }, (_, i) => series("queue_depth", { queue: `q${i}` }));
  const hours = new Hours().pass(90, ...many, other).pass(60, other);
  expect(hours.words).toEqual(["103 min queue_depth: no samples of 40 series of shop on h1 have arrived for 13 min"]);
  expect(hours.told[0]?.stopped).toBe(40);
  hours.pass(20, ...many, other);
  expect(hours.words.slice(1)).toEqual(["103 min queue_depth, anew: no samples of 40 series of shop on h1 arrived for 1 h"]);
});

/** What somebody said of a series twice. */
function said(hours: Hours, labels: Labels, verdict: AnomalyVerdict): Hours {
  const answers = ["a", "b"].map((id) => ({ id, labels, t: 0, at: 0, by: "ada", verdict }));
  hours.shard.evaluation.configure({ version: 2, groups: [], slos: [], anomalyAnswers: answers }, hours.t);
  return hours;
}

test("a series of which people said that it was a false alarm is waited for longer", () => {
  expect(said(new Hours().pass(120, queue, other), queue, "false_alarm").pass(60, other).words).toEqual([
    "138 min queue_depth: no samples have arrived for 18 min",
  ]);
});

test("so is all that stopped with it, where it spoke for that; what was real is missed sooner", () => {
  const many = Array.from({ length: 5 }, (_, i) => series("queue_depth", { queue: `q${i}` }));
  const twice = (verdict: AnomalyVerdict | null): readonly string[] => {
    const hours = new Hours()
      .pass(90, ...many, other)
      .pass(20, other)
      .pass(90, ...many, other);
    const [first] = hours.told;
    if (verdict !== null && first !== undefined) said(hours, first.labels, verdict);
    return hours.pass(90, other).words.slice(2);
  };
  expect(twice(null)).toEqual(["233 min queue_depth: no samples of 5 series of shop on h1 have arrived for 33 min"]);
  expect(twice("false_alarm")).toEqual(["250 min queue_depth: no samples of 5 series of shop on h1 have arrived for 50 min"]);
  expect(twice("real")).toEqual(["227 min queue_depth: no samples of 5 series of shop on h1 have arrived for 27 min"]);
});

test("a series that ended on purpose is not missed", () => {
  const hours = new Hours().pass(120, queue, other);
  hours.shard.append(queue, hours.t + 1000, STALE_NAN);
  expect(hours.pass(120, other).words).toEqual([]);
});

test("nor is one that another process of the service goes on with", () => {
  const [before, after] = ["1", "2"].map((pid) => series("queue_depth", { instance: `shop@h1:${pid}` })) as [Labels, Labels];
  expect(new Hours().pass(120, before, other).pass(120, after, other).words).toEqual([]);
});

test("nor one that was there for less than an hour", () => {
  expect(new Hours().pass(30, other).pass(30, queue, other).pass(120, other).words).toEqual([]);
});

test("nor anything when all that there is falls silent: the server may have been down", () => {
  const hours = new Hours().pass(120, queue, other).pass(120).pass(1, other).pass(30, queue, other);
  expect(hours.words.filter((line) => line.includes("have arrived"))).toEqual([]);
});

test("nor history that was imported, which ended days ago", () => {
  const hours = new Hours();
  for (let i = 0; i < 1000; i++) hours.shard.append(queue, T - 3 * 86_400_000 + i * STEP, wobble(i));
  expect(hours.pass(120, other).words).toEqual([]);
});

test("nor one whose samples are late, as long as they come: a spool is being sent", () => {
  const hours = new Hours().pass(120, queue, other);
  const held: number[] = [];
  for (let i = 0; i < 400; i++) {
    hours.pass(0.25, other);
    if (i < 30) held.push(hours.t);
    else for (const t of held.splice(0, 1)) hours.shard.append(queue, t, wobble(t));
    if (i >= 30) held.push(hours.t);
  }
  expect(hours.words).toEqual([]);
});

test("what was told is not told again after a restart", () => {
  const hours = new Hours().pass(120, queue, other).pass(30, other);
  expect(hours.words).toHaveLength(1);
  expect(hours.shard.wake(hours.shard.snapshot(), [], [])).toBe(true);
  hours.pass(60, other);
  expect(hours.words).toHaveLength(1);
});

test("all series of a full shard may stop at once", () => {
  const count = 150_000;
  const described: number[] = [];
  const cells = new SeriesCells();
  const stopped = new StoppedSeries(
    { cells, described: (slot) => void described.push(slot), judgement: () => null, places: { renew: () => undefined } },
    () => 0,
  );
  for (let slot = 0; slot < count; slot++) {
    cells.add(slot);
    cells.setNumber(slot, C.newestMs, T + 60 * MINUTE);
    stopped.silent.add(slot);
    for (let minute = 0; minute <= 60; minute += 20)
      stopped.silent.observed(slot, T + minute * MINUTE, minute === 0 ? 0 : T + (minute - 20) * MINUTE);
  }
  for (const minute of [170, 173]) expect(stopped.tell(count, T + minute * MINUTE, [])).toEqual([]);
  expect(new Set(described).size).toBe(count);
});
