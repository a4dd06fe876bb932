import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ABSENT, Head, SAME_VALUE } from "../../worker/src/storage/head.ts";
import { SlotsByTime } from "../../worker/src/storage/slots-by-time.ts";
import { CONFLICT, DUPLICATE, KEPT_FIRST, LATE, OVERWRITTEN } from "../../worker/src/storage/verdicts.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { CONTEXT, batchOf, gauge, openShard } from "./shard-fixture.ts";
import { NOON, openStore, refOf, samplesOf } from "./open-store.ts";

const OTHER_VALUE = 1;

describe("samples of one series by time", () => {
  it("are found as if all were gone through, in whatever parts they came", () => {
    const parts = fc.array(fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 40 }), { maxLength: 12 });
    fc.assert(
      fc.property(parts, fc.integer({ min: -1, max: 61 }), (batches, wanted) => {
        const ordered = new SlotsByTime();
        const all: number[] = [];
        for (const times of batches) {
          ordered.add(
            Float64Array.from(times),
            Int32Array.from(times, (_, i) => all.length + i),
          );
          all.push(...times);
        }
        const earlier = all.filter((t) => t < wanted);
        expect(ordered.at(wanted)).toBe(all.lastIndexOf(wanted));
        expect(ordered.before(wanted)).toBe(earlier.length === 0 ? -1 : all.lastIndexOf(Math.max(...earlier)));
        expect(ordered.newest).toBe(all.length - 1);
      }),
      { numRuns: 500 },
    );
  });

  it("a head of many late samples answers as one that goes through all of them, before and after a part is packed", () => {
    const sample = fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 3 }));
    fc.assert(
      fc.property(fc.array(sample, { minLength: 70, maxLength: 400 }), fc.nat(400), fc.nat(401), (samples, packedAfter, wanted) => {
        const head = new Head();
        head.grow(2);
        let here: (readonly [number, number])[] = [];
        for (const [i, [t, value]] of samples.entries()) {
          const found = here.findLast(([at]) => at === t);
          expect(head.find(1, t, value)).toBe(found === undefined ? ABSENT : found[1] === value ? SAME_VALUE : OTHER_VALUE);
          const before = Math.max(...here.map(([at]) => at).filter((at) => at < wanted));
          expect(head.valueBefore(1, wanted)).toBe(here.findLast(([at]) => at === before)?.[1] ?? null);
          head.append(0, i, i);
          head.append(1, t, value);
          here.push([t, value]);
          if (i !== packedAfter) continue;
          head.freeze();
          head.release();
          here = [];
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("a series whose samples come backwards", () => {
  const COUNT = 200_000;
  const refs = (ref: number) => new Int32Array(COUNT).fill(ref);
  const backwards = Float64Array.from({ length: COUNT }, (_, i) => NOON - i);
  const values = Float64Array.from({ length: COUNT }, (_, i) => i);

  it("takes two hundred thousand of them, knows them when they come again, and lets another value win", () => {
    const store = openStore(new NodeDatabase());
    const ref = refOf(store, "backwards");
    const verdicts = new Uint8Array(COUNT);
    store.appendColumns(refs(ref), backwards, values, COUNT, NOON, verdicts);
    expect(verdicts.subarray(1).every((verdict) => verdict === LATE)).toBe(true);
    store.commit(NOON, null);
    store.appendColumns(refs(ref), backwards, values, COUNT, NOON, verdicts);
    expect(verdicts.every((verdict) => verdict === DUPLICATE)).toBe(true);
    const others = values.map((value) => value + 0.5);
    store.appendColumns(refs(ref), backwards, others, COUNT, NOON, verdicts);
    expect(verdicts.every((verdict) => verdict === OVERWRITTEN)).toBe(true);
    store.commit(NOON, null);
    const kept = samplesOf(store, "backwards");
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([COUNT, [NOON - COUNT + 1, COUNT - 0.5], [NOON, 0.5]]);
  });

  it("in order and then once more as it was, is known to be there already", () => {
    const store = openStore(new NodeDatabase());
    const ref = refOf(store, "forwards");
    const forwards = backwards.toReversed();
    const verdicts = new Uint8Array(COUNT);
    expect(store.appendColumns(refs(ref), forwards, values, COUNT, NOON, verdicts)).toBe(0);
    store.appendColumns(refs(ref), forwards, values, COUNT, NOON, verdicts);
    expect(verdicts.every((verdict) => verdict === DUPLICATE)).toBe(true);
  });
});

describe("metadata that contradict themselves", () => {
  it("change once between commits, not with each of a thousand series", () => {
    const store = openStore(new NodeDatabase());
    const refs = Array.from({ length: 1000 }, (_, i) => refOf(store, "flips", { i: String(i) }));
    const helpOf = (): string | undefined => store.index.get(refs[0] ?? 0)?.metadata.help;
    for (const ref of refs) store.learn(ref, { type: "gauge", unit: "", help: `${ref}` });
    expect(helpOf()).toBe("0");
    store.commit(NOON, null);
    store.learn(refs[1] ?? 0, { type: "gauge", unit: "", help: "later" });
    expect(helpOf()).toBe("later");
  });
});

describe("samples of single moments", () => {
  it.each(["first", "reject"] as const)(
    "fifty thousand that come late are held against packed ones under the policy %s",
    (duplicatePolicy) => {
      const COUNT = 50_000;
      const store = openStore(new NodeDatabase(), NOON, { duplicatePolicy });
      const ref = refOf(store, "packed");
      const verdicts = new Uint8Array(COUNT);
      const refs = new Int32Array(COUNT).fill(ref);
      const even = Float64Array.from({ length: COUNT }, (_, i) => NOON - 2 * (COUNT - i));
      const values = Float64Array.from({ length: COUNT }, (_, i) => i);
      store.appendColumns(refs, even, values, COUNT, NOON, verdicts);
      store.flush(NOON, () => undefined);
      store.append(ref, NOON, 1, NOON);
      store.appendColumns(refs, even.toReversed(), values.toReversed(), COUNT, NOON, verdicts);
      expect(verdicts.every((verdict) => verdict === DUPLICATE)).toBe(true);
      store.appendColumns(
        refs,
        even,
        values.map((value) => -1 - value),
        COUNT,
        NOON,
        verdicts,
      );
      expect(verdicts.every((verdict) => verdict === (duplicatePolicy === "first" ? KEPT_FIRST : CONFLICT))).toBe(true);
      store.appendColumns(
        refs,
        even.map((t) => t + 1),
        values,
        COUNT,
        NOON,
        verdicts,
      );
      expect(verdicts.every((verdict) => verdict === LATE)).toBe(true);
      store.commit(NOON, null);
      store.flush(NOON, () => undefined);
      expect(store.at(ref, NOON - 1, NOON)?.values[0]).toBe(COUNT - 1);
      expect(store.at(ref, NOON - 2, NOON)?.values[0]).toBe(COUNT - 1);
      expect(store.at(ref, NOON - 2 * COUNT - 1, NOON)).toBeUndefined();
      expect(samplesOf(store, "packed").length).toBe(2 * COUNT + 1);
    },
  );
});

describe("a batch of which a hundred thousand series are refused", () => {
  it("is told the place and code of each, and of the first fifty thousand the sentence: an answer between objects has an end", async () => {
    const { core } = openShard(new NodeDatabase(), { bounds: { maxSeries: 10 } });
    const answer = await core.appendBatch(
      CONTEXT,
      batchOf(...Array.from({ length: 100_010 }, (_, i) => gauge({ __name__: `m${i}` }, [[NOON, i]]))),
    );
    const rejected = answer.ok ? answer.value.rejected : [];
    expect([rejected.length, rejected.filter(({ message }) => message !== "").length]).toEqual([100_000, 50_000]);
    expect([rejected[0]?.message, rejected.at(-1)]).toEqual([
      expect.stringContaining("10 series"),
      { index: 100_009, code: "series_limit", message: "" },
    ]);
  });
});
