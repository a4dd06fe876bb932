import fc from "fast-check";
import { expect, test } from "vitest";
import { FormFields } from "../../worker/src/http/form-text.ts";

const piece = fc.oneof(
  fc.constantFrom(
    "a",
    "b",
    "query",
    "=",
    "&",
    "+",
    "%",
    "%2",
    "%zz",
    "%26",
    "%3D",
    "%2B",
    "%00",
    "%C3%A9",
    "%e2%82%ac",
    "é",
    "?",
    "#",
    " ",
  ),
  fc.string({ maxLength: 3 }),
  fc.string({ maxLength: 3, unit: "grapheme" }).map(encodeURIComponent),
);
const NAMES = ["a", "b", "query", "", "é", "a b", "?"];

test("fields are read as URLSearchParams reads them", () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      // It takes a question mark at the beginning away, which is a name's first letter here.
      const text = `_=&${pieces.join("")}`.toWellFormed();
      const wanted = new URLSearchParams(text);
      // Pieces may make an escape of bytes that are no text, which is refused.
      fc.pre(![...wanted].flat().join().includes("\ufffd"));
      const got = FormFields.of(text);
      for (const name of new Set([...NAMES, ...wanted.keys()])) {
        expect(got.get(name)).toBe(wanted.get(name));
        expect(got.all(name)).toEqual(wanted.getAll(name));
      }
    }),
    { numRuns: 5000, seed: 3 },
  );
});

test.each(["a=%ff", "%c3=1", "a=1&b=%zz%C3", "a=%ED%A0%80", "a=%e2%82&b=%ac"])(
  "escaped bytes that are not UTF-8 are refused: %s",
  (text) => {
    expect(() => FormFields.of(text)).toThrow(/which is not UTF-8/);
  },
);
