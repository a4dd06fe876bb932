/** Pike's machine finds what the library finds, in steps of work. */
import { finish, Pace } from "@sightline/shared/promql/evaluation/pace";
import { type CompiledExpression, compileExpression } from "@sightline/shared/re2/compile-expression";
import { PacedSearch } from "@sightline/shared/re2/paced-search";
import { PikeVm } from "@sightline/shared/re2/pike-vm";
import fc from "fast-check";
import { expect, test } from "vitest";

type RE2JS = CompiledExpression["re"];

function compiled(expression: string): RE2JS {
  const result = compileExpression(expression);
  if (!result.ok) throw new Error(result.error.message);
  return result.value.re;
}

const groupsOf = (re: RE2JS): number[] => Array.from({ length: re.groupCount() + 1 }, (_, group) => group);

/** Where all groups of the first match are, as the library says. */
function byLibrary(re: RE2JS, text: string, from: number): number[] | null {
  const matcher = re.matcher(text);
  return matcher.find(from) ? groupsOf(re).flatMap((group) => [matcher.start(group), matcher.end(group)]) : null;
}

const atom = fc.constantFrom(
  "a",
  "b",
  "ab",
  ".",
  "[ab]",
  "[^a]",
  "[0-9a-c_]",
  "\\d",
  "(?i:a)",
  "(?i:[k-s])",
  "é",
  "💥",
  "\\pL",
  "\\b",
  "\\B",
  "^",
  "$",
  "\\A",
  "(?m:^)",
  "(?m:$)",
  "(?s:.)",
  "\\z",
  "",
);
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, depthIdentifier: "expression" },
    atom,
    fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => a + b),
    fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `(${a}|${b})`),
    fc.tuple(tie("expression"), fc.constantFrom("*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}")).map(([a, times]) => `(?:${a})${times}`),
    tie("expression").map((a) => `(${a})`),
  ),
}));
const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "A", "K", "ſ", "_", "1", " ", "\n", "é", "💥", "\ud83d"), maxLength: 12 });

test("the machine finds the same matches and groups as the library, wherever it begins", () => {
  fc.assert(
    fc.property(expression, text, fc.nat(12), (source, subject, begin) => {
      const re = compiled(source);
      const from = Math.min(begin, subject.length);
      const found = finish(new PikeVm(re).search(subject, from, groupsOf(re), new Pace()));
      expect(found === null ? null : [...found]).toEqual(byLibrary(re, subject, from));
      expect(finish(new PikeVm(re).search(subject, from, [], new Pace())) !== null).toBe(found !== null);
    }),
    { numRuns: 3000 },
  );
});

test("groups are found alike where the library is asked and where the machine is", () => {
  const re = compiled("^(?s:(?P<name>[a-z]+)(-|_)*(x?)([0-9]+)|(z*))$");
  for (const subject of ["api-7", "api", "zz", `${"api".repeat(2000)}-${"7".repeat(5000)}`]) {
    const found = finish(new PacedSearch(re).groups(subject, [4, 1, 5], new Pace()));
    const all = byLibrary(re, subject, 0);
    expect(found === null ? null : Array.from(found)).toEqual(
      all === null ? null : [4, 1, 5].flatMap((group) => all.slice(2 * group, 2 * group + 2)),
    );
  }
});

/** The shares of work that a search takes. */
function sharesOf(re: RE2JS, subject: string, groups: readonly number[]): number {
  const search = new PikeVm(re).search(subject, 0, groups, new Pace());
  let shares = 1;
  while (search.next().done !== true) shares++;
  return shares;
}

test("a search at many places at once lets others go first within one text, and costs what it does, not what it might", () => {
  const many = compiled(`^(?s:${"(?:x?)".repeat(2000)})$`);
  expect(sharesOf(many, "x".repeat(1023), [])).toBeGreaterThan(3);
  expect(sharesOf(many, "y".repeat(1023), [])).toBe(1);
  const loop = compiled(`^(?:${Array.from({ length: 2000 }, (_, i) => `[a${String.fromCharCode(0x100 + i)}]`).join("a|")}a)*[yz]$`);
  expect(sharesOf(loop, "a".repeat(1023), [])).toBeGreaterThan(10);
});

test("groups that nobody wants cost nothing, and no more are followed than there is room for", () => {
  const groups = compiled(`^(?s:${"(x?)".repeat(2000)})$`);
  const vm = new PikeVm(groups);
  expect(vm.refusal(10)).toBeUndefined();
  expect(vm.refusal(2000)).toMatch(/^2000 groups would be followed through \d+ instructions: .* maxGroupPlaces; /);
  const [start, end] = finish(vm.search("x".repeat(1023), 0, [1000], new Pace())) ?? [];
  expect([start, end]).toEqual([999, 1000]);
});
