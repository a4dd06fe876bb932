/** Regular expressions are bounded before they are compiled, as nothing stops a compiler. */
import { parseQuery } from "@sightline/shared/promql/engine";
import { compileMatcher } from "@sightline/shared/promql/matchers";
import { budgetOf, parseMetricSelector } from "@sightline/shared/promql/parse/metric-selector";
import { compileExpression } from "@sightline/shared/re2/compile-expression";
import { expressionSize } from "@sightline/shared/re2/expression-size";
import { Patterns } from "@sightline/shared/template/patterns";
import { describe, expect, test } from "vitest";
import { ask, at, storageOf } from "./engine-support.ts";

const refusal = (query: string): string => {
  const parsed = parseQuery(query);
  return parsed.ok ? "" : parsed.error.message;
};

const alternatives = (each: (i: number) => string): string => Array.from({ length: 3000 }, (_, i) => each(i)).join("|");

const ORDINARY = [
  "api-[0-9]+",
  ".*[.]example[.](com|org)",
  "(?i:prod|staging)-.+",
  "(?P<zone>[a-z]{2})-(\\d{1,3}\\.){3}\\d{1,3}(:\\d+)?",
  "[\\p{L}\\p{N}]{1,63}(\\.[a-z0-9-]{1,63}){1,8}",
  "((a|bc){2,5}|d{3}){4}",
  "[]x^]{3}[^\\]]*?[[:alpha:]\\-]+",
  "\\Qa.b(c\\E{2}|\\x{1F600}{3}|\\bz\\b",
  "a{,3}{|b{x}",
];

test("what an expression is said to come to is what its program has, or more", () => {
  for (const expression of ORDINARY) {
    const compiled = compileExpression(`^(?s:${expression})$`);
    expect(compiled.ok && compiled.value.re.programSize(), expression).toBeLessThanOrEqual(expressionSize(expression).instructions + 4);
  }
});

describe("an expression", () => {
  for (const [name, expression] of Object.entries({
    "that repeats all letters": "\\pL{1000}".repeat(10),
    "that repeats them within groups": "((?:\\p{L}x){30}){30}",
    "of very many classes of all letters": "\\pL".repeat(6000),
    "that repeats what may be absent": ".{0,1000}".repeat(10),
    "of very much that may be absent": ".?".repeat(20_000),
    "that repeats a class with many ranges": `[${Array.from({ length: 600 }, (_, i) => String.fromCharCode(0x4000 + 2 * i)).join("")}]{1000}`,
    "that folds very many characters": `(?i)${"[b-\\x{1e900}]".repeat(100)}`,
    "without an end": "(\\pL{1000}[",
  }))
    test(`${name} is refused before it is compiled, with the limit's name`, () => {
      const compiled = compileMatcher({ name: "l", op: "=~", value: expression });
      expect(compiled.ok ? "" : `${compiled.error.code}: ${compiled.error.message}`).toMatch(
        /^limit: the regular expression comes to \d+ instructions .* maxExpressionSize is \d+ /,
      );
    });

  test("that folds escaped signs is taken: no range begins at an escaped dash", () => {
    for (const expression of ["(?i)[a-z0-9\\-\\.]{1,63}", "(?i)[\\w\\-\\.]{8}", "(?i)[a-z\\-é]{63}"])
      expect(expressionSize(expression).instructions).toBeLessThan(200);
    expect(expressionSize("(?i)[b-\\x{1e900}]").instructions).toBeGreaterThan(2000);
  });

  test("of any length is taken where little repeats", () => {
    const long = [
      alternatives((i) => `10\\.1\\.${i >> 8}\\.${i & 255}:9100`),
      `(${alternatives((i) => `web-${i}`)}):.*`,
      alternatives((i) => `web-${i}.*`),
    ];
    for (const expression of [...ORDINARY, ...long])
      expect(compileMatcher({ name: "l", op: "=~", value: expression })).toMatchObject({ ok: true });
  });
});

test("the expressions of a query are bounded together, whatever its form; one that stands there often counts once", () => {
  const selector = (i: number): string => `g{job=~"\\\\pL{${i}}"}`;
  const many = Array.from({ length: 60 }, (_, i) => selector(i + 1));
  const refused = /^1:\d+: parse error: the regular expressions come to \d+ instructions .* maxExpressionSize is \d+ /;
  expect(refusal(many.slice(0, 30).join(" or "))).toBe("");
  expect(refusal(many.join(" or "))).toMatch(refused);
  expect(refusal(`sum(${many.join(") + sum(")})`)).toMatch(refused);
  expect(refusal(`g{${many.map((_, i) => `l${i}!~"\\\\pL{${i + 1}}"`).join(",")}}`)).toMatch(refused);
  expect(refusal(Array.from({ length: 300 }, () => selector(60)).join(" or "))).toBe("");
  const together = budgetOf(many);
  expect(many.map((text) => parseMetricSelector(text, together).ok).indexOf(false)).toBeGreaterThan(30);
});

test("label_replace and templates hold no larger ones either", () => {
  const large = "\\pL{1000}";
  expect(ask(storageOf(1000, "m 1"), `label_replace(m, "a", "", "b", "\\\\pL{1000}")`, at(0))).toMatch(
    /^limit: label_replace\(\): the regular expression comes to \d+ instructions .* maxExpressionSize/,
  );
  expect(() => new Patterns().replaceAll(large, "", "text")).toThrow("the limit maxExpressionSize");
});
