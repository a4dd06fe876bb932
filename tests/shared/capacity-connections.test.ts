import { expect, test } from "vitest";
import { judgeResource } from "@sightline/shared/capacity/judge-resource";

const HOUR = 3_600_000;

test.each([
  [1.3, /^each is in use for as long as now: where requests then wait for each other/],
  [0.7, /^$/],
])("with traffic times %d connections say whether waiting is in them", (traffic, said) => {
  const timestamps = Array.from({ length: 96 }, (_, i) => i * HOUR);
  const asked = timestamps.map((_, i) => 100 + 60 * Math.sin((2 * Math.PI * i) / 24) + (i % 3));
  const judged = judgeResource({
    resource: { kind: "connections", name: "pool", labels: {}, query: "pool", unit: "", limit: 200 },
    history: { timestamps, values: asked.map((demand, i) => 5 + demand / 2 + (i % 2)) },
    demand: { timestamps, values: asked },
    scenario: { traffic },
    hosts: 1,
    random: () => 0.5,
  });
  expect(judged).toMatchObject({ scenario: { assumptions: expect.any(Array) } });
  const assumptions = judged !== null && "scenario" in judged && "assumptions" in judged.scenario ? judged.scenario.assumptions : [];
  expect(assumptions.join("; ")).toMatch(said);
});
