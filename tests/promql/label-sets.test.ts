import fc from "fast-check";
import { expect, it } from "vitest";
import { fnv1a } from "@sightline/shared/encoding/fnv1a";
import { type Labels, seriesKey } from "@sightline/shared/model/labels";
import { LabelSets } from "@sightline/shared/promql/evaluation/label-sets";

const labels = fc.dictionary(fc.constantFrom("a", "b", "job", "__name__", "é"), fc.constantFrom("", "1", "2", "x:y", "h1"));

it("label sets are numbered in the order they come, whatever the order of their labels; an empty label is none", () => {
  fc.assert(
    fc.property(fc.array(labels, { maxLength: 300 }), (all) => {
      const sets = new LabelSets();
      const expected = new Map<string, number>();
      for (const one of all) {
        const key = seriesKey(one);
        const number = expected.get(key) ?? expected.size;
        expect(sets.find(one)).toBe(expected.get(key) ?? -1);
        expected.set(key, number);
        expect(sets.of(one)).toBe(number);
        expect(sets.find(Object.fromEntries(Object.entries(one).toReversed()))).toBe(number);
      }
      expect(sets.sets.length).toBe(expected.size);
    }),
  );
});

it("ten thousand label sets that were chosen to fall on one place are told apart, and fast", () => {
  // Pairs of texts with the same FNV-1a under the name's seed: any row of them collides.
  const seed = fnv1a("a");
  const first = new Map<number, string>();
  let pair: readonly [string, string] | null = null;
  for (let i = 0; pair === null; i++) {
    const text = `v${i}`;
    const hash = fnv1a(text, seed);
    const other = first.get(hash);
    if (other !== undefined) pair = [other, text];
    first.set(hash, text);
  }
  const [one, two] = pair;
  const sets = new LabelSets();
  const row = (bits: number): Labels => ({ a: Array.from({ length: 13 }, (_, bit) => ((bits >> bit) & 1 ? two : one)).join("") });
  for (let i = 0; i < 100; i++) sets.of({ a: `w${i}` });
  for (let bits = 0; bits < 8192; bits++) expect(sets.of(row(bits))).toBe(100 + bits);
  for (let bits = 0; bits < 8192; bits += 97) expect(sets.find(row(bits))).toBe(100 + bits);
});
