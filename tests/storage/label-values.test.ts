import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { LabelValues } from "../../worker/src/storage/label-values.ts";
import { PostingLists } from "../../worker/src/storage/posting-lists.ts";

describe("the values of a label", () => {
  it("are numbered as a Map would, whatever comes and goes", () => {
    const change = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 60 }).map(String));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 400 }), (changes) => {
        const values = new LabelValues("pod");
        const known = new Map<string, number>();
        let next = 0;
        for (const [comes, text] of changes) {
          if (comes && !known.has(text))
            known.set(
              text,
              values.add(text, () => next++),
            );
          else if (!comes) {
            values.remove(text);
            known.delete(text);
          }
        }
        expect(values.size).toBe(known.size);
        expect(new Map(values.entries())).toEqual(known);
        for (let text = 0; text <= 60; text++) expect(values.idOf(String(text))).toBe(known.get(String(text)) ?? -1);
        expect(new Set(known.values()).size).toBe(known.size);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it("take no more numbers than there were values at a time", () => {
    const values = new LabelValues("pod");
    let numbers = 0;
    for (let pod = 0; pod < 1000; pod++) {
      values.add(`pod-${pod}`, () => numbers++);
      if (pod >= 10) values.remove(`pod-${pod - 10}`);
    }
    expect([values.size, numbers]).toEqual([10, 11]);
  });

  it("keep one text of each", () => {
    const values = new LabelValues("job");
    values.add("api", () => 0);
    expect(values.textOf("api")).toBe("api");
    expect(values.textOf("unknown")).toBe("unknown");
  });

  it("may come while they are walked", () => {
    const values = new LabelValues("pod");
    let numbers = 0;
    for (let pod = 0; pod < 5; pod++) values.add(`pod-${pod}`, () => numbers++);
    const seen: string[] = [];
    for (const [text] of values.entries()) {
      seen.push(text);
      if (text === "pod-1") values.remove("pod-3");
      if (text === "pod-2") for (let pod = 5; pod < 100; pod++) values.add(`pod-${pod}`, () => numbers++);
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toContain("pod-99");
    // The first newcomer has the place that one left.
    expect(seen).toContain("pod-5");
    expect(seen).not.toContain("pod-3");
  });
});

describe("the series that have a value", () => {
  it("are those of a set, ascending, whatever comes and goes", () => {
    const change = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 20 }));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 300 }), (changes) => {
        const postings = new PostingLists();
        const ids = Array.from({ length: 4 }, () => postings.create());
        const sets = ids.map(() => new Set<number>());
        for (const [comes, value, ref] of changes) {
          const id = ids[value] ?? 0;
          const set = sets[value] ?? new Set();
          if (comes) {
            postings.add(id, ref);
            set.add(ref);
          } else {
            set.delete(ref);
            expect(postings.remove(id, ref)).toBe(set.size === 0);
          }
        }
        for (const [at, id] of ids.entries()) {
          const expected = [...(sets[at] ?? [])].sort((a, b) => a - b);
          expect(postings.refs(id)).toEqual(expected);
          expect(postings.size(id)).toBe(expected.length);
          const all: number[] = [];
          postings.appendTo(all, id);
          expect(all).toEqual(expected);
        }
      }),
      { seed: 2, numRuns: 200 },
    );
  });
});
