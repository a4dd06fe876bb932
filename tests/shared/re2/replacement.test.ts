import { compileExpression } from "@sightline/shared/re2/compile-expression";
import { Replacement } from "@sightline/shared/re2/replacement";
import { Patterns } from "@sightline/shared/template/patterns";
import { expect, test } from "vitest";

const TEXT = "aaa";

/** As Prometheus 2.42 answers `label_replace(…, "d", replacement, "s", "(?P<n>a+)")` of "aaa". */
test.each([
  ["$1|${1}|$n|${n}|$0", "aaa|aaa|aaa|aaa|aaa"],
  ["$$1 $ ${1 $- ${}", "$1 $ ${1 $- ${}"],
  ["$1x|${1}x|$2|$9999999999", "|aaax||"],
  ["X$é", "X"],
  ["a$日b", "a"],
  ["${é}|$ñ1|${1é}|$٣", "|||"],
  ["$01|${00}|$n-", "||aaa-"],
])("%s becomes %s", (replacement, replaced) => {
  const compiled = compileExpression("^(?P<n>a+)$");
  if (!compiled.ok) throw new Error(compiled.error.message);
  const replaces = new Replacement(replacement, compiled.value);
  const ends = replaces.groups.flatMap((group) => (group <= 1 ? [0, TEXT.length] : [-1, -1]));
  expect(replaces.textsFor(TEXT, ends).join("")).toBe(replaced);
});

/** As Prometheus 2.42 answers; of several groups of one name the first counts that took part. */
test.each([
  ["(?P<n>.)(?P<n>.).*", "$n|$1|$2", "ab", "a|a|b"],
  ["(?P<n>x)?(?P<m>.)(?P<n>.)", "$n|${m}", "ab", "b|a"],
  ["(?P<n>x)|(?P<n>y)|z", "<$n>", "z", "<>"],
  ["[(?P<n>]+(?P<n>.)", "$n", "<a", "a"],
])("%s with one name twice: %s of %s", (expression, replacement, text, replaced) => {
  expect(new Patterns().replaceAll(`^(?:${expression})$`, replacement, text)).toBe(replaced);
});

test("what is wrong with an expression that has a name twice is told in its own words", () => {
  expect(compileExpression("(?P<g>.)(?P<g>(")).toMatchObject({
    error: { message: "error parsing regexp: missing closing ): `(?P<g>.)(?P<g>(`" },
  });
});
