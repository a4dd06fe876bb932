import { expect, test } from "vitest";
import type { SelectRequest } from "@sightline/shared/promql/api";
import { ForecastCrossings } from "../../worker/src/query/forecast-crossings.ts";
import type { QuerySource } from "../../worker/src/query/query-source.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { MINUTE, NOON } from "./open-store.ts";
import { Sender, gauge, openShard, post } from "./shard-fixture.ts";

const HOUR = 60 * MINUTE;
const LABELS = { __name__: "disk_used", host: "a" };

test("what a forecast of a crossing promised is compared with what came, and the next is made knowing it", async () => {
  const shard = openShard(new NodeDatabase(), { now: NOON });
  const sender = new Sender();
  // A disk that fills by 1 a minute for six hours and stands still from then on.
  const filling = (minute: number): number => 500 + Math.min(0, minute) + 0.2 * Math.sin(minute);
  const samples = (from: number, to: number): [number, number][] =>
    Array.from({ length: to - from }, (_, i): [number, number] => [NOON + (from + i) * MINUTE, filling(from + i)]);
  await post(shard.core, sender.hello(), sender.frame(1, { series: [gauge(LABELS, samples(-360, 1))] }));
  const asked: SelectRequest[] = [];
  const source: QuerySource = {
    now: () => NOON,
    profile: shard.core.reads.profile,
    select: (request) => {
      asked.push(request);
      return shard.core.reads.select(request);
    },
  };
  const crossings = new ForecastCrossings(source);
  const [first] = crossings.of([LABELS], 560, NOON);
  expect(first).toBeGreaterThan(NOON + 40 * MINUTE);
  expect(first).toBeLessThan(NOON + 90 * MINUTE);
  // Another threshold of the same series needs no other forecast.
  asked.length = 0;
  expect(crossings.of([LABELS], 530, NOON)[0]).toBeLessThan(first ?? NaN);
  expect(asked).toEqual([]);

  shard.now = NOON + 4 * HOUR;
  await post(shard.core, sender.hello(), sender.frame(2, { series: [gauge(LABELS, samples(1, 241))] }));
  crossings.of([LABELS], 560, NOON + 4 * HOUR);
  const looked = asked.filter(({ startMs, endMs }) => endMs - startMs === 5 * MINUTE && endMs > NOON && endMs < NOON + 4 * HOUR);
  // At a twelfth, a quarter, five and seven twelfths of six hours.
  expect(looked.map(({ endMs }) => Math.round((endMs - NOON) / HOUR / 0.5) * 0.5)).toEqual([0.5, 1.5, 2.5, 3.5]);
});
