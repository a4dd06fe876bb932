/** The range that people are shown is the one a series was judged by. */
import type { ExpectedRange } from "@sightline/shared/api/responses";
import type { Labels } from "@sightline/shared/model/labels";
import { finish } from "@sightline/shared/promql/evaluation/pace";
import { expect, test } from "vitest";
import { alertRule } from "../support/alert-rule.ts";
import { StoredSeries, groupOf } from "./stored-series.ts";

const T = 1_700_000_000_000;
const STEP = 60_000;
const rules = groupOf(alertRule("Busy", "cpu > 100"));
const cpu: Labels = { __name__: "cpu", host: "a" };
const disk: Labels = { __name__: "disk", host: "a" };

type Said = { t: number; expected: number; lower: number; upper: number; score: number };

const column = (range: ExpectedRange | undefined): Said[] =>
  (range?.t ?? []).map((t, i) => ({
    t,
    expected: range?.expected[i] ?? Number.NaN,
    lower: range?.lower[i] ?? Number.NaN,
    upper: range?.upper[i] ?? Number.NaN,
    score: range?.score[i] ?? Number.NaN,
  }));

/** Two days of a series that a rule names and of one that nobody names; what was said of each when its point came. */
function twoDays(): { shard: StoredSeries; said: Map<Labels, Said[]>; end: number } {
  const shard = new StoredSeries();
  shard.nowMs = T;
  shard.configure(rules);
  const said = new Map<Labels, Said[]>([
    [cpu, []],
    [disk, []],
  ]);
  const end = T + 2 * 1440 * STEP;
  for (let t = T; t <= end; t += STEP) {
    const i = (t - T) / STEP;
    const wobble = ((i * 7919) % 101) / 101;
    for (const labels of [cpu, disk]) {
      shard.append(labels, t, 40 + 10 * Math.sin(i / 229) + wobble + (i > 2870 ? 30 : 0));
      const now = shard.evaluation.expected(shard.ref(labels));
      if (now === null) continue;
      const { expected, lower, upper, score } = now;
      said.get(labels)?.push({ t: now.t, expected, lower, upper, score });
    }
  }
  return { shard, said, end };
}

test("of a series that a rule names is what was said at the time, and is the same after a restart", () => {
  const { shard, said, end } = twoDays();
  const start = end - 300 * STEP;
  const expected = said.get(cpu)?.filter(({ t }) => t >= start);
  expect(expected).toHaveLength(301);
  expect(column(finish(shard.evaluation.expectedRanges([cpu], start, end))[0])).toEqual(expected);
  expect(shard.wake(shard.snapshot(), [], rules)).toBe(true);
  expect(column(finish(shard.evaluation.expectedRanges([cpu], start, end))[0])).toEqual(expected);
});

test("further back it is judged anew by the same tier, without a break", () => {
  const { shard, end } = twoDays();
  const [range] = finish(shard.evaluation.expectedRanges([cpu], end - 720 * STEP, end));
  expect(range?.t).toEqual(Array.from({ length: 721 }, (_, i) => end - (720 - i) * STEP));
});

test("of a series that has become suspect goes back before that", () => {
  const { shard, end } = twoDays();
  const start = end - 60 * STEP;
  const [asked] = finish(shard.evaluation.expectedRanges([disk], start, end));
  expect(asked?.t).toHaveLength(61);
});

test("two looks in the same hour agree on what they both see", () => {
  const { shard, end } = twoDays();
  const from = Math.floor((end - 700 * STEP) / 3_600_000) * 3_600_000;
  const [early, late] = [from, from + 20 * STEP].map((start) => column(finish(shard.evaluation.expectedRanges([disk], start, end))[0]));
  expect(early?.slice(20)).toEqual(late);
});

test("of many series of the rich tier at once is told as far as it is remembered, and judged anew of eight", () => {
  const shard = new StoredSeries();
  shard.nowMs = T;
  shard.configure(rules);
  const hosts: Labels[] = Array.from({ length: 12 }, (_, i) => ({ __name__: "cpu", host: `h${i}` }));
  for (let i = 0; i < 600; i++)
    for (const [h, labels] of hosts.entries()) shard.append(labels, T + i * STEP, 10 + (((i + h) * 7919) % 101) / 101);
  const lengths = finish(shard.evaluation.expectedRanges(hosts, T, T + 600 * STEP)).map(({ t }) => t.length);
  expect(lengths.slice(0, 8).every((length) => length > 500)).toBe(true);
  expect(lengths.slice(8)).toEqual([360, 360, 360, 360]);
});

test("a snapshot of before this was remembered is read: the detectors go on", () => {
  const shard = new StoredSeries();
  shard.nowMs = T;
  shard.configure([]);
  for (let i = 0; i < 100; i++) shard.append(disk, T + i * STEP, 10 + ((i * 7919) % 101) / 101);
  const before = shard.evaluation.expected(shard.ref(disk));
  const parts = shard.snapshot();
  for (const part of parts) part[0] = 2;
  expect(shard.wake(parts, [], [])).toBe(true);
  expect(shard.evaluation.expected(shard.ref(disk))).toEqual(before);
});
