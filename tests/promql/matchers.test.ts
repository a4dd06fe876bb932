import { expect, test } from "vitest";
import { compileMatcher, matcherShape, matchesLabels } from "@sightline/shared/promql/matchers";
import { namedTexts } from "@sightline/shared/promql/plain-expressions";
import { compileExpression } from "@sightline/shared/re2/compile-expression";

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

test("signs that are escaped, as Grafana sends the values of a variable, need no automaton", () => {
  const signs = Array.from("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");
  const hosts = Array.from({ length: 3000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
  const escaped = hosts.map((host) => host.replaceAll(".", "\\."));
  for (const [expression, texts] of [
    ["10\\.0\\.0\\.7:9100", ["10.0.0.7:9100"]],
    [escaped.join("|"), hosts],
    [`(${escaped.join("|")}):9100`, hosts.map((host) => `${host}:9100`)],
    ["web-(?:a|b\\+|)\\.x", ["web-a.x", "web-b+.x", "web-.x"]],
    [signs.map((sign) => `\\${sign}`).join("|"), signs],
    ["a\\|b||\\\\|c", ["a|b", "", "\\", "c"]],
    ["()", [""]],
  ] as const) {
    expect([...(namedTexts(expression) ?? [])]).toEqual(texts);
    expect(matcherShape({ name: "l", op: "=~", value: expression })).toMatchObject({ size: null, values: new Set(texts) });
    expect(matcherShape({ name: "l", op: "!~", value: expression })).toMatchObject({ size: null, values: null });
  }
  for (const value of ["web-.*", ".*\\.example\\.com", ".+\\.x.*"]) expect(matcherShape({ name: "l", op: "=~", value }).size).toBeNull();
  for (const value of ["a\\d", "a|b.", "(a|b)(c|d)", "(?i:a|b)", "a{2}", "\\Qa\\E"])
    expect(matcherShape({ name: "l", op: "=~", value })).toMatchObject({ size: expect.anything(), values: null });
});

test("what needs no automaton is what one would match", () => {
  const texts = ["", "a", "b", "ab", "a.b", "axb", "a|b", ".", "x.y", "xa.b", "a.by", "\\", "a\nb", "(a)", "ba", "bca"];
  const expressions = [
    "a\\.b",
    "a|b",
    "(a|b)",
    "a(?:b|)",
    "b(|c)a",
    ".*\\.b",
    "a\\..*",
    ".+\\..+",
    ".*a.+",
    ".+",
    ".*",
    "a\\|b|\\(a\\)",
    "\\\\",
    "",
    "()",
  ];
  for (const value of expressions) {
    const compiled = compileExpression(`^(?s:${value})$`);
    if (!compiled.ok) throw new Error(compiled.error.message);
    expect(matcherShape({ name: "l", op: "=~", value }).size).toBeNull();
    const wanted = texts.filter((text) => compiled.value.re.matcher(text).find());
    expect(
      texts.filter((text) => matches(value, text)),
      value,
    ).toEqual(wanted);
    expect(
      texts.filter((text) => matchesLabels([{ name: "l", op: "!~", value }], { l: text })),
      value,
    ).toEqual(texts.filter((text) => !wanted.includes(text)));
  }
});
