import { TextNumbers } from "@sightline/shared/encoding/text-numbers";
import fc from "fast-check";
import { expect, test } from "vitest";

test("texts are numbered as a Map would, whatever the seed", () => {
  const text = fc.oneof(fc.integer({ min: 0, max: 200 }).map(String), fc.string({ maxLength: 5 }));
  fc.assert(
    fc.property(fc.integer(), fc.array(text, { maxLength: 500 }), (seed, texts) => {
      const numbers = new TextNumbers(seed);
      const known = new Map<string, number>();
      for (const one of texts) {
        if (!known.has(one)) known.set(one, known.size);
        expect(numbers.of(one)).toBe(known.get(one));
      }
      expect(numbers.texts).toEqual([...known.keys()]);
    }),
    { seed: 4, numRuns: 200 },
  );
});

test("texts that all fall on one place are told twice rather than sought for long", () => {
  const numbers = new TextNumbers(0, 4);
  const texts = Array.from({ length: 2000 }, (_, i) => String(i % 1000));
  const told = texts.map((text) => numbers.of(text));
  for (const [at, number] of told.entries()) expect(numbers.texts[number]).toBe(texts[at]);
  expect(numbers.texts.length).toBeLessThan(2000);
});
