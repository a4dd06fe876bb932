import { type Labels, seriesKey } from "@sightline/shared/model/labels";
import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import { compareText } from "@sightline/shared/model/text-order";
import { encodeUtf8 } from "@sightline/shared/encoding/utf8";
import { sortByLabels } from "@sightline/shared/promql/evaluation/label-order";
import { type Pace, sortStepwise, type Stepwise } from "@sightline/shared/promql/evaluation/pace";
import { type JsonList, SEPARATOR, type SeriesQuery } from "../objects/labels-rpc.ts";
import { selectSilences, silences } from "../shard/sender-silence.ts";
import type { SeriesStore } from "../storage/series-store.ts";
import { parseSelector } from "./selector.ts";

/** To look whether a series is of the time asked for, and at one of its labels. */
const LOOK_NS = 60;
/** A label set or a value among others of a set. */
const KEEP_NS = 300;
/** A byte of JSON. */
const BYTE_NS = 8;
const DAY_MS = 86_400_000;

/** Text of one piece of a list, more or less. */
const PIECE_CHARS = 65_536;
/** What one shard tells at a time: a call of an object takes 32 MB. */
const MAX_LIST_BYTES = 24 * 1_048_576;

/** Selectors of one question: each is looked up by itself. */
const MAX_SELECTORS = 256;

/** Refs of a union of selectors, ascending. Failures of a selector, `limit`. */
export function* matchUnion(store: SeriesStore, selectors: readonly string[], pace: Pace): Stepwise<Result<readonly number[]>> {
  if (selectors.length > MAX_SELECTORS) {
    const limit = `the limit maxSelectors is ${MAX_SELECTORS}`;
    return fail("limit", `${selectors.length} selectors were asked for: ${limit}; one selector may name many values with =~"a|b"`);
  }
  const isOne = selectors.length === 1;
  const among = new Uint8Array(store.index.end);
  for (const text of selectors) {
    const matchers = parseSelector(text);
    if (!matchers.ok) return matchers;
    const refs = yield* store.index.matchStepwise(matchers.value, pace);
    if (!refs.ok) return refs;
    // The index's own list, from which a series that is forgotten meanwhile would move the others.
    const own = refs.value.slice();
    if (isOne) return ok(own);
    for (const ref of own) {
      among[ref] = 1;
      if (pace.spend(LOOK_NS)) yield;
    }
  }
  const union: number[] = [];
  for (let ref = 0; ref < among.length; ref++) {
    if (among[ref] === 1) union.push(ref);
    if (pace.spend(LOOK_NS)) yield;
  }
  return ok(union);
}

/** Refs with samples in the time asked for, as far as is known without reading them: newest sample not before its start, oldest not after its end. */
function* refsWithin(store: SeriesStore, query: SeriesQuery, pace: Pace): Stepwise<Result<readonly number[]>> {
  const refs = yield* matchUnion(store, query.matchers, pace);
  if (!refs.ok) return refs;
  const found: number[] = [];
  for (const ref of refs.value) {
    if (store.index.has(ref) && isWithin(store, ref, query)) found.push(ref);
    if (pace.spend(LOOK_NS)) yield;
  }
  return ok(found);
}

/** Their label sets, each made when it is asked for, and those of silent senders. `limit` 0 for all. */
export function* seriesWithin(store: SeriesStore, query: SeriesQuery, nowMs: number, pace: Pace): Stepwise<Result<Iterable<Labels>>> {
  const refs = yield* refsWithin(store, query, pace);
  if (!refs.ok) return refs;
  const most = query.limit > 0 ? query.limit : Infinity;
  const others = silent(store, query, nowMs).slice(0, Math.max(0, most - refs.value.length));
  return ok(labelsOf(store, query.limit > 0 ? refs.value.slice(0, most) : refs.value, others));
}

function* labelsOf({ index }: SeriesStore, refs: readonly number[], others: readonly Labels[]): Generator<Labels> {
  for (const ref of refs) {
    const labels = index.labels(ref);
    if (labels !== undefined) yield labels;
  }
  yield* others;
}

/** Those of one selector as they came to be known; of several in the order of their labels, as Prometheus has them. */
export function* seriesListed(store: SeriesStore, query: SeriesQuery, nowMs: number, pace: Pace): Stepwise<Result<Iterable<Labels>>> {
  if (query.matchers.length < 2) return yield* seriesWithin(store, query, nowMs, pace);
  const found = yield* seriesWithin(store, { ...query, limit: 0 }, nowMs, pace);
  if (!found.ok) return found;
  const all: { readonly labels: Labels }[] = [];
  for (const labels of found.value) {
    all.push({ labels });
    if (pace.spend(KEEP_NS)) yield;
  }
  const sorted = yield* sortByLabels(all, pace);
  return ok((query.limit > 0 ? sorted.slice(0, query.limit) : sorted).map(({ labels }) => labels));
}

/** In order; `limit` 0 for all. */
export function* labelNamesWithin(store: SeriesStore, query: SeriesQuery, nowMs: number, pace: Pace): Stepwise<Result<readonly string[]>> {
  const names = new Set<string>();
  if (query.matchers.length === 0) {
    for (const name of store.index.labelNames()) {
      for (const id of store.index.valuesOf(name)) {
        if (pace.spend(LOOK_NS)) yield;
        if (!(yield* anyWithin(store, store.index.refsWith(id), query, pace))) continue;
        names.add(name);
        break;
      }
    }
  } else {
    const matched = yield* refsWithin(store, query, pace);
    if (!matched.ok) return matched;
    for (const ref of matched.value) if (pace.spend(store.index.addNames(ref, names) * LOOK_NS)) yield;
  }
  for (const labels of silent(store, query, nowMs)) for (const name in labels) names.add(name);
  return ok(firstOf(yield* sortStepwise([...names], compareText, pace), query.limit));
}

/** In order; `limit` 0 for all. */
export function* labelValuesWithin(
  store: SeriesStore,
  label: string,
  query: SeriesQuery,
  nowMs: number,
  pace: Pace,
): Stepwise<Result<readonly string[]>> {
  const { index } = store;
  const values: string[] = [];
  if (query.matchers.length === 0) {
    for (const id of index.valuesOf(label)) {
      if (yield* anyWithin(store, index.refsWith(id), query, pace)) values.push(index.text(id));
      if (pace.spend(KEEP_NS)) yield;
    }
  } else {
    const matched = yield* refsWithin(store, query, pace);
    if (!matched.ok) return matched;
    // A series that was matched keeps the number of its value.
    const told = new Uint8Array(index.valueEnd);
    for (const ref of matched.value) {
      const id = index.valueAt(ref, label);
      if (id >= 0 && id < told.length && told[id] === 0) {
        told[id] = 1;
        values.push(index.text(id));
      }
      if (pace.spend(KEEP_NS)) yield;
    }
  }
  for (const labels of silent(store, query, nowMs)) {
    const value = labels[label];
    if (value !== undefined && !values.includes(value)) values.push(value);
  }
  return ok(firstOf(yield* sortStepwise(values, compareText, pace), query.limit));
}

/** For whoever merges it with those of other shards. Failures: those of `found`, and `limit`, which is named. */
export function* jsonList<T>(found: Stepwise<Result<Iterable<T>>>, pace: Pace): Stepwise<Result<JsonList>> {
  const list = yield* found;
  return list.ok ? yield* jsonPieces(list.value, pace, MAX_LIST_BYTES) : list;
}

/** The list of what is told one after the other. Failure `limit` from so many bytes on. */
export function* jsonPieces<T>(list: Iterable<T>, pace: Pace, mostBytes: number = Infinity): Stepwise<Result<JsonList>> {
  const pieces: ArrayBuffer[] = [];
  let entries = 0;
  let bytes = 0;
  let text = "";
  for (const one of list) {
    const entry = JSON.stringify(one);
    if (text.length >= PIECE_CHARS) {
      const piece = encodeUtf8(text).buffer;
      pieces.push(piece);
      bytes += piece.byteLength;
      text = "";
      if (bytes > mostBytes) break;
    }
    text += text === "" ? entry : SEPARATOR + entry;
    entries++;
    if (pace.spend(KEEP_NS + entry.length * BYTE_NS)) yield;
  }
  if (text !== "") {
    const piece = encodeUtf8(text).buffer;
    pieces.push(piece);
    bytes += piece.byteLength;
  }
  if (bytes <= mostBytes) return ok({ entries, pieces });
  const limit = `the answer has more than ${mostBytes} bytes, the limit maxListBytes; use match[], a shorter time or a limit`;
  return fail("limit", limit);
}

/** Of what the head has, only the oldest time of all is looked at: Prometheus's own lists are no finer there. */
function isWithin({ head, firsts }: SeriesStore, ref: number, { startMs, endMs }: SeriesQuery): boolean {
  const last = head.lastTime[ref] ?? -Infinity;
  if (last < startMs) return false;
  return last <= endMs || firsts.of(ref) <= endMs || (head.firstTime[ref] ?? Infinity) <= endMs;
}

/** Of most values the first series tells. */
function* anyWithin(store: SeriesStore, refs: readonly number[], query: SeriesQuery, pace: Pace): Stepwise<boolean> {
  for (let at = 0; at < refs.length; at++) {
    if (isWithin(store, refs[at] as number, query)) return true;
    if (pace.spend(LOOK_NS)) yield;
  }
  return false;
}

/** Series that are made of how long senders have been silent. */
function silent(store: SeriesStore, { matchers, endMs }: SeriesQuery, nowMs: number): Labels[] {
  if (endMs < nowMs - 60_000) return [];
  if (matchers.length === 0) return silences(store, nowMs).map(({ labels }) => labels);
  const found = new Map<string, Labels>();
  for (const text of matchers) {
    const selector = parseSelector(text);
    if (!selector.ok) continue;
    const request = { matchers: selector.value, startMs: nowMs - DAY_MS, endMs: nowMs };
    for (const { labels } of selectSilences(store, request, nowMs)) found.set(seriesKey(labels), labels);
  }
  return [...found.values()];
}

const firstOf = (list: readonly string[], limit: number): readonly string[] => (limit > 0 ? list.slice(0, limit) : list);
