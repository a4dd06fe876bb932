/** Series, label names and values of a shard: what they are, and that asking for very many of them stops now and then. */
import { seriesKey } from "@sightline/shared/model/labels";
import type { Labels } from "@sightline/shared/model/labels";
import type { Result } from "@sightline/shared/model/result";
import { Pace, type Stepwise, finish } from "@sightline/shared/promql/evaluation/pace";
import { describe, expect, test } from "vitest";
import { unwrap } from "../../worker/src/http/http-failure.ts";
import { entriesOf, listResponse, mergedLists } from "../../worker/src/http/json-list.ts";
import type { JsonList, SeriesQuery } from "../../worker/src/objects/labels-rpc.ts";
import { CardinalityTally, Largest, cardinalityOf, labelCountsOf, tallyPart } from "../../worker/src/query/cardinality.ts";
import { countedBefore } from "../../worker/src/query/counted-before.ts";
import { labelSetHashesOf } from "../../worker/src/query/label-set-hashes.ts";
import { jsonList, labelNamesWithin, labelValuesWithin, seriesListed, seriesWithin } from "../../worker/src/query/label-reads.ts";
import { readStepwise } from "../../worker/src/query/read-stepwise.ts";
import type { SeriesStore } from "../../worker/src/storage/series-store.ts";
import { SnapshotStore } from "../../worker/src/storage/snapshot-store.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { MINUTE, NOON, openStore, refOf } from "./open-store.ts";

const ALL: SeriesQuery = { matchers: [], startMs: 0, endMs: NOON, limit: 0 };

/** 3,000 series of which every third said something in the last ten minutes. */
function manySeries(): SeriesStore {
  const store = openStore(new NodeDatabase(), NOON, { maxSeries: 5000, maxSeriesPerMetric: 5000 });
  for (let i = 0; i < 3000; i++) {
    const labels: Record<string, string> = { id: `request-${i}`, job: `j${i % 2}` };
    if (i % 3 === 0) labels["recent"] = "yes";
    store.append(refOf(store, "many", labels), NOON - (i % 3 === 0 ? 1 : 20) * MINUTE, i, NOON);
  }
  return store;
}

function stopsOf<T>(steps: Stepwise<T>): { readonly stops: number; readonly value: T } {
  for (let stops = 0; ; stops++) {
    const step = steps.next();
    if (step.done === true) return { stops, value: step.value };
  }
}

// oxlint-disable-next-line require-yield -- a list that is there already
function* found<T>(value: readonly T[]): Stepwise<Result<readonly T[]>> {
  return { ok: true, value };
}

const now = <T>(found: Stepwise<Result<Iterable<T>>>): readonly T[] => [...unwrap(finish(found))];
const forever = (): Pace => new Pace(Infinity);

describe("labels of a shard", () => {
  const store = manySeries();
  const recent = { ...ALL, startMs: NOON - 10 * MINUTE };

  test("series, names and values are those with samples since the time asked for", () => {
    expect(now(seriesWithin(store, { ...recent, matchers: ['{job="j1"}', '{id="request-0"}'] }, NOON, forever())).length).toBe(501);
    expect(now(labelNamesWithin(store, ALL, NOON, forever()))).toEqual(["__name__", "id", "job", "recent"]);
    expect(now(labelNamesWithin(store, { ...ALL, matchers: ['{id="request-1"}'] }, NOON, forever()))).toEqual(["__name__", "id", "job"]);
    expect(now(labelValuesWithin(store, "id", recent, NOON, forever())).length).toBe(1000);
    const silent = { ...ALL, matchers: ['{job="j1",recent=""}'] };
    expect(now(labelValuesWithin(store, "id", silent, NOON, forever())).length).toBe(1000);
    expect(now(labelValuesWithin(store, "id", { ...ALL, limit: 3 }, NOON, forever()))).toEqual(["request-0", "request-1", "request-10"]);
    expect(now(labelValuesWithin(store, "none", ALL, NOON, forever()))).toEqual([]);
  });

  test("those of several selectors are in the order of their labels, and a limit takes the first", () => {
    const matchers = ['{id="request-4"}', '{id=~"request-[123]"}'];
    const ids = (limit: number): unknown[] => now(seriesListed(store, { ...ALL, matchers, limit }, NOON, forever())).map(({ id }) => id);
    expect(ids(0)).toEqual(["request-1", "request-2", "request-3", "request-4"]);
    expect(ids(2)).toEqual(["request-1", "request-2"]);
  });

  test("a selector that is none is refused", () => {
    expect(finish(seriesWithin(store, { ...ALL, matchers: ["sum(many)"] }, NOON, forever()))).toMatchObject({
      ok: false,
      error: { code: "bad_data" },
    });
  });

  test("more selectors than one question may have are refused by the limit's name", () => {
    const matchers = Array.from({ length: 3000 }, (_, i) => `{id="request-${i}"}`);
    const refused = finish(seriesWithin(store, { ...ALL, matchers }, NOON, forever()));
    expect(refused.ok ? "" : `${refused.error.code}: ${refused.error.message}`).toMatch(/^limit: 3000 selectors .* maxSelectors is 256/);
    expect(now(seriesWithin(store, { ...ALL, matchers: matchers.slice(0, 256) }, NOON, forever())).length).toBe(256);
  });

  test("a series that two selectors match is told once, also one that is made of a sender's silence", () => {
    const own = openStore(new NodeDatabase(), NOON);
    own.mark({ sender: "a", epoch: "e", seq: 1, after: 0, at: NOON - MINUTE, hostName: null });
    refOf(own, "up");
    own.append(refOf(own, "up"), NOON, 1, NOON);
    const matchers = ["up", '{__name__=~"up|sightline_sender_silence_seconds"}', "sightline_sender_silence_seconds"];
    const told = now(seriesWithin(own, { ...ALL, matchers, endMs: NOON }, NOON, forever()));
    expect(told).toEqual([{ __name__: "up" }, { __name__: "sightline_sender_silence_seconds", sender: "a" }]);
  });

  test("to go through them stops after each share of work, and gives the same", () => {
    const share = (): Pace => new Pace(20_000, 20_000);
    for (const steps of [
      (pace: Pace) => jsonList(seriesWithin(store, { ...ALL, matchers: ['{job=~"j.+"}'] }, NOON, pace), pace),
      (pace: Pace) => labelNamesWithin(store, { ...ALL, matchers: ['{job=~"j.+"}'] }, NOON, pace),
      (pace: Pace) => labelValuesWithin(store, "id", ALL, NOON, pace),
      (pace: Pace) => jsonList<Labels | string>(labelValuesWithin(store, "id", ALL, NOON, forever()), pace),
    ]) {
      const { stops, value } = stopsOf<Result<unknown>>(steps(share()));
      expect(stops).toBeGreaterThan(5);
      expect(value).toEqual(finish<Result<unknown>>(steps(forever())));
    }
    expect(stopsOf(cardinalityOf(store.index, 10, share())).stops).toBeGreaterThan(5);
  });

  test("a series that is forgotten in the middle takes no other with it", () => {
    const own = manySeries();
    for (const steps of [
      function* (pace: Pace): Stepwise<readonly (string | undefined)[]> {
        const told = yield* seriesWithin(own, { ...ALL, matchers: ["many"] }, NOON, pace);
        return Array.from(unwrap(told), ({ id }) => id);
      },
      function* (pace: Pace): Stepwise<readonly (string | undefined)[]> {
        const refs = own.index.match([{ name: "__name__", op: "=", value: "many" }]);
        const request = { startMs: 0, endMs: NOON };
        const read = yield* readStepwise(own, unwrap(refs), request, NOON, { maxSamplesTouched: 1e9, maxQueryBytes: 1e9 }, pace, 1);
        return read.map(({ labels }) => labels["id"]);
      },
    ]) {
      const [first = 0] = own.index.refsOfMetric("many");
      const walk = steps(new Pace(60_000, 60_000));
      walk.next();
      own.index.remove(first);
      const told = finish(walk).filter((id) => id !== `request-${first}`);
      expect(told.length).toBe(own.index.size);
    }
  });

  test("cardinality is counted from the index", () => {
    const told = finish(cardinalityOf(store.index, 2, forever()));
    expect(told).toMatchObject({ series: 3000, pairs: 3004, seriesByMetric: [{ name: "many", value: 3000 }] });
    expect(told.valuesByLabel).toEqual([
      { name: "id", value: 3000 },
      { name: "job", value: 2 },
    ]);
    expect(told.seriesByPair).toEqual([
      { name: "__name__=many", value: 3000 },
      { name: "job=j0", value: 1500 },
    ]);
  });

  test("cardinality of several shards is that of all their series together, each once, in however many parts they tell it", () => {
    const together = openStore(new NodeDatabase(), NOON);
    const shards = Array.from({ length: 3 }, () => openStore(new NodeDatabase(), NOON));
    for (let i = 0; i < 600; i++) {
      const labels = { host: `h${i % 50}`, app: `ä${(i * 7) % 11}`, [`only_${i % 3}`]: "yes" };
      refOf(together, `m_${i % 5}`, { ...labels, i: String(i) });
      refOf(shards[i % 3] as SeriesStore, `m_${i % 5}`, { ...labels, i: String(i) });
      // Senders that moved have left theirs in several.
      if (i % 4 === 0) refOf(shards[(i + 1) % 3] as SeriesStore, `m_${i % 5}`, { i: String(i), ...labels });
      if (i % 12 === 0) refOf(shards[(i + 2) % 3] as SeriesStore, `m_${i % 5}`, { i: String(i), ...labels });
    }
    for (const parts of [1, 7]) {
      const tally = new CardinalityTally(8);
      const before = shards.map((): number[] => []);
      for (let part = 0; part < parts; part++) {
        const sets = shards.map(({ index }) => finish(labelSetHashesOf(index, part, parts, forever())));
        for (const [at, { refs, byMetric }] of finish(countedBefore(sets, forever())).entries()) {
          before[at]?.push(...refs);
          const ofMetrics = Map.groupBy(refs, (ref) => shards[at]?.index.metric(ref));
          expect(byMetric).toEqual(new Map([...ofMetrics].map(([metric, { length }]) => [metric, length])));
        }
      }
      for (let part = 0; part < parts; part++) {
        const told = shards.map(({ index }, at) => finish(labelCountsOf(index, part, parts, new Uint32Array(before[at] ?? []), forever())));
        finish(tallyPart(told, tally, forever()));
      }
      expect(before.flat()).toHaveLength(200);
      expect(tally.of(shards.reduce((sum, { index }) => sum + index.size, 0) - before.flat().length)).toEqual(
        finish(cardinalityOf(together.index, 8, forever())),
      );
    }
    const sets = stopsOf(labelSetHashesOf(together.index, 0, 1, new Pace(20_000, 20_000)));
    expect(sets.stops).toBeGreaterThan(1);
    expect(stopsOf(countedBefore([sets.value], new Pace(20_000, 20_000))).stops).toBeGreaterThan(1);
    const without = new Uint32Array(sets.value.refs);
    expect(stopsOf(labelCountsOf(together.index, 0, 2, without, new Pace(20_000, 20_000))).stops).toBeGreaterThan(1);
  });

  test("the largest of many counts are those that sorting all of them gives", () => {
    const largest = new Largest(7);
    const all = Array.from({ length: 2000 }, (_, i) => ({ name: `n${i}`, value: (i * 7919) % 97 }));
    for (const { name, value } of all) largest.add(name, value);
    expect(largest.list()).toEqual(all.toSorted((a, b) => b.value - a.value || (a.name < b.name ? -1 : 1)).slice(0, 7));
  });
});

describe("a series that came late", () => {
  const HOUR = 60 * MINUTE;
  const nothing = (): void => undefined;
  const database = new NodeDatabase();
  const listed = (store: SeriesStore, startMs: number, endMs: number): readonly (readonly string[])[] => {
    const query = { ...ALL, startMs, endMs };
    const matching = { ...query, matchers: ["m"] };
    const found = now(seriesWithin(store, matching, NOON, forever())).map((labels) => labels["age"] ?? "");
    for (const asked of [query, matching]) expect(now(labelValuesWithin(store, "age", asked, NOON, forever()))).toEqual(found.toSorted());
    expect(now(labelNamesWithin(store, query, NOON, forever())).includes("age")).toBe(found.length > 0);
    return [found.toSorted()];
  };
  const store = openStore(database);
  store.append(refOf(store, "m", { age: "old" }), NOON - 9 * HOUR, 1, NOON);
  store.flush(NOON, nothing);
  for (const age of ["old", "new"]) store.append(refOf(store, "m", { age }), NOON - HOUR, 1, NOON);

  const check = (of: SeriesStore): void => {
    expect(listed(of, 0, NOON)).toEqual([["new", "old"]]);
    expect(listed(of, NOON - 9 * HOUR, NOON - 5 * HOUR)).toEqual([["old"]]);
    expect(listed(of, 0, NOON - 10 * HOUR)).toEqual([[]]);
    expect(listed(of, NOON - HOUR / 2, NOON)).toEqual([[]]);
  };

  test("is not listed of a time before it, and none of a time before all of them", () => check(store));

  test("nor when it is packed, nor after a restart", () => {
    store.flush(NOON, nothing);
    check(store);
    check(openStore(database));
  });

  test("nor where nothing is packed, and is of a time for which samples come late", () => {
    const unpacked = new NodeDatabase();
    const some = openStore(unpacked);
    some.append(refOf(some, "m", { age: "old" }), NOON - 9 * HOUR, 1, NOON);
    for (const age of ["old", "new"]) some.append(refOf(some, "m", { age }), NOON - HOUR, 1, NOON);
    some.commit(NOON, nothing);
    check(some);
    check(openStore(unpacked));
    some.append(refOf(some, "m", { age: "new" }), NOON - HOUR - 20 * MINUTE, 1, NOON);
    some.commit(NOON, nothing);
    for (const one of [some, openStore(unpacked)]) {
      expect(listed(one, NOON - 9 * HOUR, NOON - HOUR - 21 * MINUTE)).toEqual([["old"]]);
      expect(listed(one, NOON - 9 * HOUR, NOON - HOUR - MINUTE)).toEqual([["new", "old"]]);
    }
  });

  test("is listed where it is not known any more when it came", () => {
    new SnapshotStore(database).remove("last");
    const again = openStore(database);
    for (const age of ["old", "new"]) again.append(refOf(again, "m", { age }), NOON, 1, NOON);
    expect(listed(again, NOON - 9 * HOUR, NOON - 5 * HOUR)).toEqual([["new", "old"]]);
  });
});

describe("lists of several shards", () => {
  const listOf = (entries: readonly unknown[]): JsonList => unwrap(finish(jsonList(found(entries), forever())));
  const odd = ['a"b', "a", "a!", "ä", "line\nbreak", "comma,"];

  test("each value comes once, in order, whatever characters it has", async () => {
    const merged = await mergedLists([listOf(odd.toSorted()), listOf(["a", "b"])], "texts");
    expect(await entriesOf(merged)).toEqual([...odd, "b"].toSorted());
    const one = { __name__: "up", job: "a" };
    const series = await mergedLists([listOf([one]), listOf([one, { __name__: "up", job: "b" }])], null);
    expect((await entriesOf<Labels>(series)).map(seriesKey).length).toBe(2);
  });

  test("characters beyond U+FFFF come last, as in UTF-8; series of several selectors are in the order of their labels", async () => {
    const merged = await mergedLists([listOf(["a", "\u{1f600}"]), listOf(["b", "\u{ff21}"])], "texts");
    expect(await entriesOf(merged)).toEqual(["a", "b", "\u{ff21}", "\u{1f600}"]);
    const [first, second, third] = ["a", "\u{ff21}", "\u{1f600}"].map((job) => ({ __name__: "up", job }));
    const series = await mergedLists([listOf([first, third]), listOf([second, third])], "series");
    expect(await entriesOf(series)).toEqual([first, second, third]);
  });

  test("an answer is cut to its limit, and says so", async () => {
    const listed = async (entries: readonly string[], most: number | null): Promise<unknown> =>
      (await listResponse(async () => listOf(entries), most)).json();
    const values = Array.from({ length: 20_000 }, (_, i) => `value-${i}`);
    for (const most of [1, 4999, 19_999]) {
      const answer = (await listed(values, most)) as { data: string[]; warnings: string[] };
      expect(answer.data).toEqual(values.slice(0, most));
      expect(answer.warnings).toEqual(["results truncated due to limit"]);
    }
    expect(await listed(values, 20_000)).toEqual({ status: "success", data: values });
    expect(await listed([], null)).toEqual({ status: "success", data: [] });
  });

  test("more than a call of an object takes is refused by the limit's name", () => {
    const long = "x".repeat(1_000_000);
    const entries = Array.from({ length: 30 }, () => long);
    const refused = finish(jsonList(found(entries), forever()));
    expect(refused).toMatchObject({ ok: false, error: { code: "limit" } });
    expect(refused.ok ? "" : refused.error.message).toContain("maxListBytes");
  });
});
