import { expect, test } from "vitest";
import { SampleRun } from "../../worker/src/storage/sample-run.ts";
import { Timeline } from "../../worker/src/storage/timeline.ts";

const columns = (from: number, count: number): Float64Array => Float64Array.from({ length: count }, (_, i) => from + i);

function gather(line: Timeline, room: number): SampleRun {
  const run = new SampleRun();
  run.begin(line, new Float64Array(room));
  return run;
}

test("series with equal columns of times share them, and keep values of their own", () => {
  const line = new Timeline();
  const runs = [0, 1, 2].map((series) => {
    const run = gather(line, 6);
    run.pushColumns(columns(0, 4), columns(series * 100, 4), null, -Infinity, Infinity);
    run.pushColumns(columns(4, 3), columns(series * 100 + 4, 3), null, -Infinity, Infinity);
    return run.settle();
  });
  expect(runs.map(({ timestamps }) => timestamps)).toEqual([columns(0, 7), columns(0, 7), columns(0, 7)]);
  expect(runs.map(({ values }) => values)).toEqual([columns(0, 7), columns(100, 7), columns(200, 7)]);
  expect(runs[1]?.timestamps).toBe(runs[0]?.timestamps);
});

test("a series with other times has its own, also where only one in the middle is another", () => {
  const line = new Timeline();
  const times = columns(0, 50);
  const other = times.slice();
  other[20] = 20.5;
  const [first, second, third] = [times, other, times].map((column) => {
    const run = gather(line, 8);
    run.pushColumns(column, column, null, 2, 40);
    return run.settle();
  });
  expect(first?.timestamps).toEqual(columns(3, 38));
  expect(second?.timestamps).toEqual(other.slice(3, 41));
  expect(third?.timestamps).toEqual(first?.timestamps);
});

test("a column that its owner writes over afterwards stays as it was gathered", () => {
  const line = new Timeline();
  const scratch = columns(10, 3);
  const run = gather(line, 3);
  run.pushColumns(scratch, scratch, null, -Infinity, Infinity);
  scratch.fill(99);
  const next = gather(line, 3);
  next.pushColumns(scratch, scratch, null, 98, 99);
  expect(run.settle()).toEqual({ timestamps: columns(10, 3), values: columns(10, 3) });
  expect(next.settle().timestamps).toEqual(Float64Array.of(99, 99, 99));
});

test("late samples are sorted in, without moving those of the series beside", () => {
  const line = new Timeline();
  const runs = [0, 1].map(() => gather(line, 4));
  for (const run of runs) run.pushColumns(columns(10, 3), columns(0, 3), null, -Infinity, Infinity);
  runs[0]?.pushColumns(Float64Array.of(5, 11), Float64Array.of(50, 51), null, -Infinity, Infinity);
  expect(runs[0]?.settle()).toEqual({ timestamps: Float64Array.of(5, 10, 11, 12), values: Float64Array.of(50, 0, 51, 2) });
  expect(runs[1]?.settle()).toEqual({ timestamps: columns(10, 3), values: columns(0, 3) });
  // Single samples, too, after columns.
  const single = gather(line, 1);
  single.pushColumns(columns(10, 3), columns(0, 3), null, -Infinity, Infinity);
  single.push(11, 7);
  expect(single.settle()).toEqual({ timestamps: columns(10, 3), values: Float64Array.of(0, 7, 2) });
});
