import { expect, test } from "vitest";
import { compileMatcher, matchesLabels } from "@sightline/shared/promql/matchers";

const matches = (value: string, text: string): boolean => matchesLabels([{ name: "l", op: "=~", value }], { l: text });

test("expressions are anchored at both ends", () => {
  expect([
    matches("ab", "abc"),
    matches("ab.*", "abc"),
    matches(".*b", "ab"),
    matches("a|abc", "abc"),
    matches("(a|b)c", "bc"),
    matches("a.+", "a"),
  ]).toEqual([false, true, true, true, true, false]);
});

test("an absent label is the empty string", () => {
  expect(
    matchesLabels(
      [
        { name: "x", op: "=", value: "" },
        { name: "y", op: "!=", value: "1" },
      ],
      {},
    ),
  ).toBe(true);
  expect(matchesLabels([{ name: "x", op: "=~", value: ".+" }], {})).toBe(false);
});

test("a dot matches a line break, as in Prometheus", () => {
  expect([matches("a.b", "a\nb"), matches("a.*", "a\nb")]).toEqual([true, true]);
});

test("an expression that would backtrack for ever is linear, and a malformed one is an error", () => {
  expect(matches("(a+)+b", "a".repeat(2000))).toBe(false);
  expect(compileMatcher({ name: "l", op: "=~", value: "(" }).ok).toBe(false);
});
