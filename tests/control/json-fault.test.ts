import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findJsonFault } from "../../worker/src/http/json-fault.ts";

const accepts = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe("where a text stops being JSON", () => {
  it.each([
    ['{"a":', 5, "a"],
    ['{"a":NaN}', 5, "a"],
    ['{"metrics":[{"value":1},{"value":-Infinity}]}', 33, "metrics[1].value"],
    ["[1,2,,3]", 5, "[2]"],
    ['{"a":01}', 5, "a"],
    ['{"a":1} x', 8, ""],
    ["", 0, ""],
  ])("%s at %i in %s", (text, offset, path) => {
    expect(findJsonFault(text)).toEqual({ offset, path });
  });

  it("agrees with JSON.parse on whether there is a fault at all", () => {
    fc.assert(fc.property(fc.json(), (text) => findJsonFault(text) === null));
    const broken = fc.tuple(fc.json(), fc.nat(), fc.constantFrom("", ",", "}", "x", '"', "-", "NaN")).map(([text, at, piece]) => {
      const cut = at % (text.length + 1);
      return text.slice(0, cut) + piece + text.slice(cut + 1);
    });
    fc.assert(
      fc.property(broken, (text) => (findJsonFault(text) === null) === accepts(text)),
      { numRuns: 1000 },
    );
  });
});
