import fc from "fast-check";
import type { Binary, Expr, VectorMatching } from "@sightline/shared/promql/ast";
import { combineSets } from "@sightline/shared/promql/binary/sets";
import { finish, Pace } from "@sightline/shared/promql/evaluation/pace";
import { type Column, newColumn, putFloat } from "@sightline/shared/promql/evaluation/steps";
import { parseQuery } from "@sightline/shared/promql/engine";
import { expect, test } from "vitest";

const STEPS = 3;

function column(labels: Readonly<Record<string, string>>, values: readonly (number | null)[]): Column {
  const made = newColumn(labels, values.length, false);
  values.forEach((value, step) => {
    if (value !== null) putFloat(made, step, value);
  });
  return made;
}

function binary(text: string): Binary {
  const parsed = parseQuery(text);
  const expr: Expr | null = parsed.ok ? parsed.value : null;
  if (expr?.kind !== "binary") throw new Error(text);
  return expr;
}

const OPERATIONS = ["a or b", "a or on (x) b", "a or ignoring (y) b", "a and b", "a unless on (x) b"].map(binary);

const columns = fc.uniqueArray(
  fc.tuple(
    fc.constantFrom("1", "2", "3"),
    fc.constantFrom("1", "2"),
    fc.array(fc.option(fc.integer()), { minLength: STEPS, maxLength: STEPS }),
  ),
  { maxLength: 4, selector: ([x, y]) => `${x}/${y}` },
);

test("a row of set operations gives what each gives of the result before", () => {
  fc.assert(
    fc.property(columns, fc.array(fc.tuple(fc.constantFrom(...OPERATIONS), columns), { maxLength: 6 }), (first, rest) => {
      const made = (of: typeof first): Column[] => of.map(([x, y, values]) => column({ x, y }, values));
      let inRow: readonly Column[] = made(first);
      let apart: readonly Column[] = inRow;
      for (const [operation, right] of rest) {
        inRow = finish(combineSets(operation, inRow, made(right), STEPS, new Pace(Infinity)));
        // Of a copy nothing is remembered.
        apart = finish(combineSets(operation, [...apart], made(right), STEPS, new Pace(Infinity)));
        expect(inRow).toEqual(apart);
      }
      // What a result was does not change by what is made of it.
      const or = binary("a or b");
      const before = structuredClone(inRow);
      const one = finish(combineSets(or, inRow, made(first), STEPS, new Pace(Infinity)));
      expect(inRow).toEqual(before);
      expect(finish(combineSets(or, inRow, made(first), STEPS, new Pace(Infinity)))).toEqual(one);
    }),
  );
});

/** What `a or b or c …` counts as work, of so many series. */
function workOf(terms: number): number {
  const matching: VectorMatching = { cardinality: "many-to-many", on: false, labels: [], include: [] };
  const or: Binary = { ...binary("a or b"), matching };
  const pace = new Pace(Infinity);
  let spent = 0;
  pace.spend = (ns) => ((spent += ns), false);
  let left: readonly Column[] = [column({ x: "first" }, [1])];
  for (let i = 1; i < terms; i++) left = finish(combineSets(or, left, [column({ x: String(i) }, [i])], 1, pace));
  expect(left).toHaveLength(terms);
  return spent;
}

test("a row of `or` holds each of its terms against the others once, however long it is", () => {
  expect(workOf(800) / workOf(400)).toBeLessThan(2.1);
});
