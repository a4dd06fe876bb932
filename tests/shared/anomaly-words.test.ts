import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { renamed } from "@sightline/shared/anomaly/reason";
import type { Judgement } from "@sightline/shared/model/anomaly";
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

  test("a season is not broken beyond a range that the value is in", () => {
    expect(renamed(judged, "seasonal_break", 133).reason).toBe(
      "from 133 on the series is not where it usually is at this time (expected 284)",
    );
  });

  test("next to what was expected is no multiple of it", () => {
    const of = (value: number, expected: number) => renamed({ ...judged, value, expected, lower: expected, upper: expected }, "spike", 0);
    expect(of(5.02, 5.01).reason).toBe("5.02 is 0.2% above the expected 5.01, above the usual 5.01–5.01");
    expect(of(184, 184.5).reason).toContain("184 is 0.271% below the expected");
  });
});
