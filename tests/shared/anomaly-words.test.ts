import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { renamed } from "@sightline/shared/anomaly/reason";
import { formatMetricValue } from "@sightline/shared/format/metric-value";
import { whatItDid } from "@sightline/shared/insights/series-words";
import type { Judgement } from "@sightline/shared/model/anomaly";
import type { RecentAnomaly } from "@sightline/shared/model/insight";
import { describe, expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";

const START = 1_700_000_000_000;
const judged: Judgement = { t: START, value: 133, expected: 284, lower: 0, upper: 857, score: 0.9, kind: "spike", reason: "" };

describe("the words of a judgement", () => {
  test("know nothing of hours before a day has passed, and call nothing a season that is broken", () => {
    for (const rich of [false, true]) {
      const bank = createDetectorBank();
      const slot = bank.add();
      if (rich) bank.enrich(slot);
      const random = randomSource(3);
      const words = new Set<string>();
      const kinds = new Set<string>();
      for (let i = 0; i < 900; i++) {
        const value = (i < 300 ? 10 : 30) + random() * random() * (i % 97 === 0 ? 400 : 4);
        bank.observe(slot, START + i * 5000, value);
        const judgement = bank.judgement(slot);
        words.add(judgement?.reason ?? "");
        kinds.add(judgement?.kind ?? "");
      }
      expect([...words].filter((reason) => /hour|other days/.test(reason))).toEqual([]);
      expect(kinds).not.toContain("seasonal_break");
    }
  });

  test("what turns out to be a spike after all says no more of a season, and one that fell is a dip", () => {
    const spike = renamed(judged, "spike", 200);
    expect(spike.kind).toBe("dip");
    expect(spike.reason).toBe("133 is a value this series has not shown before (usual 0–857)");
  });

  test("a level has not moved from a range that it is in, nor from what reads the same", () => {
    expect(renamed(judged, "level_shift", 900).reason).toBe("the level moved to about 900 from the usual 0–857");
    expect(renamed(judged, "level_shift", 144).reason).toBe("the level moved to about 144 from the expected 284");
    expect(renamed({ ...judged, expected: 284.1 }, "level_shift", 284.3).reason).toBe("the level moved by 0.2 to about 284");
  });

  test("a season is not broken beyond a range that the value is in", () => {
    expect(renamed(judged, "seasonal_break", 133).reason).toBe(
      "from 133 on the series is not where it usually is at this time (expected 284)",
    );
  });

  test("a drift is told in means of a day, whatever hour it is found in", () => {
    const found: string[] = [];
    for (let q = 0; q < 6; q++) {
      const random = randomSource(50 + q);
      const bank = createDetectorBank();
      const slot = bank.add();
      bank.enrich(slot);
      for (let i = 0; i < 14 * 288; i++) {
        const grown = 1 + 0.06 * Math.max(0, i / 288 - 9);
        const score = bank.observe(slot, START + i * 300_000, (100 - 60 * Math.cos((i / 288 + q / 6) * 2 * Math.PI)) * grown + random());
        const judgement = bank.judgement(slot);
        if (score >= 0.5 && judgement?.kind === "trend_change") found.push(judgement.reason);
      }
    }
    expect(found.length).toBeGreaterThan(3);
    for (const reason of found) expect(reason).toMatch(/^the mean of the last 24 h, 101, is 0\.\d+ above what was expected$/);
  });

  test("what is told only at its end is named for what ended, and the words say so", () => {
    const random = randomSource(31);
    const noise = () => random() + random() + random() + random() - 2;
    const contrary: Judgement[] = [];
    for (let q = 0; q < 12; q++) {
      const bank = createDetectorBank();
      const slot = bank.add();
      bank.enrich(slot);
      for (let i = 0; i < 1560; i++) {
        const isOff = i >= 1500 && i < 1504;
        const score = bank.observe(slot, START + i * 300_000, 50 + noise() + (isOff ? (q % 2 === 0 ? -2.5 : 2.5) : 0));
        const judgement = bank.judgement(slot);
        const isAbove = judgement !== null && judgement.value >= judgement.expected;
        if (score >= 0.5 && judgement?.kind === (isAbove ? "dip" : "spike")) contrary.push(judgement);
      }
    }
    expect(contrary).not.toEqual([]);
    for (const { kind, reason } of contrary)
      expect(reason).toMatch(kind === "spike" ? /, as what had risen falls back$/ : /, as what had fallen rises back$/);
  });

  test("next to what was expected is no multiple of it", () => {
    const of = (value: number, expected: number) => renamed({ ...judged, value, expected, lower: expected, upper: expected }, "spike", 0);
    expect(of(5.02, 5.01).reason).toBe("5.02 is 0.2% above the expected 5.01, above the usual 5.01");
    expect(of(184, 184.5).reason).toContain("184 is 0.271% below the expected");
  });

  test("of the largest numbers are numbers", () => {
    const of = (value: number) => renamed({ ...judged, value, expected: 0, lower: -Number.MAX_VALUE, upper: 0 }, "spike", 0).reason;
    expect(of(Number.MAX_VALUE)).toBe("1.79e+308 is 1.79e+308 above the usual -1.79e+308–0");
  });

  test("next to next to nothing is no multiple of it either, and has no digits of it", () => {
    const of = (expected: number, upper: number) => renamed({ ...judged, value: 20, expected, lower: 0, upper }, "spike", 0).reason;
    expect(of(0.0001, 0.0004)).toBe("20 is 20 above the usual 0");
    expect(of(0.0001, 0.04)).toBe("20 is 20 above the usual 0–0.04");
    expect(of(2, 3)).toBe("20 is 10× the expected 2, above the usual 0–3");
    const moved = { ...judged, value: 20, expected: 0.0001, lower: 0, upper: 0.0004 };
    expect(renamed(moved, "level_shift", 500).reason).toBe("the level moved to about 500 from the usual 0");
  });
});

test("of degrees no share is said", () => {
  const show = (value: number): string => formatMetricValue("room_temperature_celsius", "", value);
  const of = (value: number): Judgement => renamed({ ...judged, value, expected: 21.5, lower: 20, upper: 23 }, "spike", value, show);
  expect(of(30.3).reason).toBe("30.3 °C is 7.3 °C above the usual 20 °C–23 °C");
  expect(of(10).reason).toBe("10 °C is 10 °C below the usual 20 °C–23 °C");
  const anomaly: RecentAnomaly = {
    ...of(30.3),
    id: "a",
    labels: { __name__: "room_temperature_celsius" },
    severity: "warning",
    judgedBy: "value",
    unit: "",
    newest: null,
  };
  expect(whatItDid(anomaly)).toBe("jumped from 21.5 °C to 30.3 °C (+8.8 °C)");
});
