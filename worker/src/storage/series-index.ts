import type { Labels } from "@sightline/shared/model/labels";
import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { Matcher } from "@sightline/shared/model/matcher";
import type { MetricMetadata, MetricType } from "@sightline/shared/model/metric";
import type { Result } from "@sightline/shared/model/result";
import type { Temporality } from "@sightline/shared/model/sample";
import { finish, Pace, type Stepwise } from "@sightline/shared/promql/evaluation/pace";
import { LabelSets } from "./label-sets.ts";
import { LabelValues } from "./label-values.ts";
import { PostingLists } from "./posting-lists.ts";
import { matchSeries } from "./series-match.ts";
import { ValueTexts } from "./value-texts.ts";

export interface IndexedSeries {
  readonly ref: number;
  readonly labels: Labels;
  /** Of its metric family, the newest that said anything. */
  readonly metadata: MetricMetadata;
  /** What its sender sends; stored are running totals either way. */
  readonly temporality: Temporality;
}

/** What was told of series last, by ref: a power of two. */
const RECENT = 16_384;
/** Values whose numbers are kept by their texts. */
const LATELY = 4096;
const DELTA = 1;
/** No number of a label or of a value. */
const ABSENT = -1;
const UNKNOWN: MetricMetadata = { type: "unknown", unit: "", help: "" };

/**
 * Label set → dense ref (0, 1, 2 …, never used twice), and posting lists for each value of each label. A label set is the
 * numbers of its values, and a value is bytes: a million of them are no objects, so that a full collection of garbage, which
 * stops everything, has nothing to go through. Their texts are made when they are asked for, and kept of some series. Removed
 * series keep their ref as a hole.
 */
export class SeriesIndex {
  readonly #sets = new LabelSets();
  #end = 0;
  /** By ref: what its sender sends. */
  #kinds: Uint8Array = new Uint8Array(64);
  readonly #recent: (IndexedSeries | undefined)[] = [];
  readonly #labels: LabelValues[] = [];
  /** Of a label, its place among `#labels`. */
  readonly #byName = new Map<string, number>();
  readonly #texts = new ValueTexts();
  /** The label of a value, by the value's number. */
  #labelOf: Int32Array = new Int32Array(64);
  /** Numbers of values that were asked for lately, by their texts, whose hashes V8 keeps: of two labels with one value the one that was asked last. */
  readonly #lately = new Map<string, number>();
  /** A value has a number that no other value of any label has as long as a series has it. */
  readonly #postings = new PostingLists();
  readonly #metadata = new Map<string, MetricMetadata>();
  // The same labels are asked for, judged and added: what was found is kept until something changes. The names are in order.
  #asked: Labels | null = null;
  #found: number | undefined;
  readonly #askedNames: string[] = [];
  /** ABSENT for a value that is new. */
  readonly #askedIds: number[] = [];
  #askedCount = 0;

  /** One past the highest ref ever given. */
  get end(): number {
    return this.#end;
  }

  get size(): number {
    return this.#sets.size;
  }

  /** Bytes of the values of all labels, each counted once. */
  get labelBytes(): number {
    return this.#texts.bytes;
  }

  has(ref: number): boolean {
    return this.#sets.has(ref);
  }

  find(labels: Labels): number | undefined {
    if (labels !== this.#asked) this.#ask(labels);
    return this.#found;
  }

  #ask(labels: Labels): void {
    const names = this.#askedNames;
    const ids = this.#askedIds;
    let count = 0;
    let known = true;
    for (const name of sortedNames(labels)) {
      const value = labels[name];
      if (value === undefined || value === "") continue;
      const id = this.#idOf(name, value);
      if (id < 0) known = false;
      names[count] = name;
      ids[count++] = id;
    }
    this.#askedCount = count;
    this.#asked = labels;
    this.#found = known ? this.#sets.find(ids, count) : undefined;
  }

  #label(name: string): LabelValues | undefined {
    const label = this.#byName.get(name);
    return label === undefined ? undefined : this.#labels[label];
  }

  /** The number of a value of a label, ABSENT for one that no series has. */
  #idOf(name: string, value: string): number {
    const label = this.#byName.get(name);
    if (label === undefined) return ABSENT;
    const lately = this.#lately.get(value);
    if (lately !== undefined && this.#labelOf[lately] === label) return lately;
    const id = (this.#labels[label] as LabelValues).idOf(value);
    if (id < 0) return ABSENT;
    if (this.#lately.size === LATELY) this.#lately.clear();
    this.#lately.set(value, id);
    return id;
  }

  /** Made anew for a series that was not asked for lately: another object each time, which is nobody's key. */
  get(ref: number): IndexedSeries | undefined {
    const series = this.describe(ref);
    if (series !== undefined) this.#recent[ref & (RECENT - 1)] = series;
    return series;
  }

  /** The same, of which nothing is kept: for whoever goes through all of them once. */
  describe(ref: number): IndexedSeries | undefined {
    const recent = this.#recent[ref & (RECENT - 1)];
    if (recent?.ref === ref) return recent;
    if (!this.#sets.has(ref)) return undefined;
    const labels = this.#labelsOf(ref);
    const metadata = this.#metadata.get(labels[METRIC_NAME] ?? "") ?? UNKNOWN;
    return { ref, labels, metadata, temporality: this.temporality(ref) ?? "cumulative" };
  }

  /** Undefined for a series that is forgotten. */
  readonly labels = (ref: number): Labels | undefined => this.get(ref)?.labels;

  /** Undefined where nothing is known of its metric. */
  readonly typeOf = (ref: number): MetricType | undefined => this.metadataOf(ref)?.type;

  /** Of one label of a series; "" for one that it has not. */
  value(ref: number, name: string): string {
    const recent = this.#recent[ref & (RECENT - 1)];
    if (recent?.ref === ref) return recent.labels[name] ?? "";
    const id = this.valueAt(ref, name);
    return id < 0 ? "" : this.text(id);
  }

  /** Puts the names of a series' labels into a set; tells how many it has. */
  addNames(ref: number, into: Set<string>): number {
    const count = this.#sets.count(ref);
    for (let place = 0; place < count; place++) into.add(this.nameOf(this.#sets.at(ref, place)));
    return count;
  }

  /** The metric of a series; "" for one that is forgotten. */
  metric(ref: number): string {
    return this.value(ref, METRIC_NAME);
  }

  /** The number of a series' value of a label, -1 for one that it has not. */
  valueAt(ref: number, name: string): number {
    const label = this.#byName.get(name);
    if (label === undefined) return ABSENT;
    const count = this.#sets.count(ref);
    for (let place = 0; place < count; place++) {
      const id = this.#sets.at(ref, place);
      if (this.#labelOf[id] === label) return id;
    }
    return ABSENT;
  }

  /** The text of a value. */
  text(id: number): string {
    return this.#postings.isShared(id) ? this.#texts.sharedText(id) : this.#texts.text(id);
  }

  /** Puts the numbers of a series' values behind those that `into` has, in the order of their names; none for one that is forgotten. */
  appendValues(into: number[], ref: number): void {
    const count = this.#sets.count(ref);
    for (let place = 0; place < count; place++) into.push(this.#sets.at(ref, place));
  }

  #labelsOf(ref: number): Labels {
    const labels: Record<string, string> = {};
    const count = this.#sets.count(ref);
    for (let place = 0; place < count; place++) {
      const id = this.#sets.at(ref, place);
      labels[this.nameOf(id)] = this.text(id);
    }
    return labels;
  }

  /** The label of a value. */
  nameOf(id: number): string {
    return this.#labels[this.#labelOf[id] as number]?.name ?? "";
  }

  /** What is known of the metric of a series. */
  metadataOf(ref: number): MetricMetadata | undefined {
    return this.#sets.has(ref) ? (this.#metadata.get(this.metric(ref)) ?? UNKNOWN) : undefined;
  }

  /** What the sender of a series sends; undefined for one that is forgotten. */
  temporality(ref: number): Temporality | undefined {
    if (!this.#sets.has(ref)) return undefined;
    return this.#kinds[ref] === DELTA ? "delta" : "cumulative";
  }

  /** A new series under the next free ref, or under `at` when storage already knows it. */
  add(labels: Labels, metadata: MetricMetadata, temporality: Temporality, at: number = this.#end): number {
    this.remove(at);
    if (labels !== this.#asked) this.#ask(labels);
    const ids = this.#askedIds;
    for (let i = 0; i < this.#askedCount; i++) {
      const known = ids[i] as number;
      const id = known < 0 ? this.#addValue(this.#askedNames[i] as string, labels) : known;
      ids[i] = id;
      this.#postings.add(id, at);
    }
    this.reserve(at + 1);
    this.#sets.set(at, ids, this.#askedCount);
    this.#kinds[at] = temporality === "delta" ? DELTA : 0;
    this.learn(labels[METRIC_NAME] ?? "", metadata);
    this.#asked = null;
    return at;
  }

  #addValue(name: string, labels: Labels): number {
    const label = this.#byName.get(name) ?? this.#addLabel(name);
    return (this.#labels[label] as LabelValues).add(labels[name] as string, () => this.#fresh(label));
  }

  /**
   * A series as storage tells it. One that was forgotten and came back has two refs there until the earlier is written out of it: the later is its
   * own, for it has the samples.
   */
  restore({ ref, labels, metadata, temporality }: IndexedSeries): "added" | "known" | "replaced" {
    const known = this.find(labels);
    if (known !== undefined && known >= ref) return "known";
    if (known !== undefined) this.remove(known);
    this.add(labels, metadata, temporality, ref);
    return known === undefined ? "added" : "replaced";
  }

  #addLabel(name: string): number {
    const label = this.#labels.length;
    this.#labels.push(new LabelValues(name, this.#texts));
    this.#byName.set(name, label);
    return label;
  }

  /** A number for a value of a label. */
  #fresh(label: number): number {
    const id = this.#postings.create();
    if (id === this.#labelOf.length) {
      const longer = new Int32Array(2 * id);
      longer.set(this.#labelOf);
      this.#labelOf = longer;
    }
    this.#labelOf[id] = label;
    return id;
  }

  /** Of the series with a value of a label, ascending. */
  refsOf(name: string, value: string): readonly number[] {
    const id = this.#idOf(name, value);
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
    for (const ref of this.refsOfMetric(metric)) {
      const place = ref & (RECENT - 1);
      const recent = this.#recent[place];
      if (recent?.ref === ref) this.#recent[place] = { ...recent, metadata };
    }
    return known !== undefined;
  }

  /** Refs below `end` are not given to new series: something stored still bears them. */
  reserve(end: number): void {
    this.#end = Math.max(this.#end, end);
    while (this.#recent.length < Math.min(end, RECENT)) this.#recent.push(undefined);
    if (this.#end <= this.#kinds.length) return;
    const longer = new Uint8Array(Math.max(this.#end, 2 * this.#kinds.length));
    longer.set(this.#kinds);
    this.#kinds = longer;
  }

  /** Of a metric, ascending. */
  refsOfMetric(metric: string): readonly number[] {
    return this.refsOf(METRIC_NAME, metric);
  }

  /** Of all series, ascending. */
  refs(): Iterable<number> {
    return this.#sets.refs();
  }

  remove(ref: number): void {
    if (!this.#sets.has(ref)) return;
    this.#asked = null;
    const place = ref & (RECENT - 1);
    if (this.#recent[place]?.ref === ref) this.#recent[place] = undefined;
    const count = this.#sets.count(ref);
    for (let i = 0; i < count; i++) {
      const id = this.#sets.at(ref, i);
      if (!this.#postings.remove(id, ref)) continue;
      this.#labels[this.#labelOf[id] as number]?.remove(id);
      // It may be another value's next.
      this.#lately.clear();
    }
    this.#sets.delete(ref);
  }

  /** Refs that satisfy every matcher, ascending. Failures `bad_data`, and `empty_selector` when every matcher allows the empty value. */
  match(matchers: readonly Matcher[]): Result<readonly number[]> {
    return finish(this.matchStepwise(matchers, new Pace(Infinity)));
  }

  /** The same in steps of work: a label may have very many values, and an expression may take long for each. */
  matchStepwise(matchers: readonly Matcher[], pace: Pace): Stepwise<Result<readonly number[]>> {
    return matchSeries(this, matchers, pace);
  }

  *all(): Generator<IndexedSeries> {
    for (const ref of this.#sets.refs()) {
      const series = this.get(ref);
      if (series !== undefined) yield series;
    }
  }

  labelNames(): string[] {
    return this.#labels
      .filter(({ size }) => size > 0)
      .map(({ name }) => name)
      .sort();
  }

  /** The number of every value of a label, for `text`, `refsWith` and `seriesWith`; they may change while they are walked. */
  valuesOf(name: string): Iterable<number> {
    return this.#label(name)?.ids() ?? [];
  }

  /** The series with a value, ascending. */
  refsWith(id: number): readonly number[] {
    return this.#postings.refs(id);
  }

  appendRefs(into: number[], id: number): void {
    this.#postings.appendTo(into, id);
  }

  valueCount(name: string): number {
    return this.#label(name)?.size ?? 0;
  }

  get valueEnd(): number {
    return this.#postings.end;
  }

  /** How many series have a value. */
  seriesWith(id: number): number {
    return this.#postings.size(id);
  }

  labelValues(name: string): string[] {
    return Array.from(this.valuesOf(name), (id) => this.text(id)).sort();
  }

  metadata(): ReadonlyMap<string, MetricMetadata> {
    return this.#metadata;
  }

  topMetrics(limit: number): { metric: string; series: number }[] {
    const counts = Array.from(this.valuesOf(METRIC_NAME), (id) => ({ metric: this.text(id), series: this.seriesWith(id) }));
    return counts.sort((a, b) => b.series - a.series || (a.metric < b.metric ? -1 : 1)).slice(0, limit);
  }
}

/** Ascending, mostly as they come. */
function sortedNames(labels: Labels): string[] {
  const names = Object.keys(labels);
  for (let i = 1; i < names.length; i++) if ((names[i] as string) < (names[i - 1] as string)) return names.sort();
  return names;
}
