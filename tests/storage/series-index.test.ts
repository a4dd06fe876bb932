import { METRIC_NAME, seriesKey } from "@sightline/shared/model/labels";
import fc from "fast-check";
import { expect, test } from "vitest";
import { SeriesIndex } from "../../worker/src/storage/series-index.ts";

const NO_METADATA = { type: "unknown", unit: "", help: "" } as const;

const name = fc.constantFrom(METRIC_NAME, "job", "instance", "le", "é", "constructor");
const value = fc.oneof(fc.constantFrom("", "a", "b", "1", "12", "job"), fc.string({ maxLength: 3 }));
const labelSet = fc.dictionary(name, value, { maxKeys: 5 });
const step = fc.record({ labels: labelSet, removed: fc.boolean() });

test("label sets are told apart and found again, in whatever order their labels come, as by their text", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const index = new SeriesIndex();
      const known = new Map<string, number>();
      for (const { labels, removed } of steps) {
        const key = seriesKey(labels);
        const turned = Object.fromEntries(Object.entries(labels).toReversed());
        expect(index.find(labels)).toBe(known.get(key));
        expect(index.find(turned)).toBe(known.get(key));
        const ref = known.get(key);
        if (ref === undefined) known.set(key, index.add(labels, NO_METADATA, "cumulative"));
        else if (removed) {
          index.remove(ref);
          known.delete(key);
        }
        expect(index.find(labels)).toBe(known.get(key));
        expect(index.size).toBe(known.size);
      }
      for (const { ref, labels } of index.all()) {
        expect(known.get(seriesKey(labels))).toBe(ref);
        expect(Object.keys(labels)).toEqual(Object.keys(labels).sort());
        for (const [label, text] of Object.entries(labels))
          expect(index.match([{ name: label, op: "=", value: text }])).toMatchObject({ ok: true, value: expect.arrayContaining([ref]) });
      }
    }),
    { numRuns: 300 },
  );
});

test("of series that were not asked for lately labels, metadata and what their sender sends are told as of the others", () => {
  const index = new SeriesIndex();
  const counter = { type: "counter", unit: "", help: "" } as const;
  for (let i = 0; i < 40_000; i++)
    index.add({ [METRIC_NAME]: `metric_${i % 7}`, job: "j", pod: `pod-é${i}` }, NO_METADATA, i % 2 === 0 ? "delta" : "cumulative");
  expect(index.learn("metric_3", counter)).toBe(true);
  index.remove(10);
  for (const ref of [0, 3, 10, 16_384, 16_387, 39_999, 3, 40_000]) {
    const known = ref !== 10 && ref < 40_000;
    const [metric, pod] = [`metric_${ref % 7}`, `pod-é${ref}`];
    const metadata = ref % 7 === 3 ? counter : NO_METADATA;
    expect([index.metric(ref), index.value(ref, "pod"), index.value(ref, "none")]).toEqual(known ? [metric, pod, ""] : ["", "", ""]);
    expect(index.metadataOf(ref)).toEqual(known ? metadata : undefined);
    expect(index.get(ref)).toEqual(
      known
        ? { ref, labels: { [METRIC_NAME]: metric, job: "j", pod }, metadata, temporality: ref % 2 === 0 ? "delta" : "cumulative" }
        : undefined,
    );
  }
  expect(index.match([{ name: "pod", op: "=~", value: "pod-é3999[89]" }])).toEqual({ ok: true, value: [39_998, 39_999] });
  const filtered = index.match([
    { name: "job", op: "=", value: "j" },
    { name: METRIC_NAME, op: "!~", value: "metric_[0-5]" },
  ]);
  expect(filtered.ok && filtered.value.length).toBe(5714);
});

test("a series whose label has 70,000 values is found by each of them, and by none that was removed", () => {
  const index = new SeriesIndex();
  const of = (i: number) => ({ [METRIC_NAME]: "requests_total", user: `u${i}` });
  for (let i = 0; i < 70_000; i++) index.add(of(i), NO_METADATA, "cumulative");
  index.remove(65_536);
  for (const i of [0, 1, 255, 65_535, 65_537, 69_999]) expect(index.find(of(i))).toBe(i);
  expect(index.find(of(65_536))).toBeUndefined();
  expect(index.find({ [METRIC_NAME]: "requests_total" })).toBeUndefined();
});

test("the number of a value that was asked for lately is not found by its text when another value has it, nor by the same text of another label", () => {
  const index = new SeriesIndex();
  const kept = index.add({ [METRIC_NAME]: "m", job: "kept", zone: "x" }, NO_METADATA, "cumulative");
  const gone = index.add({ [METRIC_NAME]: "m", job: "gone" }, NO_METADATA, "cumulative");
  expect(index.refsOf("job", "gone")).toEqual([gone]);
  expect(index.refsOf("zone", "kept")).toEqual([]);
  index.remove(gone);
  const next = index.add({ [METRIC_NAME]: "m", job: "next" }, NO_METADATA, "cumulative");
  expect(index.refsOf("job", "gone")).toEqual([]);
  expect(index.refsOf("job", "next")).toEqual([next]);
  const other = index.add({ [METRIC_NAME]: "m", zone: "kept" }, NO_METADATA, "cumulative");
  expect(index.refsOf("job", "kept")).toEqual([kept]);
  expect(index.refsOf("zone", "kept")).toEqual([other]);
});

test("of a series that nobody has asked for an object is made for whoever goes through all of them, and another for who asks next", () => {
  const index = new SeriesIndex();
  const ref = index.add({ [METRIC_NAME]: "m", job: "a" }, NO_METADATA, "cumulative");
  expect(index.describe(ref)).not.toBe(index.describe(ref));
  expect(index.describe(ref)).toEqual(index.get(ref));
  expect(index.get(ref)).toBe(index.get(ref));
});
