import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { LabelValues } from "../../worker/src/storage/label-values.ts";
import { PostingLists } from "../../worker/src/storage/posting-lists.ts";
import { ValueTexts } from "../../worker/src/storage/value-texts.ts";

describe("the values of a label", () => {
  it("are numbered as a Map would, whatever comes and goes", () => {
    const change = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 60 }).map(String));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 400 }), (changes) => {
        const texts = new ValueTexts();
        const values = new LabelValues("pod", texts);
        const known = new Map<string, number>();
        let next = 0;
        for (const [comes, text] of changes) {
          if (comes && !known.has(text))
            known.set(
              text,
              values.add(text, () => next++),
            );
          else if (!comes) {
            values.remove(known.get(text) ?? -1);
            known.delete(text);
          }
        }
        expect(values.size).toBe(known.size);
        expect(new Map(Array.from(values.ids(), (id) => [texts.text(id), id]))).toEqual(known);
        for (let text = 0; text <= 60; text++) expect(values.idOf(String(text))).toBe(known.get(String(text)) ?? -1);
        expect(new Set(known.values()).size).toBe(known.size);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it("take no more numbers than there were values at a time", () => {
    const values = new LabelValues("pod", new ValueTexts());
    let numbers = 0;
    for (let pod = 0; pod < 1000; pod++) {
      values.add(`pod-${pod}`, () => numbers++);
      if (pod >= 10) values.remove(values.idOf(`pod-${pod - 10}`));
    }
    expect([values.size, numbers]).toEqual([10, 11]);
  });

  it("are told as they were, of whatever characters and length, and take no more room than they need", () => {
    const change = fc.tuple(
      fc.boolean(),
      fc.integer({ min: 0, max: 9000 }),
      fc.oneof(fc.string({ unit: "binary", maxLength: 40 }), fc.string({ maxLength: 300 })),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 100 }), (changes) => {
        const texts = new ValueTexts();
        const known = new Map<number, string>();
        for (const [comes, id, text] of changes) {
          if (known.delete(id)) texts.delete(id);
          if (!comes) continue;
          texts.set(id, text);
          known.set(id, text);
        }
        for (const [id, text] of known) {
          expect(texts.is(id, text)).toBe(true);
          expect(texts.is(id, `${text}x`)).toBe(false);
          expect([texts.text(id), texts.sharedText(id), texts.text(id)]).toEqual([text, text, text]);
        }
      }),
      { seed: 3, numRuns: 200 },
    );
    const texts = new ValueTexts();
    for (let id = 0; id < 20_000; id++) texts.set(id, `pod-${id}-é`.repeat((id % 3) + 1));
    for (let id = 0; id < 20_000; id++) if (id % 7 !== 0) texts.delete(id);
    for (let id = 0; id < 20_000; id += 7) expect(texts.text(id)).toBe(`pod-${id}-é`.repeat((id % 3) + 1));
    expect([texts.has(7), texts.has(8), texts.has(30_000)]).toEqual([true, false, false]);
  });

  it("may come while they are walked", () => {
    const texts = new ValueTexts();
    const values = new LabelValues("pod", texts);
    let numbers = 0;
    for (let pod = 0; pod < 5; pod++) values.add(`pod-${pod}`, () => numbers++);
    const seen: string[] = [];
    for (const id of values.ids()) {
      const text = texts.text(id);
      seen.push(text);
      if (text === "pod-1") values.remove(values.idOf("pod-3"));
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
