import { beforeEach, expect, test, vi } from "vitest";
import { finish, Pace } from "@sightline/shared/promql/evaluation/pace";
import { QueryError } from "@sightline/shared/promql/failure";
import type { SelectRequest } from "@sightline/shared/promql/api";
import { readPaced } from "@sightline/shared/promql/slices";
import { ArchivedReads } from "../../worker/src/query/archived-reads.ts";
import { backtestAmong } from "../../worker/src/query/backtests.ts";
import { readsForRules } from "../../worker/src/query/select-refusal.ts";
import { createEvaluation } from "../../worker/src/rules/evaluation.ts";
import { bucketArchive } from "../../worker/src/storage/archive.ts";
import { RunArchive } from "../../worker/src/storage/run-archive.ts";
import { alertRule } from "../support/alert-rule.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { fillDays, HOUR, outliveSamples, START } from "./archived-days.ts";
import { MemoryBucket } from "./memory-bucket.ts";
import { DAY, MINUTE, refOf } from "./open-store.ts";
import { type Fixture, openShard } from "./shard-fixture.ts";

const DAYS = 4;

let shard: Fixture;
let reads: ArchivedReads;

beforeEach(async () => {
  const database = new NodeDatabase();
  shard = openShard(database, { now: START, evaluation: createEvaluation });
  const archive = new RunArchive(bucketArchive(new MemoryBucket()), "default/shard-0", database, shard.core.store);
  reads = new ArchivedReads(shard.core.reads, archive);
  fillDays(shard, 0, DAYS);
  while (archive.pending !== null) await archive.storeNext();
  outliveSamples(shard);
});

const told = (request: Omit<SelectRequest, "matchers">, metric = "load"): readonly string[] | string => {
  const matchers = [{ name: "__name__", op: "=" as const, value: metric }];
  const { selectStepwise } = readsForRules(() => shard.core.reads);
  try {
    return finish(readPaced(selectStepwise, { matchers, ...request }, new Pace(Infinity))).map(({ labels }) => labels["host"] ?? "");
  } catch (error) {
    return error instanceof QueryError ? error.message : String(error);
  }
};

test("a rule fails in words where it would read their samples, and not where aggregates will do or its series are younger", () => {
  const { store } = shard.core;
  for (const host of ["a", "b"]) store.append(refOf(store, "load", { host }), shard.now - MINUTE, 5, shard.now);
  store.append(refOf(store, "young", { host: "c" }), shard.now - MINUTE, 5, shard.now);
  const times = { startMs: START, endMs: shard.now };
  expect(told(times)).toMatch(/^it reads 4 days \(2026-11-20 to 2026-11-23\) whose samples are in the archive alone/);
  expect(told({ ...times, coarserWhenGone: true, maxResolutionMs: HOUR })).toEqual(["a", "b"]);
  expect(told(times, "young")).toEqual(["c"]);
  expect(told({ startMs: shard.now - HOUR, endMs: shard.now })).toEqual(["a", "b"]);
});

test("a text of a rule says so where its query would read their samples, and is answered where aggregates will do", async () => {
  const asks = (query: string): string => `{{ with query "${query}" }}{{ . | first | value }}{{ else }}none{{ end }}`;
  const annotations = {
    changes: asks("changes(load{host='a'}[60d])"),
    young: asks("young"),
    count: asks("max_over_time(load{host='a'}[60d])"),
  };
  const rule = alertRule("Old", "vector(1)", { annotations, labels: { kind: asks("changes(load{host='b'}[60d])") } });
  await shard.core.configure({ version: 1, groups: [{ name: "g", intervalMs: MINUTE, rules: [rule] }], slos: [] });
  const { store } = shard.core;
  for (const host of ["a", "b"]) store.append(refOf(store, "load", { host }), shard.now, 5, shard.now);
  await shard.core.tick(shard.now);
  await shard.core.deliverOutbox();
  const away = /error calling query: it reads 4 days \(2026-11-20 to 2026-11-23\) whose samples are in the archive alone/;
  expect(shard.delivered).toMatchObject([
    {
      to: "firing",
      annotations: { changes: expect.stringMatching(away), young: "none", count: "3288" },
      labels: { kind: expect.stringMatching(away) },
    },
  ]);
});

test.each([
  ["at each time as they had it", "count_over_time(load{host='a'}[6h])", "sum(load) > 4400", 0, "72"],
  ["also where only a label reads them", "changes(load{host='a'}[30d] offset 40d)", "vector(1)", 41 * DAY, "1151"],
])("a backtest answers what a label asks, %s", async (_what, query, expr, afterMs, answer) => {
  const labels = { q: `{{ with query "${query}" }}{{ . | first | value }}{{ end }}`, v: "{{ $value }}" };
  const [startMs, endMs] = [START + afterMs, START + afterMs + DAYS * DAY];
  const test = { rule: alertRule("Labelled", expr, { labels }), intervalMs: 5 * MINUTE, startMs, endMs };
  const part = await backtestAmong(reads, undefined, test, () => Promise.resolve());
  const told = part.ok ? part.value.episodes.map((one) => one.labels["q"]) : [part.error.message];
  expect(told).toContain(answer);
  if (afterMs === 0) expect(new Set(told).size).toBe(1);
});

test("a backtest reads what a label asks of days that are here at the times of its alerts alone, an archive or not", async () => {
  const { store } = shard.core;
  const endMs = shard.now;
  for (let t = endMs - 2 * HOUR; t <= endMs; t += MINUTE) store.append(refOf(store, "young", {}), t, 1, t);
  const select = vi.spyOn(reads, "select");
  const labels = { q: '{{ with query "count_over_time(young[10m])" }}{{ . | first | value }}{{ end }}', v: "{{ $value }}" };
  const test = { rule: alertRule("Young", "vector(1)", { labels }), intervalMs: 5 * MINUTE, startMs: endMs - HOUR, endMs };
  const part = await backtestAmong(reads, undefined, test, () => Promise.resolve());
  expect(part.ok && part.value.episodes.map((one) => one.labels["q"])).toEqual(["10"]);
  expect(Math.max(...select.mock.calls.map(([request]) => request.endMs - request.startMs))).toBeLessThanOrEqual(10 * MINUTE);
});
