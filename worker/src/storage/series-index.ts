import type { Labels } from "@sightline/shared/model/labels";
import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { Matcher } from "@sightline/shared/model/matcher";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import type { Temporality } from "@sightline/shared/model/sample";
import { finish, Pace, type Stepwise } from "@sightline/shared/promql/evaluation/pace";
import { LabelValues } from "./label-values.ts";
import { matcherPredicate } from "./matcher-predicate.ts";
import { lowerBound, PostingLists } from "./posting-lists.ts";

export interface IndexedSeries {
  readonly ref: number;
  readonly labels: Labels;
  /** Of its metric family, the newest that said anything. */
  readonly metadata: MetricMetadata;
  /** What its sender sends; stored are running totals either way. */
  readonly temporality: Temporality;
}

/**
 * Label set → dense ref (0, 1, 2 …, never used twice), and posting lists for each value of each label. A label set is known
 * by the numbers of its values: looking it up makes no text of its labels, and none is kept. Removed series keep their ref
 * as a hole.
 */
export class SeriesIndex {
  readonly #byKey = new Map<string, number>();
  readonly #series: (IndexedSeries | undefined)[] = [];
  readonly #values = new Map<string, LabelValues>();
  /** A value has a number that no other value of any label has as long as a series has it. */
  readonly #postings = new PostingLists();
  readonly #fresh = (): number => this.#postings.create();
  readonly #metadata = new Map<string, MetricMetadata>();
  // The same labels are asked for, judged and added: what was found is kept until something changes.
  #asked: Labels | null = null;
  #askedKey: string | null = null;
  #found: number | undefined;

  /** One past the highest ref ever given. */
  get end(): number {
    return this.#series.length;
  }

  get size(): number {
    return this.#byKey.size;
  }

  find(labels: Labels): number | undefined {
    if (labels !== this.#asked) {
      this.#asked = labels;
      const key = this.#keyOf(labels);
      this.#askedKey = key;
      this.#found = key === null ? undefined : this.#byKey.get(key);
    }
    return this.#found;
  }

  /** Null for a label set with a value that no series has. */
  #keyOf(labels: Labels): string | null {
    const ids: number[] = [];
    for (const name in labels) {
      const value = labels[name];
      if (value === undefined || value === "") continue;
      const id = this.#values.get(name)?.idOf(value) ?? -1;
      if (id < 0) return null;
      ids.push(id);
    }
    return keyOfIds(ids);
  }

  get(ref: number): IndexedSeries | undefined {
    return this.#series[ref];
  }

  /** A new series under the next free ref, or under `at` when storage already knows it. */
  add(labels: Labels, metadata: MetricMetadata, temporality: Temporality, at: number = this.#series.length): number {
    const kept: Record<string, string> = {};
    const ids: number[] = [];
    for (const name of sortedNames(labels)) {
      const value = labels[name];
      if (value === undefined || value === "") continue;
      let values = this.#values.get(name);
      if (values === undefined) this.#values.set(name, (values = new LabelValues(name)));
      const known = values.idOf(value);
      const id = known < 0 ? values.add(value, this.#fresh) : known;
      // Of names and values that many series have, one text is kept.
      kept[values.name] = known < 0 ? value : values.textOf(value);
      this.#postings.add(id, at);
      ids.push(id);
    }
    this.reserve(at);
    const metric = kept[METRIC_NAME] ?? "";
    this.learn(metric, metadata);
    this.#series[at] = { ref: at, labels: kept, metadata: this.#metadata.get(metric) ?? metadata, temporality };
    this.#byKey.set((labels === this.#asked ? this.#askedKey : null) ?? keyOfIds(ids), at);
    this.#asked = null;
    return at;
  }

  #refsWith(name: string, value: string): readonly number[] {
    const id = this.#values.get(name)?.idOf(value) ?? -1;
    return id < 0 ? [] : this.#postings.refs(id);
  }

  /** Keeps the newest metadata of a metric family that says anything; true when that changed what was known. */
  learn(metric: string, metadata: MetricMetadata): boolean {
    const known = this.#metadata.get(metric);
    if (known === metadata) return false;
    const silent = metadata.type === "unknown" && metadata.unit === "" && metadata.help === "";
    const same = known?.type === metadata.type && known.unit === metadata.unit && known.help === metadata.help;
    if (known !== undefined && (silent || same)) return false;
    this.#metadata.set(metric, metadata);
    for (const ref of this.refsOf(metric)) {
      const series = this.#series[ref];
      if (series !== undefined) this.#series[ref] = { ...series, metadata };
    }
    return known !== undefined;
  }

  /** Refs below `end` are not given to new series: something stored still bears them. */
  reserve(end: number): void {
    while (this.#series.length < end) this.#series.push(undefined);
  }

  /** Of a metric, ascending. */
  refsOf(metric: string): readonly number[] {
    return this.#refsWith(METRIC_NAME, metric);
  }

  /** Of all series. */
  refs(): Iterable<number> {
    return this.#byKey.values();
  }

  remove(ref: number): void {
    const series = this.#series[ref];
    if (series === undefined) return;
    this.#series[ref] = undefined;
    this.#asked = null;
    const key = this.#keyOf(series.labels);
    if (key !== null) this.#byKey.delete(key);
    for (const name in series.labels) {
      const value = series.labels[name] as string;
      const values = this.#values.get(name);
      const id = values?.idOf(value) ?? -1;
      if (values !== undefined && id >= 0 && this.#postings.remove(id, ref)) values.remove(value);
    }
  }

  /** Refs that satisfy every matcher, ascending. Failures `bad_data`, and `empty_selector` when every matcher allows the empty value. */
  match(matchers: readonly Matcher[]): Result<readonly number[]> {
    return finish(this.matchStepwise(matchers, new Pace(Infinity)));
  }

  /** The same in steps of work: a label may have very many values, and an expression may take long for each. */
  *matchStepwise(matchers: readonly Matcher[], pace: Pace): Stepwise<Result<readonly number[]>> {
    const equalities: (readonly number[])[] = [];
    const others: Choice[] = [];
    const filters: Choice[] = [];
    for (const matcher of matchers) {
      const compiled = matcherPredicate(matcher);
      if (!compiled.ok) return compiled;
      const { name, matches, equals, matchesEmpty } = compiled.value;
      const choice = { name, matches, valueNs: FILTER_NS + (equals === null ? matcher.value.length * CHARACTER_NS : 0) };
      if (matchesEmpty) filters.push(choice);
      else if (equals === null) others.push(choice);
      else equalities.push(this.#refsWith(name, equals));
    }
    // The fewest first: what they leave is looked up in the longer lists, and no list is gone through that need not be.
    equalities.sort((a, b) => a.length - b.length);
    let found: readonly number[] | null = null;
    for (const list of equalities) found = found === null ? list : intersect(found, list);
    if (found?.length === 0) return ok([]);
    for (const choice of others) {
      const values = this.#values.get(choice.name);
      if (found !== null && found.length <= (values?.size ?? 0)) {
        filters.push(choice);
        continue;
      }
      let among: readonly number[] = [];
      let gathered: number[] | null = null;
      // What changes meanwhile is another series more or less; values are walked as they are then.
      for (const [value, id] of values?.entries() ?? []) {
        if (choice.matches(value)) {
          if (among.length === 0) among = this.#postings.refs(id);
          else this.#postings.appendTo((gathered ??= [...among]), id);
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
    const filterNs = filters.reduce((sum, { valueNs }) => sum + valueNs, FILTER_NS);
    const kept: number[] = [];
    for (const ref of found.slice()) {
      const labels = this.#series[ref]?.labels;
      if (labels !== undefined && filters.every(({ name, matches }) => matches(labels[name] ?? ""))) kept.push(ref);
      if (pace.spend(filterNs)) yield;
    }
    return ok(kept);
  }

  *all(): Generator<IndexedSeries> {
    for (const series of this.#series) if (series !== undefined) yield series;
  }

  labelNames(): string[] {
    return [...this.#values.values()]
      .filter(({ size }) => size > 0)
      .map(({ name }) => name)
      .sort();
  }

  /** Every value of a label with the series that have it, ascending; both may change while they are walked. */
  *valuesOf(name: string): Generator<readonly [value: string, refs: readonly number[]]> {
    for (const [value, id] of this.#values.get(name)?.entries() ?? []) yield [value, this.#postings.refs(id)];
  }

  labelValues(name: string): string[] {
    return Array.from(this.#values.get(name)?.entries() ?? [], ([value]) => value).sort();
  }

  metadata(): ReadonlyMap<string, MetricMetadata> {
    return this.#metadata;
  }

  topMetrics(limit: number): { metric: string; series: number }[] {
    const metrics = this.#values.get(METRIC_NAME)?.entries() ?? [];
    const counts = Array.from(metrics, ([metric, id]) => ({ metric, series: this.#postings.size(id) }));
    return counts.sort((a, b) => b.series - a.series || (a.metric < b.metric ? -1 : 1)).slice(0, limit);
  }
}

/** Ascending, mostly as they come. */
function sortedNames(labels: Labels): string[] {
  const names = Object.keys(labels);
  for (let i = 1; i < names.length; i++) if ((names[i] as string) < (names[i - 1] as string)) return names.sort();
  return names;
}

/** Of ids in any order, which are sorted: two characters each. */
function keyOfIds(ids: number[]): string {
  const units: number[] = [];
  for (let i = 1; i < ids.length; i++) {
    const id = ids[i] as number;
    let at = i;
    for (; at > 0 && (ids[at - 1] as number) > id; at--) ids[at] = ids[at - 1] as number;
    ids[at] = id;
  }
  for (const id of ids) units.push(id & 0xffff, id >>> 16);
  return String.fromCharCode(...units);
}

/** What a label's value must be, and what it costs to look at one, ns. */
interface Choice {
  readonly name: string;
  readonly matches: (value: string) => boolean;
  readonly valueNs: number;
}

/** To look at one value, and for each character of an expression. */
const FILTER_NS = 60;
const CHARACTER_NS = 15;

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
