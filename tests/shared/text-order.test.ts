import fc from "fast-check";
import { encodeUtf8 } from "@sightline/shared/encoding/utf8";
import { compareText, sortTexts } from "@sightline/shared/model/text-order";
import { compareLabels } from "@sightline/shared/promql/evaluation/label-order";
import { expect, test } from "vitest";
import { storageOf, ask, at } from "../promql/engine-support.ts";

/** As Go compares strings. */
function compareBytes(a: string, b: string): number {
  const left = encodeUtf8(a);
  const right = encodeUtf8(b);
  for (let i = 0; i < Math.min(left.length, right.length); i++) if (left[i] !== right[i]) return (left[i] as number) - (right[i] as number);
  return left.length - right.length;
}

/** Few characters, so that texts begin alike: ASCII, below the surrogates, above them, and beyond U+FFFF. */
const text = fc.string({
  unit: fc.constantFrom("a", "z", "é", "\u{d7ff}", "\u{e000}", "\u{ff21}", "\u{10000}", "\u{1f600}", "\u{10ffff}"),
});
const SEED = { seed: 1 };

test("texts are in the order of their bytes in UTF-8, characters beyond U+FFFF last", () => {
  expect(compareText("\u{1f600}", "\u{ff21}")).toBeGreaterThan(0);
  fc.assert(
    fc.property(text, text, (a, b) => Math.sign(compareText(a, b)) === Math.sign(compareBytes(a, b))),
    SEED,
  );
  fc.assert(
    fc.property(fc.array(text), (texts) => {
      expect(sortTexts([...texts])).toEqual(texts.toSorted(compareBytes));
    }),
    SEED,
  );
});

test("label sets are compared name by name and value by value in that order", () => {
  expect(compareLabels({ a: "\u{1f600}" }, { a: "\u{ff21}" })).toBeGreaterThan(0);
  expect(compareLabels({ "\u{1f600}": "1" }, { "\u{ff21}": "1" })).toBeGreaterThan(0);
  expect(compareLabels({ a: "1", "\u{1f600}": "1", "\u{ff21}": "2" }, { a: "1", "\u{1f600}": "2", "\u{ff21}": "1" })).toBeGreaterThan(0);
});

test("series of a range and sort_by_label have it; whole numbers compare as numbers as long as 64 bits hold them", () => {
  const values = (query: string, range: boolean, ...series: readonly string[]): readonly (string | undefined)[] => {
    const params = range ? { startMs: 0, endMs: 60_000, stepMs: 60_000 } : at(0);
    const result = ask(storageOf(60_000, ...series), query, params);
    if (typeof result === "string" || result.value.type === "scalar" || result.value.type === "string") throw new Error("no series");
    return (result.value.type === "matrix" ? result.value.series : result.value.samples).map(({ labels }) => labels["l"]);
  };
  const odd = ['m{l="\u{1f600}"} 1', 'm{l="\u{ff21}"} 1', 'm{l="b"} 1'];
  expect(values("m", true, ...odd)).toEqual(["b", "\u{ff21}", "\u{1f600}"]);
  expect(values('sort_by_label(m, "l")', false, ...odd)).toEqual(["b", "\u{ff21}", "\u{1f600}"]);
  expect(values('sort_by_label_desc(m, "l")', false, ...odd)).toEqual(["\u{1f600}", "\u{ff21}", "b"]);
  const long = ['m{l="v9007199254740993"} 1', 'm{l="v9007199254740992"} 1', 'm{l="v9"} 1'];
  expect(values('sort_by_label(m, "l")', false, ...long)).toEqual(["v9", "v9007199254740992", "v9007199254740993"]);
});
