/** A shard that leads others judges what looks across series over all of them; the others leave that to it. */
import { fail, ok } from "@sightline/shared/model/result";
import { finish } from "@sightline/shared/promql/evaluation/pace";
import type { Slo } from "@sightline/shared/model/slo";
import { describe, expect, test } from "vitest";
import type { Elsewhere, EvaluationPlan, RulePlace } from "../../worker/src/rules/api.ts";
import { sloCounts } from "../../worker/src/shard/slo-counts.ts";
import { StoredSeries } from "./stored-series.ts";
import { groupsOf } from "../support/rule-groups.ts";

const T = 1_700_000_000_000;

const RULES = groupsOf(`
groups:
  - name: g
    interval: 15s
    rules:
      - {record: "load:sum", expr: sum(load)}
      - {alert: Overloaded, expr: sum(load) > 10}
      - {alert: Missing, expr: absent(other)}
      - {alert: Silent, expr: sightline_sender_silence_seconds > 60}
      - {alert: Heavy, expr: load > 7}
`);

const SLO: Slo = {
  id: "s1",
  name: "calls",
  kind: "availability",
  good: '{__name__="calls_total",code="200"}',
  total: "calls_total",
  objective: 0.99,
  windowMs: 30 * 86_400_000,
};

function shardAs(place: RulePlace, groups = RULES): StoredSeries {
  const shard = new StoredSeries();
  shard.nowMs = T;
  shard.evaluation.configure({ version: 1, groups, slos: [SLO] }, T, place);
  return shard;
}

const elsewhere = (leader: StoredSeries, follower: StoredSeries, at: number): Elsewhere => ({
  at,
  select: ok((request) => [...leader.select(request), ...follower.select(request)]),
  slos: ok([sloCounts(follower.evaluation, at)]),
});

const firing = (plan: EvaluationPlan): readonly string[] =>
  plan.transitions.filter(({ to }) => to === "firing").map(({ rule, value }) => `${rule} ${Number(value.toFixed(2))}`);

describe("with two shards", () => {
  test("an aggregate is judged once over both, a single series where it is", () => {
    const [leader, follower] = [shardAs("leader"), shardAs("follower")];
    follower.synthetic = [{ labels: { __name__: "sightline_sender_silence_seconds", sender: "a" }, value: 90 }];
    leader.append({ __name__: "load", app: "a" }, T + 1000, 5);
    follower.append({ __name__: "load", app: "b" }, T + 1000, 8);
    expect(firing(follower.finish())).toEqual(["Heavy 8"]);
    const at = T + 15_000;
    expect(follower.evaluation.tickReads(at)).toBeNull();
    expect(firing(follower.tick(at))).toEqual(["Silent 90"]);
    expect(leader.evaluation.tickReads(at)?.requests.map(({ matchers }) => matchers[0]?.value)).toEqual(["load", "other"]);
    const plan = finish(leader.evaluation.tick(at, elsewhere(leader, follower, at)));
    expect(firing(plan)).toEqual(["Overloaded 13", "Missing 1"]);
    expect(plan.recorded?.find(({ labels }) => labels["__name__"] === "load:sum")?.values).toEqual(Float64Array.of(13));
  });

  test("while the other cannot be read, rules across both say so and keep their alerts", () => {
    const [leader, follower] = [shardAs("leader"), shardAs("follower")];
    leader.append({ __name__: "load", app: "a" }, T + 1000, 5);
    follower.append({ __name__: "load", app: "b" }, T + 1000, 6);
    leader.synthetic = [{ labels: { __name__: "sightline_sender_silence_seconds", sender: "a" }, value: 90 }];
    finish(leader.evaluation.tick(T + 15_000, elsewhere(leader, follower, T + 15_000)));
    const lost = {
      at: T + 30_000,
      select: fail("unavailable", "shard-1 cannot be read"),
      slos: fail("unavailable", "shard-1 cannot be read"),
    };
    expect(finish(leader.evaluation.tick(T + 30_000, lost)).transitions).toEqual([]);
    expect(leader.evaluation.faults().map(({ name, message }) => `${name}: ${message}`)).toEqual(
      ["load:sum", "Overloaded", "Missing"].map((name) => `${name}: shard-1 cannot be read`),
    );
    expect(
      leader.evaluation
        .active()
        .map(({ rule }) => rule)
        .sort(),
    ).toEqual(["Missing", "Overloaded", "Silent"]);
    // Without an answer at all nothing across both is judged, and it stays due.
    expect(finish(leader.evaluation.tick(T + 45_000)).transitions).toEqual([]);
    expect(leader.evaluation.nextTickAt(T + 45_000)).toBeLessThanOrEqual(T + 46_000);
  });

  test("an alert of a single series whose annotation asks a query finds what lies beside it, whoever leads", () => {
    const asking = groupsOf(`
groups:
  - name: g
    interval: 15s
    rules:
      - {record: "load:double", expr: load * 2}
      - alert: Heavy
        expr: load > 7
        annotations: { text: '{{ with query (printf "memory{app=%q}" $labels.app) }}{{ . | first | value }} MB{{ else }}none{{ end }}' }
      - {alert: Doubled, expr: "load:double > 15", annotations: { text: '{{ query "load" | len }}' }}
`);
    const [leader, follower] = [shardAs("leader", asking), shardAs("follower", asking)];
    for (const [shard, app, memory] of [
      [leader, "a", 41],
      [follower, "b", 42],
    ] as const) {
      shard.append({ __name__: "memory", app }, T + 500, memory);
      shard.append({ __name__: "load", app }, T + 1000, 8);
    }
    const texts = ({ transitions }: EvaluationPlan): readonly string[] =>
      transitions.map(({ rule, to, labels, annotations }) => `${rule} ${labels["app"]} ${to}: ${annotations["text"]}`);
    expect([...texts(leader.finish()), ...texts(follower.finish())]).toEqual([]);
    const at = T + 15_000;
    expect(texts(follower.tick(at))).toEqual(["Heavy b firing: 42 MB"]);
    // What is recorded lies in the leader, whatever it is made of.
    expect(texts(finish(leader.evaluation.tick(at, elsewhere(leader, follower, at))))).toEqual([
      "Heavy a firing: 41 MB",
      "Doubled a firing: 1",
      "Doubled b firing: 1",
    ]);
    const lost = { at: at + 15_000, select: fail("unavailable", "shard-1 cannot be read"), slos: ok([]) };
    expect(texts(finish(leader.evaluation.tick(lost.at, lost)))).not.toContainEqual(expect.stringContaining("Heavy"));
    expect(leader.evaluation.faults().map(({ name }) => name)).toEqual(["load:double"]);
  });

  test("a budget burns by the events of both", () => {
    const [leader, follower] = [shardAs("leader"), shardAs("follower")];
    // Of what the first counts all failed, but together it is one in a thousand.
    const code = (shard: StoredSeries, value: string, t: number, count: number): void =>
      shard.append({ __name__: "calls_total", code: value }, t, count, "counter");
    for (let s = 0; s <= 600; s += 60) {
      code(leader, "500", T + s * 1000, s / 60);
      code(follower, "200", T + s * 1000, s * 20);
    }
    const at = T + 600_000;
    expect(firing(follower.tick(at))).toEqual([]);
    expect(firing(finish(leader.evaluation.tick(at, elsewhere(leader, follower, at))))).not.toContainEqual(
      expect.stringContaining("SLOBurn"),
    );
    const alone = shardAs("alone");
    for (let s = 0; s <= 600; s += 60) code(alone, "500", T + s * 1000, s / 60);
    expect(firing(alone.tick(at))).toContainEqual(expect.stringContaining("SLOBurn"));
  });
});
