/** What a query puts together in labels is bounded before it is put together. */
import { parseQuery } from "@sightline/shared/promql/engine";
import { evaluateInSlices } from "@sightline/shared/promql/slices";
import { describe, expect, test } from "vitest";
import { ask, at, storageOf, vector } from "./engine-support.ts";

const none = storageOf(1000);

/** `expr` in so many calls of `around`. */
function nested(times: number, expr: string, around: (inner: string) => string): string {
  let query = expr;
  for (let i = 0; i < times; i++) query = around(query);
  return query;
}

const SEED = 'label_replace(vector(1), "a", "xx", "", "")';
const replaced = (inner: string): string => `label_replace(${inner}, "a", "$1$1", "a", "(.*)")`;
const joined = (inner: string): string => `label_join(${inner}, "a", "", "a", "a")`;
const five = (label: string): string => `label_join(${label}, "a", "", ${Array.from({ length: 5000 }, () => '"a"').join(", ")})`;

describe("a query that makes a label's value longer and longer", () => {
  const refused = /^limit: label "a" would get a value of \d+ characters: the limit maxLabelValueLength is 16384; /;
  for (const [name, query] of Object.entries({
    "by doubling it with label_replace forty times": nested(40, SEED, replaced),
    "by doubling it with label_join forty times": nested(40, SEED, joined),
    "by joining five thousand sources twice": five(five(SEED)),
    "by naming a group five thousand times": `label_replace(${SEED}, "a", "${"$1".repeat(9000)}", "a", "(.*)")`,
  }))
    test(`${name} is refused with the limit's name`, () => expect(ask(none, query, at(0))).toMatch(refused));

  test("has what fits: thirteen doublings of two characters", () => {
    const found = vector(none, nested(13, SEED, replaced), 0);
    expect(Object.keys(found)).toEqual([`a=${"x".repeat(16_384)}`]);
    expect(ask(none, nested(14, SEED, replaced), at(0))).toMatch(/would get a value of 32768 characters/);
  });
});

describe("a query over many series", () => {
  const many = storageOf(1000, ...Array.from({ length: 3000 }, (_, i) => `m{i="${i}"} 1`));

  test("may not put a long value on each of them", () => {
    const query = `label_replace(m, "a", "${"x".repeat(12_000)}", "", "")`;
    expect(ask(many, query, at(0))).toMatch(
      /^limit: the query would put together labels of more than 32000000 characters: .* maxLabelsLength/,
    );
  });

  test("nor a long name, on which keys are made as well", () => {
    expect(ask(many, `label_replace(m, "${"n".repeat(12_000)}", "x", "", "")`, at(0))).toMatch(/maxLabelsLength/);
    expect(ask(many, `count_values by (i) ("${"n".repeat(12_000)}", m)`, at(0))).toMatch(/maxLabelsLength/);
  });

  test("may relabel them three times with values as long as a stored one may be", () => {
    const query = nested(3, "m", (inner) => `label_replace(${inner}, "a", "${"x".repeat(1024)}", "", "")`);
    expect(ask(many, query, at(0))).toMatchObject({ value: { type: "vector" } });
  });
});

describe("an expression at very many places at once", () => {
  const long = storageOf(1000, `m{a="${"x".repeat(1023)}"} 1`);
  const replace = (replacement: string): string => `label_replace(m, "b", "${replacement}", "a", "${"(x?)".repeat(2000)}")`;

  test("is held against a long value in steps, and only groups that are named are followed", () => {
    const parsed = parseQuery(replace("$2$1023$1024$2001"));
    if (!parsed.ok) throw new Error(parsed.error.message);
    const evaluation = evaluateInSlices(parsed.value, at(0), long.select);
    let stops = 0;
    let step = evaluation.next();
    for (; step.done !== true; step = evaluation.next()) stops++;
    expect(stops).toBeGreaterThan(4);
    expect(step.value).toMatchObject({ ok: true, value: { value: { samples: [{ labels: { b: "xx" } }] } } });
  });

  test("of which all groups are named is refused with the limit's name", () => {
    const all = Array.from({ length: 2000 }, (_, i) => `$${i + 1}`).join("");
    expect(ask(long, replace(all), at(0))).toMatch(
      /^limit: label_replace\(\): 2000 groups would be followed through \d+ instructions: .* maxGroupPlaces; /,
    );
  });
});

test("groups are put in by number and by name, and dollars stand for themselves", () => {
  const storage = storageOf(1000, 'm{from="api-7"} 1');
  const query = 'label_replace(m, "to", "${name}/$2/$$1/${none}$9.", "from", "(?P<name>[a-z]+)-([0-9]+)")';
  expect(vector(storage, query, 0)).toEqual({ "__name__=m,from=api-7,to=api/7/$1/.": 1 });
});
