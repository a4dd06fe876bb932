import type { Labels } from "@sightline/shared/model/labels";
import { METRIC_NAME, seriesKey } from "@sightline/shared/model/labels";
import type { Matcher } from "@sightline/shared/model/matcher";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import type { Temporality } from "@sightline/shared/model/sample";
import { finish, Pace, type Stepwise } from "@sightline/shared/promql/evaluation/pace";
import { matcherPredicate } from "./matcher-predicate.ts";

export interface IndexedSeries {
  readonly ref: number;
  readonly labels: Labels;
  /** Of its metric family, the newest that said anything. */
  readonly metadata: MetricMetadata;
  /** What its sender sends; stored are running totals either way. */
  readonly temporality: Temporality;
}

/**
 * Label set → dense ref (0, 1, 2 …, never used twice), and posting lists (ascending refs) for each value of each label.
 * Removed series keep their ref as a hole.
 */
export class SeriesIndex {
  readonly #byKey = new Map<string, number>();
  readonly #series: (IndexedSeries | undefined)[] = [];
  readonly #postings = new Map<string, Map<string, number[]>>();
  readonly #metadata = new Map<string, MetricMetadata>();
  readonly #strings = new Map<string, string>();
  #keyedLabels: Labels | null = null;
  #key = "";

  /** One past the highest ref ever given. */
  get end(): number {
    return this.#series.length;
  }

  get size(): number {
    return this.#byKey.size;
  }

  find(labels: Labels): number | undefined {
    return this.#byKey.get(this.#keyOf(labels));
  }

  /** The same labels are asked for, judged and added: their key is made once. */
  #keyOf(labels: Labels): string {
    if (labels !== this.#keyedLabels) {
      this.#keyedLabels = labels;
      this.#key = seriesKey(labels);
    }
    return this.#key;
  }

  get(ref: number): IndexedSeries | undefined {
    return this.#series[ref];
  }

  /** A new series under the next free ref, or under `at` when storage already knows it. */
  add(labels: Labels, metadata: MetricMetadata, temporality: Temporality, at: number = this.#series.length): number {
    const kept: Record<string, string> = {};
    for (const name of Object.keys(labels).sort()) {
      const value = labels[name];
      if (value !== undefined && value !== "") kept[this.#intern(name)] = this.#intern(value);
    }
    this.reserve(at);
    const metric = kept[METRIC_NAME] ?? "";
    this.learn(metric, metadata);
    this.#series[at] = { ref: at, labels: kept, metadata: this.#metadata.get(metric) ?? metadata, temporality };
    this.#byKey.set(this.#keyOf(labels), at);
    for (const name in kept) {
      const value = kept[name] as string;
      let values = this.#postings.get(name);
      if (values === undefined) this.#postings.set(name, (values = new Map<string, number[]>()));
      const refs = values.get(value);
      if (refs === undefined) values.set(value, [at]);
      else if ((refs.at(-1) ?? -1) < at) refs.push(at);
      else refs.splice(lowerBound(refs, at), 0, at);
    }
    return at;
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
    return this.#postings.get(METRIC_NAME)?.get(metric) ?? [];
  }

  /** Of all series. */
  refs(): Iterable<number> {
    return this.#byKey.values();
  }

  remove(ref: number): void {
    const series = this.#series[ref];
    if (series === undefined) return;
    this.#series[ref] = undefined;
    this.#byKey.delete(seriesKey(series.labels));
    for (const name in series.labels) {
      const value = series.labels[name] as string;
      const values = this.#postings.get(name);
      const refs = values?.get(value);
      if (values === undefined || refs === undefined) continue;
      const place = lowerBound(refs, ref);
      if (refs[place] === ref) refs.splice(place, 1);
      if (refs.length === 0) values.delete(value);
      if (values.size === 0) this.#postings.delete(name);
    }
  }

  /** Refs that satisfy every matcher, ascending. Failures `bad_data`, and `empty_selector` when every matcher allows the empty value. */
  match(matchers: readonly Matcher[]): Result<readonly number[]> {
    return finish(this.matchStepwise(matchers, new Pace(Infinity)));
  }

  /** The same in steps of work: a label may have very many values, and an expression may take long for each. */
  *matchStepwise(matchers: readonly Matcher[], pace: Pace): Stepwise<Result<readonly number[]>> {
    let found: readonly number[] | null = null;
    const filters: ((labels: Labels) => boolean)[] = [];
    let filterNs = FILTER_NS;
    for (const matcher of matchers) {
      const compiled = matcherPredicate(matcher);
      if (!compiled.ok) return compiled;
      const { name, matches, equals, matchesEmpty } = compiled.value;
      const valueNs = FILTER_NS + (equals === null ? matcher.value.length * CHARACTER_NS : 0);
      if (matchesEmpty) {
        filterNs += valueNs;
        filters.push((labels) => matches(labels[name] ?? ""));
        continue;
      }
      const values = this.#postings.get(name);
      const lists: number[][] = [];
      if (equals !== null) lists.push(values?.get(equals) ?? []);
      else {
        // A list that is changed meanwhile is another series more or less; a map is walked as it is then.
        for (const [value, refs] of values ?? []) {
          if (matches(value)) lists.push(refs);
          if (pace.spend(valueNs)) yield;
        }
      }
      const united: readonly number[] = lists.length === 1 ? (lists[0] ?? []) : ascending(lists);
      if (pace.spend(united.length * FILTER_NS)) yield;
      found = found === null ? united : intersect(found, united);
      if (found.length === 0) return ok([]);
    }
    if (found === null) return fail("empty_selector", "a selector needs at least one matcher that does not match the empty string");
    if (filters.length === 0) return ok(found);
    const kept: number[] = [];
    for (const ref of found.slice()) {
      const labels = this.#series[ref]?.labels;
      if (labels !== undefined && filters.every((filter) => filter(labels))) kept.push(ref);
      if (pace.spend(filterNs)) yield;
    }
    return ok(kept);
  }

  *all(): Generator<IndexedSeries> {
    for (const series of this.#series) if (series !== undefined) yield series;
  }

  labelNames(): string[] {
    return [...this.#postings.keys()].sort();
  }

  labelValues(name: string): string[] {
    return [...(this.#postings.get(name)?.keys() ?? [])].sort();
  }

  metadata(): ReadonlyMap<string, MetricMetadata> {
    return this.#metadata;
  }

  topMetrics(limit: number): { metric: string; series: number }[] {
    const counts = [...(this.#postings.get(METRIC_NAME) ?? [])].map(([metric, refs]) => ({ metric, series: refs.length }));
    return counts.sort((a, b) => b.series - a.series || (a.metric < b.metric ? -1 : 1)).slice(0, limit);
  }

  #intern(text: string): string {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    this.#strings.set(text, text);
    return text;
  }
}

/** To look at one value, and for each character of an expression. */
const FILTER_NS = 60;
const CHARACTER_NS = 15;

/** Lists of ascending refs, of which none is in two, as one. */
function ascending(lists: readonly (readonly number[])[]): number[] {
  let length = 0;
  for (const list of lists) length += list.length;
  const all = new Float64Array(length);
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return Array.from(all.sort());
}

function lowerBound(refs: readonly number[], ref: number): number {
  let low = 0;
  let high = refs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((refs[middle] as number) < ref) low = middle + 1;
    else high = middle;
  }
  return low;
}

function intersect(a: readonly number[], b: readonly number[]): number[] {
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
