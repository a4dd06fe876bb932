import type { CapacityResponse } from "@sightline/shared/api/analyses";
import { capacityResponse } from "@sightline/shared/capacity/capacity-response";
import { judgeResource } from "@sightline/shared/capacity/judge-resource";
import { totalCostText } from "@sightline/shared/format/capacity-text";
import type { CapacitySettings, Scenario } from "@sightline/shared/model/capacity";
import { describe, expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const GIB = 2 ** 30;
const START = Date.UTC(2024, 0, 1);

describe("what a scenario costs", () => {
  /** Two hosts' disks of 100 GiB, 60 of them used and 1.2 more a day, and what all comes to. */
  const costs = (scenario: Scenario, prices: CapacitySettings["prices"] = { disk: { perMonth: 1, unit: "GiB" } }) => {
    const random = randomSource(6);
    const timestamps = Array.from({ length: 10 * 24 }, (_, i) => START + i * HOUR);
    const values = timestamps.map((_, i) => GIB * (60 + i * 0.05 + 0.05 * (random() - 0.5)));
    const found = ["a", "b"].map((host) =>
      judgeResource({
        resource: { kind: "disk", name: `disk / on ${host}`, labels: { host_name: host }, query: "used", unit: "bytes", limit: 100 * GIB },
        history: { timestamps, values },
        hosts: 2,
        random: randomSource(1),
        scenario,
      }),
    );
    const settings = { currency: "EUR", prices, resources: [] };
    const request = { startMs: START, endMs: timestamps.at(-1) ?? 0, hosts: 2, scenario, settings, warnings: [] };
    return capacityResponse([{ resources: found.flatMap((one) => one ?? []), left: [], warnings: [] }], request);
  };

  test("is that of the sizes that would be recommended: more traffic needs more, shorter retention less", () => {
    const [same, twice] = [costs({ traffic: 1 }), costs({ traffic: 2 })];
    const shorter = costs({ retention: { nowMs: 60 * DAY, thenMs: 15 * DAY } });
    expect(same.scenarioCost).toMatchObject({ currency: "EUR", perMonth: expect.closeTo(200, 6) as number });
    // Nothing is other than now: what is recommended is, too.
    expect(same.scenarioCost?.recommendedPerMonth).toBeCloseTo(200 - (same.savingPerMonth ?? 0), 6);
    // 36 more to come in 30 days, of 80%: 45 a disk.
    const more = (twice.scenarioCost?.recommendedPerMonth ?? 0) - (same.scenarioCost?.recommendedPerMonth ?? 0);
    expect(more / 2).toBeGreaterThan(40);
    expect(more / 2).toBeLessThan(50);
    expect(shorter.scenarioCost?.recommendedPerMonth).toBeLessThan(same.scenarioCost?.recommendedPerMonth ?? 0);
    const [disk] = twice.resources ?? [];
    expect(disk).toMatchObject({ scenario: { cost: { perMonth: expect.closeTo(100, 6) as number } } });
    expect(totalCostText(twice)).toMatch(
      /^All that has a price: 200 EUR a month, \d+ more as recommended\. What if: \d+ EUR a month, \d+ more than now\.$/,
    );
  });

  test("rises with the traffic, however much that is", () => {
    const perMonth = [1, 2, 8, 20, 100].map((traffic) => costs({ traffic }).scenarioCost?.recommendedPerMonth ?? 0);
    for (const [i, one] of perMonth.entries()) expect(one).toBeGreaterThan(perMonth[i - 1] ?? 0);
  });

  test("counts hosts that are added and taken away, with what lies on them", () => {
    const host = { host: { perMonth: 50, unit: "host" } };
    expect(costs({ hosts: 1 }, host).scenarioCost).toEqual({
      currency: "EUR",
      perMonth: 100,
      recommendedPerMonth: 150,
      savingPerMonth: -50,
    });
    expect(costs({ hosts: -1 }, host).scenarioCost).toMatchObject({ recommendedPerMonth: 50, savingPerMonth: 50 });
    expect(costs({ hosts: -2 }, host).scenarioCost).toBeUndefined();
    const [two, three] = [costs({ hosts: 0 }), costs({ hosts: 1 })];
    const ofDisks = (response: CapacityResponse): number =>
      response.resources.reduce((sum, one) => {
        const outcome = "scenario" in one ? one.scenario : undefined;
        if (outcome === undefined || "refused" in outcome || outcome.cost === undefined) throw new Error(JSON.stringify(one));
        return sum + outcome.cost.recommendedPerMonth;
      }, 0);
    expect(two.scenarioCost?.recommendedPerMonth).toBeCloseTo(ofDisks(two), 6);
    expect(three.scenarioCost?.recommendedPerMonth).toBeCloseTo(1.5 * ofDisks(three), 6);
  });

  test("a price that does not fit what it is of is said", () => {
    expect(costs({ traffic: 2 }, { disk: { perMonth: 1, unit: "piece" } }).warnings).toEqual([
      "disk / on a and 1 more have no price: prices.disk is of a piece, and this is measured in bytes.",
    ]);
    expect(costs({ traffic: 2 }, { budget: { perMonth: 1, unit: "piece" } }).warnings).toEqual([]);
  });
});
