import { expect, test } from "vitest";
import { parseQuery } from "@sightline/shared/promql/engine";
import { shortenChains } from "@sightline/shared/promql/parse/long-chains";
import { lexQuery } from "@sightline/shared/promql/parse/prometheus-lexer";

const errorOf = (text: string, experimentalFunctions = false): string => {
  const parsed = parseQuery(text, { experimentalFunctions });
  return parsed.ok ? "parsed" : `${parsed.error.code} ${parsed.error.message}`;
};

test("errors say line, column and what was wrong, in Prometheus's words", () => {
  expect(errorOf("foo(bar)")).toBe('bad_data 1:1: parse error: unknown function with name "foo"');
  expect(errorOf("sum(a")).toBe("bad_data 1:6: parse error: unclosed left parenthesis");
  expect(errorOf("rate(a)")).toBe('bad_data 1:6: parse error: expected type range vector in call to function "rate", got instant vector');
  expect(errorOf("1 == 1")).toBe("bad_data 1:3: parse error: comparisons between scalars must use BOOL modifier");
  expect(errorOf("a and 1")).toBe('bad_data 1:1: parse error: set operator "and" not allowed in binary scalar expression');
  expect(errorOf('{x=""}')).toBe("bad_data 1:1: parse error: vector selector must contain at least one non-empty matcher");
  expect(errorOf("a\n  + rate(b)")).toMatch(/^bad_data 2:10: /);
  expect(errorOf("")).toBe("bad_data unknown position: parse error: no expression found in input");
});

test("experimental functions need their flag", () => {
  expect(errorOf("mad_over_time(a[5m])")).toBe('bad_data 1:1: parse error: function "mad_over_time" is not enabled');
  expect(errorOf("mad_over_time(a[5m])", true)).toBe("parsed");
  expect(errorOf("limitk(1, a)")).toContain("must be enabled");
  // No experiment since Prometheus 3.14.
  expect(errorOf("first_over_time(a[5m])")).toBe("parsed");
});

test("a query nested beyond sense is refused, not a crash", () => {
  expect(errorOf(`${"(".repeat(2000)}1${")".repeat(2000)}`)).toContain("nests deeper");
});

test("numbers come in all of PromQL's spellings", () => {
  const valueOf = (text: string): number | undefined => {
    const parsed = parseQuery(text);
    return parsed.ok && parsed.value.kind === "number" ? parsed.value.value : undefined;
  };
  expect([".5", "2.", "1e3", "0x1F", "1_000", "5m", "1h30m", "Inf"].map(valueOf)).toEqual([0.5, 2, 1000, 31, 1000, 300, 5400, Infinity]);
});

test("a query that is too long, nests too deep or is full of mistakes is refused by its first fault, and fast", () => {
  const refusal = (text: string): string => {
    const parsed = parseQuery(text, { experimentalFunctions: true });
    return parsed.ok ? "" : parsed.error.message;
  };
  expect(refusal("1+".repeat(500_000) + "1")).toContain("the limit maxQueryLength is 65536");
  for (const text of ["(".repeat(30_000) + "1" + ")".repeat(30_000), "-".repeat(60_000) + "1", "2^".repeat(30_000) + "2"])
    expect(refusal(text)).toBe("the query nests deeper than 200 levels: the limit maxQueryDepth is 200");
  expect(refusal("(".repeat(60_000))).toContain("parse error: unclosed left parenthesis");
  expect(refusal("up + ".repeat(10_000) + "] ".repeat(5000))).toBe("1:50001: parse error: unexpected right bracket ']'");
  expect(refusal("] ".repeat(30_000))).toBe("1:1: parse error: unexpected right bracket ']'");
  const long = `x{a=~"${"b|".repeat(3000)}"}`;
  expect(refusal(`${long} + ] + y`)).toBe(`1:${long.length + 4}: parse error: unexpected right bracket ']'`);
  expect(refusal(`sum(${Array.from({ length: 150 }, () => "vector(min_of(1, 2))").join(" or ")})`)).toBe("");
});

test("digits without end are read once, wherever a number may stand", () => {
  // Read anew from each of their digits, these fifty took one to two seconds each.
  for (let digit = 0; digit < 10; digit++) {
    const digits = String(digit).repeat(60_000);
    for (const text of [`0.${digits}`, `m + 1.${digits}`]) expect(errorOf(text)).toBe("parsed");
    for (const text of [`1${digits}`, `m[1${digits}]`, `m offset 1${digits}`]) expect(errorOf(text)).toContain("value out of range");
  }
});

test("a row of powers nests as they group, and is refused before it is parsed", () => {
  const parsesNothing = (): never => {
    throw new Error("was parsed");
  };
  for (const power of [" -1^", " on (a) -1^", "1^-"]) {
    for (const text of [`2${power.repeat(5000)}1`, `2 * (2${power.repeat(5000)}1) + 1`]) {
      expect(() => shortenChains(text, lexQuery(text).tokens, parsesNothing), text.slice(0, 20)).toThrow("nests deeper than 200 levels");
      expect(errorOf(text)).toContain("nests deeper than 200 levels");
    }
  }
  expect(errorOf(`2${"^-1".repeat(150)}`)).toBe("parsed");
});

test("a metric may be named offset, as in Prometheus, and is told from the modifier by its place", () => {
  for (const text of ["offset", 'offset{a="b"}', "offset offset 5m", "sum(offset) by (a)", "rate(offset[5m])", "-offset", "foo + offset"])
    expect(errorOf(text), text).toBe("parsed");
  for (const text of [
    "offset and offset",
    "foo > bool offset",
    "offset > offset offset 5m",
    "foo and offset offset 5m",
    "foo # offset\n offset 5m",
  ])
    expect(errorOf(text), text).toBe("parsed");
  const parsed = parseQuery("foo + OFFSET OFFSET 5m");
  expect(parsed).toMatchObject({ ok: true, value: { right: { name: "OFFSET", offset: 300_000 } } });
  expect(errorOf("foo offset offset")).toMatch(/^bad_data 1:12: parse error: unexpected <offset> in offset/);
});

test("a number beyond all floats is none", () => {
  const range = (digits: string): string =>
    `parse error: error parsing number: strconv.ParseFloat: parsing "${digits}": value out of range`;
  expect(errorOf("1e309")).toBe(`bad_data 1:1: ${range("1e309")}`);
  expect(errorOf("foo > -1E400")).toBe(`bad_data 1:8: ${range("1E400")}`);
  expect(errorOf("1e308 * 10")).toBe("parsed");
});

test("a metric's name is given once before the braces, and within them as often as any label", () => {
  expect(errorOf('{"x", __name__="y"}')).toBe("parsed");
  expect(errorOf('{"x", "y"}')).toBe("parsed");
  expect(errorOf('{"x", __name__=~"x|y"}')).toBe("parsed");
  expect(errorOf('x{"y"}')).toMatch(/must not be set twice: "x" or "y"$/);
  expect(errorOf('info(x, {"target_info"})', true)).toBe("parsed");
  expect(errorOf("info(x, target_info)", true)).toContain("expected label selectors only");
});

test("a quoted string may be as long as a query, with an escape in it, too", () => {
  for (const [piece, times, value] of [
    ["名", 60_000, "名"],
    ["a", 60_000, "a"],
    ["\\u540d", 10_000, "名"],
  ] as const)
    expect(parseQuery(`"${piece.repeat(times)}\\n"`)).toMatchObject({ ok: true, value: { value: `${value.repeat(times)}\n` } });
  expect(errorOf(`x{a="${"名".repeat(60_000)}\\n"}`)).toBe("parsed");
});
