import { describe, expect, test } from "vitest";
import { expectedSentence, forecastHorizon, forecastNotes, forecastSentence, scoreSentence } from "@sightline/shared/format/forecast-text";
import type { ForecastPoint } from "@sightline/shared/model/forecast";

const point: ForecastPoint = { t: 1, mean: 5, lo80: 4, hi80: 6, lo95: 3, hi95: 7 };
const score = { points: 120, wape: 0.0312, naiveWape: 0.07, coverage80: 0.8, coverage95: 0.958 };

describe("what a forecast says", () => {
  const points = (count: number, stepMs: number): ForecastPoint[] =>
    Array.from({ length: count }, (_, i) => ({ ...point, t: 1_700_000_000_000 + i * stepMs, mean: i === count - 1 ? 5 : 1 }));
  const format = (value: number): string => `${value} ms`;

  test("is its end and the 95% band there", () => {
    expect(forecastSentence({ points: points(14, 15_000) }, forecastHorizon(900_000), format)).toBe(
      "forecast in 3 min 45 s: 5 ms (95%: 3 ms – 7 ms)",
    );
    expect(forecastSentence({ points: [] }, 1, String)).toBe("");
  });

  test("is told of the time that it reaches, where that is not what was asked, with the reason beside", () => {
    const sixHours = 6 * 3_600_000;
    const shortened = "There are samples of 30 min, and a forecast reaches no further ahead than they reach back.";
    expect(forecastSentence({ points: points(30, 60_000) }, sixHours, format)).toBe("forecast in 30 min: 5 ms (95%: 3 ms – 7 ms)");
    expect(forecastSentence({ points: points(1, 0) }, 3_600_000, format)).toBe("forecast for 2023-11-14T22:13Z: 5 ms (95%: 3 ms – 7 ms)");
    expect(forecastNotes({ shortened })).toBe(shortened);
    expect(forecastNotes(null)).toBe("");
  });

  test("and an expected range is told by its newest bounds", () => {
    expect(expectedSentence({ lower: [1, 2], upper: [3, 4] }, String)).toBe("expected now: 2 – 4");
    expect(expectedSentence({ lower: [], upper: [] }, String)).toBe("");
  });

  test("and how those before fared, once there is something to say", () => {
    expect(scoreSentence(score)).toBe(
      "Forecasts so far were off by 3.1% (the last value repeated: 7%); the 95% band held 96% of 120 points.",
    );
    expect(scoreSentence({ ...score, points: 3 })).toBe("");
    expect(scoreSentence(undefined)).toBe("");
    expect(scoreSentence({ ...score, wape: 1e9 })).toContain("more than 999%");
  });
});
