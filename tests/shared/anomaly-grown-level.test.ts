import { describe, expect, test } from "vitest";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { randomSource } from "../bench/anomaly-generator.ts";

const STEP = 300_000;
const DAY = 288;
const DEPLOY = 20.5 * DAY;
const START = 2700 * 7 * 86_400_000;

/** Requests a second of a service that is used most at three in the afternoon, or in working hours. */
const requests = {
  sine: (i: number) => 100 + 45 * Math.cos((2 * Math.PI * (i - 0.625 * DAY)) / DAY),
  office: (i: number) => {
    const isWeekend = Math.floor(i / DAY) % 7 > 4;
    return 20 + (isWeekend ? 30 : 100) * ((1 + Math.cos((2 * Math.PI * (i - 0.58 * DAY)) / DAY)) / 2) ** 2;
  },
};

/** What is told from day `from` on, when requests become so many times as many for `days`: what each ends as, and the day after it. A deploy on day 20 halves them for six hours. */
function told(
  shape: keyof typeof requests,
  times: number,
  from: number,
  days: number,
  until = 14,
): { readonly kind: string; readonly day: number }[] {
  const random = randomSource(Math.round(from * 100) + times * 7);
  const bank = createDetectorBank();
  const slot = bank.add();
  bank.enrich(slot);
  const found: { kind: string; day: number }[] = [];
  for (let i = 0; i < until * DAY; i++) {
    const since = i / DAY - from;
    const deployed = i >= DEPLOY && i < DEPLOY + DAY / 4 ? 0.5 : 1;
    if (i === DEPLOY) bank.permitChange(slot, START + i * STEP);
    const value =
      deployed * requests[shape](i) * (since >= 0 && since < days ? times : 1) * (1 + 0.05 * (random() + random() + random() - 1.5));
    const score = bank.observe(slot, START + i * STEP, value);
    if (since < 0) continue;
    const { kind } = bank.judgement(slot)!;
    if (score >= 0.5) found.push({ kind, day: Math.floor(since) });
    else if (bank.revised(slot) && found.length > 0) found[found.length - 1]!.kind = kind;
  }
  return found;
}

describe.each(["sine", "office"] as const)("requests of a service (%s)", (shape) => {
  describe.each([8.6, 9.6, 10.45])("from day %f on", (from) => {
    test.each([0.6, 1.3, 1.6])("%f times as many for good are a level that has moved, and its season with it", (times) => {
      expect(told(shape, times, from, 14)).toEqual([{ kind: "level_shift", day: 0 }]);
    });

    test.each([0.5, 1.7])("%f times as many for twenty hours are one event: that they are back is none", (times) => {
      expect(told(shape, times, from, 20 / 24)).toEqual([{ kind: "level_shift", day: 0 }]);
    });
  });
});

test("nothing at all for a day and a half is told once, and its end belongs to it", () => {
  for (const from of [9.6, 10.1]) expect(told("sine", 0, from, 1.5)).toHaveLength(1);
});

test("after a factor for good the way back of a later deploy is no news", () => {
  expect(told("sine", 0.5, 9.6, 30, 23)).toEqual([{ kind: "level_shift", day: 0 }]);
});
