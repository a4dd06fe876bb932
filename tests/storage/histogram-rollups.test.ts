import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { rollUpSamples } from "@sightline/shared/promql/histogram/roll-up";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import { assert, describe, expect, test } from "vitest";
import { mergeSeries } from "../../worker/src/query/merge-series.ts";
import { queryAmong } from "../../worker/src/query/query-among.ts";
import { readTiered } from "../../worker/src/storage/tiered-reads.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { DAY, MINUTE, NOON } from "./open-store.ts";
import { type Fixture, HISTOGRAM, Sender, gauge, openShard, post } from "./shard-fixture.ts";

const HOUR = 60 * MINUTE;
const MIDNIGHT = Math.floor(NOON / DAY) * DAY;
const DAYS = 3;

/** What a timer has counted by its i-th minute: two observations each, begun anew every 1,000 minutes. */
function timer(i: number): NativeHistogram {
  const n = (i % 1000) + 1;
  const slow = Math.floor(n / 10);
  const positiveSpans = [
    { offset: -8, length: 1 },
    { offset: 7, length: 1 },
  ];
  return { ...HISTOGRAM, count: 2 * n, sum: n + slow, positiveSpans, positiveBuckets: [2 * n - slow, slow] };
}

/** Two timers a minute, and a counter of the same observations. */
async function threeDays(database: NodeDatabase): Promise<Fixture> {
  const shard = openShard(database, { now: MIDNIGHT });
  const sender = new Sender();
  for (let hour = 0; hour < DAYS * 24 + 3; hour++) {
    const minutes = Array.from({ length: 60 }, (_, i) => hour * 60 + i + 1);
    const times = minutes.map((i): [number, number] => [MIDNIGHT + i * MINUTE, 0]);
    shard.now = MIDNIGHT + (hour + 1) * HOUR;
    const histograms = minutes.map(timer);
    const series = [
      ...["/cart", "/pay"].map((route) => gauge({ __name__: "took_seconds", route }, times, { histograms })),
      gauge(
        { __name__: "took_total" },
        times.map(([t], at) => [t, histograms[at]?.count ?? 0]),
      ),
    ];
    await post(shard.core, sender.hello(), sender.frame(hour + 1, { series }));
    shard.core.store.flush(shard.now, () => undefined);
    settle(shard);
  }
  return shard;
}

function settle({ core, now }: Fixture): void {
  while (core.store.compactor.dueAt(now) <= now) core.store.compactor.step(now);
}

interface Answer {
  readonly values: Readonly<Record<string, readonly (readonly [number, string])[]>>;
  readonly infos: readonly string[];
}

async function ask({ core }: Fixture, query: string, rawOnly = false): Promise<Answer> {
  const times = { startMs: MIDNIGHT + HOUR, endMs: MIDNIGHT + 2 * DAY, stepMs: HOUR };
  const answer = await queryAmong(core.reads, undefined, { query, ...times, rawOnly }, () => Promise.resolve());
  assert(answer.ok, answer.ok ? "" : answer.error.message);
  const told = JSON.parse(new TextDecoder().decode(answer.value)) as {
    readonly data: {
      readonly result: readonly {
        readonly metric: object;
        readonly values?: [number, string][];
        readonly histograms?: [number, string][];
      }[];
    };
    readonly infos?: readonly string[];
  };
  const values = told.data.result.map(({ metric, values, histograms }) => [JSON.stringify(metric), values ?? histograms ?? []]);
  return { values: Object.fromEntries(values) as Answer["values"], infos: told.infos ?? [] };
}

const QUERIES = [
  "increase(took_seconds[1h])",
  "histogram_count(increase(took_seconds[1h]))",
  "histogram_sum(rate(took_seconds[2h]))",
  "histogram_avg(rate(took_seconds[1h]))",
  "histogram_quantile(0.95, sum(rate(took_seconds[1h])))",
  "sum by (route) (rate(took_seconds[6h]))",
  "count(took_seconds)",
  "took_seconds",
  "last_over_time(took_seconds[1h])",
];

describe("native histograms by the hour", () => {
  test("say what the single ones say, also when these have left, and after a restart", async () => {
    const database = new NodeDatabase();
    const shard = await threeDays(database);
    const exact = await Promise.all(QUERIES.map((query) => ask(shard, query, true)));
    for (const [at, query] of QUERIES.entries()) {
      const tiered = await ask(shard, query);
      expect(tiered.infos.join(), query).toContain("answered from 1h rollups");
      expect(tiered.values, query).toEqual(exact[at]?.values);
      expect(Object.values(tiered.values)[0]?.length, query).toBe(48);
    }
    shard.now += 32 * DAY;
    shard.core.store.retain(shard.now);
    expect((await ask(shard, "took_seconds", true)).values).toEqual({});
    for (const [at, query] of QUERIES.entries()) expect((await ask(shard, query)).values, query).toEqual(exact[at]?.values);
    const again = openShard(database, { now: shard.now });
    for (const [at, query] of QUERIES.entries()) expect((await ask(again, query)).values, query).toEqual(exact[at]?.values);
    const counted = await ask(again, "increase(took_total[1h])");
    const observed = await ask(again, 'histogram_count(increase(took_seconds{route="/pay"}[1h]))');
    expect(Object.values(observed.values)).toEqual(Object.values(counted.values));
  });

  test("with what came after they were made", async () => {
    const shard = await threeDays(new NodeDatabase());
    const late = gauge(
      { __name__: "took_seconds", route: "/late" },
      Array.from({ length: 120 }, (_, i) => [MIDNIGHT + (i + 1) * MINUTE, 0]),
      {
        histograms: Array.from({ length: 120 }, (_, i) => timer(i)),
      },
    );
    const ref = shard.core.store.resolve(late.labels, late.metadata);
    assert(ref.ok);
    for (const [i, t] of late.timestamps.entries())
      shard.core.store.appendHistogram(ref.value, t, late.histograms?.[i] ?? HISTOGRAM, shard.now, "history");
    const read = (maxResolutionMs?: number) =>
      readTiered(
        shard.core.store,
        [ref.value],
        { startMs: MIDNIGHT, endMs: MIDNIGHT + DAY, ...(maxResolutionMs === undefined ? {} : { maxResolutionMs }) },
        shard.now,
      )[0];
    const raw = read();
    assert(raw?.histograms !== undefined);
    const [expected] = rollUpSamples(raw, [HOUR], [false]) ?? [];
    expect(expected?.ends).toHaveLength(2);
    expect(read(HOUR)?.rollup).toEqual(expected);
    shard.core.store.flush(shard.now, () => undefined);
    expect(read(HOUR)?.rollup).toEqual(expected);
    shard.now += 7 * HOUR;
    settle(shard);
    expect(shard.core.store.runs.runs.filter((run) => run.resolutionMs === HOUR && run.day === MIDNIGHT / DAY)).toHaveLength(1);
    expect(read(HOUR)?.rollup).toEqual(expected);
  });

  test("of days whose aggregates an older build made are read from the single ones", async () => {
    const shard = await threeDays(new NodeDatabase());
    const { runs } = shard.core.store;
    const exact = await ask(shard, "increase(took_seconds[1h])", true);
    const [made] = runs.runs.filter((run) => run.resolutionMs === HOUR);
    assert(made !== undefined);
    const { digests: _, ...before } = made;
    runs.publish([{ ...before, id: runs.begin(), rows: [] }], [made.id]);
    expect((await ask(shard, "increase(took_seconds[1h])")).values).toEqual(exact.values);
  });

  test("of two shards are those of the whole, also where one has single ones of the same time", () => {
    const histograms = Array.from({ length: 300 }, (_, i) => timer(i + 900));
    const part = (from: number, to: number): SelectedSeries => ({
      labels: { __name__: "took_seconds" },
      timestamps: Float64Array.from({ length: to - from }, (_, i) => (from + i + 1) * MINUTE),
      values: new Float64Array(to - from),
      histograms: histograms.slice(from, to),
    });
    const aged = (from: number, to: number, until: number): SelectedSeries => {
      const [rollup] = rollUpSamples(part(from, until), [HOUR], [false]) ?? [];
      return { ...part(until, to), ...(rollup === undefined ? {} : { rollup }) };
    };
    const [whole] = rollUpSamples(part(0, 240), [HOUR], [false]) ?? [];
    for (const [left, right] of [
      [aged(0, 130, 120), aged(130, 300, 240)],
      [part(0, 130), aged(130, 300, 240)],
    ] as const) {
      const [merged] = mergeSeries([[left], [right]]);
      expect(merged?.rollup).toEqual(whole);
      expect(merged?.histograms).toEqual(histograms.slice(240));
    }
  });
});
