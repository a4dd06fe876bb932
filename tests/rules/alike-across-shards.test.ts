/** Alerts of different shards that a rule's labels make alike: no shard sees both. */
import type { AlertTransition } from "@sightline/shared/model/alert";
import { alikeAcrossShards } from "@sightline/shared/alerting/alike-across-shards";
import { parseRuleFile } from "@sightline/shared/rules/rule-file";
import { expect, test } from "vitest";
import { StoredSeries } from "./stored-series.ts";

const T = 1_700_000_000_000;
const parsed = parseRuleFile(`
groups:
  - name: g
    rules:
      - { alert: Alike, expr: load > 4, labels: { app: all } }
      - { alert: Apart, expr: load > 4 }
  - name: other
    rules: [{ alert: Alike, expr: load > 5 }]
`);
if (!parsed.ok) throw new Error(parsed.error.message);
const groups = parsed.value;

/** The open alerts of a shard that has a load of 5 of each of these. */
function alertsOf(...apps: readonly string[]): readonly AlertTransition[] {
  const shard = new StoredSeries();
  shard.nowMs = T;
  shard.configure(groups);
  for (const app of apps) shard.append({ __name__: "load", app }, T, 5);
  shard.finish();
  return shard.evaluation.active();
}

test("are told as an error of their rule", () => {
  expect(alikeAcrossShards([alertsOf("a"), alertsOf("b"), []], groups)).toEqual([
    {
      group: "g",
      name: "Alike",
      expr: "load > 4",
      at: T,
      message: "vector contains metrics with the same labelset after applying alert labels",
    },
  ]);
});

test("are none where there is one shard, where one shard has all, or where a sender has moved from one to the other", () => {
  expect(alikeAcrossShards([alertsOf("a", "b")], groups)).toEqual([]);
  expect(alikeAcrossShards([alertsOf("a"), alertsOf()], groups)).toEqual([]);
  expect(alikeAcrossShards([alertsOf("a"), alertsOf("a")], groups)).toEqual([]);
});
