import { describe, expect, test } from "vitest";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { randomSource } from "../bench/anomaly-generator.ts";

const MINUTE = 60_000;
const DAY = 1440;
const START = 2700 * 7 * DAY * MINUTE;

/** Requests of a service, by the minute: few at night, or as many at all hours. */
const busy = (isSeason: boolean) => (i: number) => (isSeason ? 110 - 90 * Math.cos((2 * Math.PI * i) / DAY) : 100);

/** What is told from day `days` on, by the minute: "dip" at once, "~level_shift" as a new name. `at` gives the value of so many minutes after it, from the usual one. */
function told(days: number, isSeason: boolean, minutes: number, at: (i: number, usual: number) => number): Record<number, string> {
  const random = randomSource(1);
  const usual = busy(isSeason);
  const from = Math.round(days * DAY);
  const bank = createDetectorBank();
  const slot = bank.add();
  bank.enrich(slot);
  const names: Record<number, string> = {};
  for (let i = 0; i < from + minutes; i++) {
    const value = usual(i) * (1 + 0.04 * (random() + random() + random() - 1.5));
    const score = bank.observe(slot, START + i * MINUTE, Math.round(i < from ? value : at(i - from, value)));
    if (i < from) continue;
    if (score >= 0.5) names[i - from] = bank.judgement(slot)!.kind;
    else if (bank.revised(slot)) names[i - from] = `~${bank.judgement(slot)!.kind}`;
  }
  return names;
}

const during = (i: number, ...spans: readonly (readonly [number, number])[]): boolean => spans.some(([from, to]) => i >= from && i < to);

const kinds = [
  { days: 1.4, isSeason: true },
  { days: 5.4, isSeason: true },
  { days: 9.4, isSeason: true },
  { days: 9.4, isSeason: false },
];

describe.each(kinds)("of requests known for $days days, with a season: $isSeason", ({ days, isSeason }) => {
  test.each([6, 8, 12])("an outage of %i minutes is one level that came back, and no season that is gone", (lasts) => {
    expect(told(days, isSeason, 300, (i, usual) => (i < lasts ? 0 : usual))).toEqual({ 0: "dip", 6: "~level_shift" });
  });

  test.each([
    { lasts: 8, pause: 30 },
    { lasts: 8, pause: 60 },
    { lasts: 30, pause: 60 },
  ])("another one, $pause minutes after $lasts, is told as well", ({ lasts, pause }) => {
    const again = lasts + pause;
    const names = told(days, isSeason, 400, (i, usual) => (during(i, [0, lasts], [again, again + 30]) ? 0 : usual));
    expect(names).toEqual({ 0: "dip", 6: "~level_shift", [again]: "dip", [again + 6]: "~level_shift" });
  });

  test("one that comes again after ten minutes is the same one, and its end is nothing new", () => {
    const names = told(days, isSeason, 300, (i, usual) => (during(i, [0, 8], [18, 48]) ? 0 : usual));
    expect(names).toEqual({ 0: "dip", 6: "~level_shift" });
  });
});

test.each([60, 200, 300])(
  "on a holiday that has stayed at one level since morning, an outage after %i minutes is told, and its end is not",
  (after) => {
    const names = told(9.375, true, after + 120, (i, usual) =>
      during(i, [after, after + 30]) ? 0 : (90 * usual) / busy(true)(i + 9.375 * DAY),
    );
    expect(names).toEqual({ 0: "dip", 6: "~level_shift", [after]: "dip", [after + 6]: "~level_shift" });
  },
);
