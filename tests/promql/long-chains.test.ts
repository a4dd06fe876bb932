import { describe, expect, it } from "vitest";
import type { QueryParams, Select } from "@sightline/shared/promql/api";
import { evaluate, parseQuery } from "@sightline/shared/promql/engine";
import { astJson } from "@sightline/shared/promql/format/ast-json";
import { printExpr } from "@sightline/shared/promql/format/print";
import { treeDepth } from "@sightline/shared/promql/format/tree-depth";
import { nodesOf, selectorsIn } from "@sightline/shared/promql/editor/selectors";
import { compileSeriesProgram } from "@sightline/shared/rules/streaming/compile";
import { presenceForm, withRecoveryThreshold } from "@sightline/shared/rules/expression-forms";

const INSTANT: QueryParams = { startMs: 600_000, endMs: 600_000, stepMs: 0 };
const times = (n: number, term: string | ((i: number) => string), between: string): string =>
  Array.from({ length: n }, (_, i) => (typeof term === "string" ? term : term(i))).join(between);

/** Ten series of 1, with `x` from 0 to 9. */
const select: Select = () =>
  Array.from({ length: 10 }, (_, i) => ({
    labels: { __name__: "a", x: String(i) },
    timestamps: Float64Array.of(590_000),
    values: Float64Array.of(1),
  }));

function parsed(text: string) {
  const result = parseQuery(text, { experimentalFunctions: true });
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function answer(text: string, params = INSTANT): number | readonly number[] {
  const result = evaluate(parsed(text), params, select);
  if (!result.ok) throw new Error(result.error.message);
  const { value } = result.value;
  if (value.type === "scalar") return value.value;
  return value.type === "vector" ? value.samples.map((sample) => sample.value) : [];
}

describe("a row of thousands of operations", () => {
  it("is evaluated from the left", () => {
    expect(answer(times(5000, "a", " + "))).toEqual(Array.from({ length: 10 }, () => 5000));
    expect(answer(times(30_000, "1", "+"))).toBe(30_000);
    expect(answer(`100000 - ${times(10_000, "1", " - ")}`)).toBe(90_000);
    expect(answer(times(3000, (i) => `a{x="${i % 10}"}`, " or "))).toHaveLength(10);
    expect(answer(times(2000, (i) => `a{x="${i % 10}"}`, " or ignoring (y) "))).toHaveLength(10);
    expect(answer(times(2000, "a", " unless "))).toEqual([]);
    const range = { startMs: 600_000, endMs: 640_000, stepMs: 10_000 };
    const matrix = evaluate(parsed(times(5000, "a", " + ")), range, select);
    expect(matrix.ok && matrix.value.value.type === "matrix" && matrix.value.value.series.map(({ values }) => [...values])).toEqual(
      Array.from({ length: 10 }, () => [5000, 5000, 5000, 5000, 5000]),
    );
  });

  it("may be of several operators, whichever binds closer, and stand inside of something", () => {
    expect(answer(`${times(1000, (i) => (i % 2 === 0 ? "1" : "2 * 3"), " + ")} > bool 3499`)).toBe(1);
    expect(answer(`1 + ${times(1000, "2", " * 0.5 * ")} + ${times(1000, "1", " + ")}`)).toBe(1003);
    expect(answer(`sum(${times(1000, "a", " + ")}) + -(${times(999, "1", " + ")})`)).toEqual([9001]);
    expect(answer(`clamp_max(${times(500, "a", " + ")}, ${times(300, "1", " + ")})`)).toEqual(Array.from({ length: 10 }, () => 300));
    expect(answer(times(500, "a offset -5s @ 600 # offset\n", " + "))).toEqual(Array.from({ length: 10 }, () => 500));
    expect(answer(`-${times(500, "2^2", " + -")}`)).toBe(-2000);
  });

  it("has the same tree as a short one of its kind, place by place", () => {
    const text = times(300, (i) => `m${i}{a="(,"} offset ${i + 1}ms`, " or on (a) ");
    const expr = parsed(text);
    expect(printExpr(expr)).toBe(text);
    for (const { name, span } of selectorsIn(expr)) expect(text.slice(span.from, span.to)).toMatch(new RegExp(`^${name}\\{.*ms$`));
    expect(expr.span).toEqual({ from: 0, to: text.length });
    expect([...nodesOf(expr)]).toHaveLength(599);
    expect(treeDepth(expr)).toBe(299);
    expect(JSON.stringify(astJson(expr)).match(/"binaryExpr"/g)).toHaveLength(299);
  });

  it("is refused at the place of its mistake", () => {
    const refusal = (text: string): string => {
      const result = parseQuery(text);
      return result.ok ? "" : result.error.message;
    };
    const row = times(3000, "a", " + ");
    expect(refusal(`${row} + rate(a) + ${row}`)).toBe(
      `1:${row.length + 9}: parse error: expected type range vector in call to function "rate", got instant vector`,
    );
    expect(refusal(`${row} + + * ${row}`)).toContain(`1:${row.length + 6}: parse error: unexpected <op:*>`);
    expect(refusal(`${row} or 1`)).toContain('set operator "or" not allowed in binary scalar expression');
  });

  it("is a rule that is evaluated on its interval", () => {
    const expr = parsed(`${times(2000, "a", " + ")} > 90`);
    expect(compileSeriesProgram(expr)).toBeNull();
    expect(presenceForm(expr)).not.toBeNull();
    expect(printExpr(withRecoveryThreshold(expr, 80) ?? expr)).toMatch(/a >= 80$/);
  });
});
