import type { Matcher } from "@sightline/shared/model/matcher";
import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import type { Pace, Stepwise } from "@sightline/shared/promql/evaluation/pace";
import type { PacedMatcher } from "@sightline/shared/promql/matchers";
import { matcherPredicate } from "./matcher-predicate.ts";
import { lowerBound } from "./posting-lists.ts";

/** What matching needs to know of label sets; a value is known by its number. */
export interface LabelIndex {
  /** One past the highest number of a value. */
  readonly valueEnd: number;
  has(ref: number): boolean;
  valueCount(name: string): number;
  /** The number of every value of a label; they may come and go while they are walked. */
  valuesOf(name: string): Iterable<number>;
  text(id: number): string;
  /** The series with a value, ascending. */
  refsWith(id: number): readonly number[];
  appendRefs(into: number[], id: number): void;
  refsOf(name: string, value: string): readonly number[];
  /** Which value of a label a series has, -1 for one that has none. */
  valueAt(ref: number, name: string): number;
}

/** Series from which it is worth remembering what a matcher said of a value. */
const MANY = 1024;
const YES = 1;
const NO = 2;

/** Refs that satisfy every matcher, ascending. Failures `bad_data`, and `empty_selector` when every matcher allows the empty value. */
export function* matchSeries(index: LabelIndex, matchers: readonly Matcher[], pace: Pace): Stepwise<Result<readonly number[]>> {
  const equalities: (readonly number[])[] = [];
  const others: Choice[] = [];
  const filters: Choice[] = [];
  for (const matcher of matchers) {
    const compiled = matcherPredicate(matcher);
    if (!compiled.ok) return compiled;
    const { name, equals, matchesEmpty, matches, inSteps, size, values } = compiled.value;
    if (size !== null && size.instructions > SMALL && pace.spend(size.instructions * COMPILE_NS)) yield;
    const choice = {
      name,
      matches: inSteps ?? matches,
      values,
      valueNs: FILTER_NS + (size === null ? 0 : matcher.value.length * CHARACTER_NS),
    };
    if (matchesEmpty) filters.push(choice);
    else if (equals === null) others.push(choice);
    else equalities.push(index.refsOf(name, equals));
  }
  // The fewest first: what they leave is looked up in the longer lists, and no list is gone through that need not be.
  equalities.sort((a, b) => a.length - b.length);
  let found: readonly number[] | null = null;
  for (const list of equalities) found = found === null ? list : intersect(found, list);
  if (found?.length === 0) return ok([]);
  for (const choice of others) {
    const named = yield* refsNamed(index, choice, found?.length ?? Infinity, pace);
    if (named !== null) {
      found = found === null ? named : intersect(found, named);
      if (found.length === 0) return ok([]);
      continue;
    }
    if (found !== null && found.length <= index.valueCount(choice.name)) {
      filters.push(choice);
      continue;
    }
    let among: readonly number[] = [];
    let gathered: number[] | null = null;
    // What changes meanwhile is another series more or less; values are walked as they are then.
    for (const id of index.valuesOf(choice.name)) {
      const verdict = choice.matches(index.text(id), pace);
      if (typeof verdict === "boolean" ? verdict : yield* verdict) {
        if (among.length === 0) among = index.refsWith(id);
        else index.appendRefs((gathered ??= [...among]), id);
      }
      if (pace.spend(choice.valueNs)) yield;
    }
    const united = gathered === null ? among : ascending(gathered);
    if (pace.spend(united.length * FILTER_NS)) yield;
    found = found === null ? united : intersect(found, united);
    if (found.length === 0) return ok([]);
  }
  if (found === null) return fail("empty_selector", "a selector needs at least one matcher that does not match the empty string");
  if (filters.length === 0) return ok(found);
  const kept: number[] = [];
  const many = found.length >= MANY;
  const verdicts = filters.map(({ name, matches }) => verdictOf(index, name, matches, many, pace));
  const filterNs = filters.reduce((sum, { valueNs }) => sum + valueNs, FILTER_NS);
  for (const ref of found.slice()) {
    let isKept = index.has(ref);
    for (let i = 0; isKept && i < verdicts.length; i++) {
      const verdict = (verdicts[i] as Verdict)(ref);
      isKept = typeof verdict === "boolean" ? verdict : yield* verdict;
    }
    if (isKept) kept.push(ref);
    if (pace.spend(filterNs)) yield;
  }
  return ok(kept);
}

/** The series with a value that a matcher names; null where it names none, or more of either than there are series to look at. */
function* refsNamed(index: LabelIndex, { name, values }: Choice, most: number, pace: Pace): Stepwise<readonly number[] | null> {
  if (values === null || values.size > Math.min(most, index.valueCount(name))) return null;
  const refs: number[] = [];
  for (const value of values) {
    const own = index.refsOf(name, value);
    if (refs.length + own.length > most) return null;
    for (const ref of own) refs.push(ref);
    if (pace.spend(FILTER_NS + own.length * REF_NS)) yield;
  }
  return ascending(refs);
}

type Verdict = (ref: number) => boolean | Stepwise<boolean>;

/** Whether a matcher takes a series; of very many what it said of a value is remembered, as a series that has it keeps its number. */
function verdictOf(index: LabelIndex, name: string, matches: PacedMatcher, many: boolean, pace: Pace): Verdict {
  const said = many ? new Uint8Array(index.valueEnd) : null;
  const keep = (id: number, verdict: boolean): boolean => {
    if (said !== null && id < said.length) said[id] = verdict ? YES : NO;
    return verdict;
  };
  function* kept(id: number, verdict: Stepwise<boolean>): Stepwise<boolean> {
    return keep(id, yield* verdict);
  }
  return (ref) => {
    const id = index.valueAt(ref, name);
    const known = id < 0 ? undefined : said?.[id];
    if (known === YES || known === NO) return known === YES;
    const verdict = matches(id < 0 ? "" : index.text(id), pace);
    if (id < 0) return verdict;
    return typeof verdict === "boolean" ? keep(id, verdict) : kept(id, verdict);
  };
}

/** What a label's value must be, and what it costs to look at one, ns. */
interface Choice {
  readonly name: string;
  readonly matches: PacedMatcher;
  /** All that it may be, where these are named. */
  readonly values: ReadonlySet<string> | null;
  readonly valueNs: number;
}

/** To look at one value, of which the text may have to be made, and for each character of an expression. */
const FILTER_NS = 150;
const CHARACTER_NS = 15;
/** To take over a series of a list and to put it in order. */
const REF_NS = 30;

/** Instructions up to which the compiler is soon done, and what it took for one, ns. */
const SMALL = 500;
const COMPILE_NS = 3000;

/** Refs of several values as one list: as it is when series came in the order of their values. */
function ascending(refs: readonly number[]): readonly number[] {
  for (let i = 1; i < refs.length; i++) if ((refs[i] as number) < (refs[i - 1] as number)) return Array.from(Int32Array.from(refs).sort());
  return refs;
}

/** Times shorter from which a list is looked up in the other one, rather than walked beside it. */
const MUCH_SHORTER = 16;

function intersect(a: readonly number[], b: readonly number[]): number[] {
  if (a.length * MUCH_SHORTER < b.length) return a.filter((ref) => b[lowerBound(b, ref)] === ref);
  const both: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const x = a[i] as number;
    const y = b[j] as number;
    if (x === y) both.push(x);
    if (x <= y) i++;
    if (y <= x) j++;
  }
  return both;
}
