/** Rules of a project with several shards look at the series of all of them, once. */
import { expect, test, vi } from "vitest";
import type { ShardMap } from "../../worker/src/objects/rpc.ts";
import { ownerOf } from "../../worker/src/project/shard-owners.ts";
import { json, type Send, sendAs, tokenOf } from "./http-calls.ts";

const WAIT = { timeout: 30_000, interval: 250 };

/** Senders that together are in every shard of the map. */
function sendersIn(map: ShardMap): readonly string[] {
  const names = Array.from({ length: 40 }, (_, n) => `app-${n}`);
  return map.shards.map((shard) => names.find((name) => ownerOf(map, name) === shard) ?? "");
}

async function ingest(call: Send, sender: string, metrics: readonly unknown[]): Promise<void> {
  const headers = { "content-type": "application/json", "x-sightline-sender": sender };
  const response = await call("/api/v1/ingest", { ...json("POST", { metrics }), headers });
  expect(await response.json()).toMatchObject({ rejected: [] });
}

interface PrometheusAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly state: string;
  readonly value: string;
}

const alertsOf = async (call: Send): Promise<readonly PrometheusAlert[]> =>
  (await (await call("/api/v1/alerts")).json<{ readonly data: { readonly alerts: readonly PrometheusAlert[] } }>()).data.alerts;

const RULES = `
groups:
  - name: across
    interval: 1s
    rules:
      - record: load:sum
        expr: sum(load)
      - alert: Overloaded
        expr: sum(load) > 12
      - alert: Alone
        expr: count(load) < 2
      - alert: Missing
        expr: absent(load)
      - alert: Heavy
        expr: load > 7
      - alert: Recorded
        expr: load:sum > 12
`;

test("what aggregates, or looks for absence, is judged once over all shards; what looks at one series by its own shard", async () => {
  const admin = sendAs(await tokenOf("rules-across", "admin"));
  const map = await (await admin("/v1/shards", json("PUT", { shards: 3 }))).json<ShardMap>();
  const senders = sendersIn(map);
  expect(senders).not.toContain("");
  const put = await admin("/v1/rules", { method: "PUT", body: RULES, headers: { "content-type": "application/yaml" } });
  expect(put.status).toBe(200);
  // No shard has more than 8, the three have 18.
  for (const [i, sender] of senders.entries())
    await ingest(admin, sender, [{ name: "load", type: "gauge", labels: { app: sender }, value: [5, 8, 5][i] }]);
  await vi.waitFor(async () => {
    const names = (await alertsOf(admin)).map(({ labels, value }) => `${labels["alertname"]} ${Number(value)}`).sort();
    expect(names).toEqual(["Heavy 8", "Overloaded 18", "Recorded 18"]);
  }, WAIT);
  const recorded = await (await admin("/api/v1/query?query=load:sum")).json();
  expect(recorded).toMatchObject({ data: { result: [{ value: [expect.any(Number), "18"] }] } });
});

test("alerts that the rule's labels make alike in different shards are told as an error of the rule", async () => {
  const admin = sendAs(await tokenOf("rules-alike", "admin"));
  const map = await (await admin("/v1/shards", json("PUT", { shards: 2 }))).json<ShardMap>();
  const rules = "groups: [{ name: g, rules: [{ alert: Alike, expr: load > 4, labels: { app: all } }] }]";
  expect((await admin("/v1/rules", { method: "PUT", body: rules, headers: { "content-type": "application/yaml" } })).status).toBe(200);
  for (const sender of sendersIn(map)) await ingest(admin, sender, [{ name: "load", type: "gauge", labels: { app: sender }, value: 5 }]);
  await vi.waitFor(async () => {
    const listed = await (await admin("/api/v1/rules?rule_group[]=g")).json();
    expect(listed).toMatchObject({
      data: { groups: [{ rules: [{ health: "err", lastError: expect.stringContaining("same labelset after applying alert labels") }] }] },
    });
  }, WAIT);
});
