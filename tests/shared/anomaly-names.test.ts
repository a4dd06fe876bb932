import { describe, expect, test } from "vitest";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { randomSource } from "../bench/anomaly-generator.ts";

const START = 1_700_000_000_000;
const FIVE_MINUTES = 300_000;
const PER_DAY = 288;

interface Told {
  readonly at: number;
  name: string;
  readonly reason: string;
}

/** What is told of 14 days of noise of 1 about 100, with a day of `height` and what `change` makes of it. */
function told(height: number, change: (value: number, i: number, season: number) => number): readonly Told[] {
  const bank = createDetectorBank();
  const slot = bank.add();
  bank.enrich(slot);
  const random = randomSource(29);
  const found: Told[] = [];
  for (let i = 0; i < 14 * PER_DAY; i++) {
    const season = height * Math.sin((2 * Math.PI * i) / PER_DAY);
    const value = 100 + season + 2 * (random() + random() + random() - 1.5);
    const score = bank.observe(slot, START + i * FIVE_MINUTES, change(value, i, season));
    const judgement = bank.judgement(slot);
    const last = found.at(-1);
    if (score >= 0.5) found.push({ at: i, name: judgement?.kind ?? "", reason: judgement?.reason ?? "" });
    else if (bank.revised(slot) && last !== undefined) last.name = judgement?.kind ?? "";
  }
  return found;
}

const names = (found: readonly Told[]): readonly string[] => found.map(({ name }) => name);

describe("what an event is called", () => {
  test("half a day's shift of the day's season is a season that has gone, though it began as a step", () => {
    const from = 9 * PER_DAY + 60;
    const found = told(12, (value, i, season) => (i >= from && i < from + PER_DAY ? value - 2 * season : value));
    expect(names(found)).toEqual(["seasonal_break"]);
  });

  test("an outage of twenty minutes as a day begins is a level that moved, its way back is no season that has gone, and the next one is told", () => {
    const perDay = 1440;
    for (const seed of [1, 2, 3]) {
      const bank = createDetectorBank();
      const slot = bank.add();
      bank.enrich(slot);
      const random = randomSource(seed);
      const found: string[] = [];
      const first = 9.375 * perDay;
      for (let i = 0; i < first + 480; i++) {
        const isOut = (i >= first && i < first + 20) || i >= first + 400;
        const noise = 1 + 0.08 * (random() + random() + random() - 1.5);
        const value = (110 - 90 * Math.cos((2 * Math.PI * i) / perDay)) * noise;
        const score = bank.observe(slot, perDay * 60_000 * 20_000 + i * 60_000, isOut ? 0 : Math.round(value));
        if (i < first) continue;
        if (score >= 0.5) found.push("");
        if (score >= 0.5 || bank.revised(slot)) found[found.length - 1] = bank.judgement(slot)?.kind ?? "";
      }
      expect(found).toEqual(["level_shift", "level_shift"]);
    }
  });

  test("a step in a series with a season is a level that has moved", () => {
    const found = told(12, (value, i) => (i >= 9 * PER_DAY + 60 ? value + 8 : value));
    expect(names(found)).toEqual(["level_shift"]);
  });

  test("one far value of a series that wanders stays a spike, on whichever side of its mean the series was, and a level a level", () => {
    const last = (times: (k: number) => number): readonly string[] =>
      Array.from({ length: 16 }, (_, seed) => {
        const bank = createDetectorBank();
        const slot = bank.add();
        bank.enrich(slot);
        const random = randomSource(seed + 1);
        let wander = 0;
        let name = "";
        for (let i = 0; i < 1000; i++) {
          wander = 0.99 * wander + 2 * (random() + random() + random() - 1.5);
          const score = bank.observe(slot, START + i * 60_000, (100 + wander) * times(i - 900));
          if (i >= 900 && (score >= 0.5 || bank.revised(slot))) name = bank.judgement(slot)?.kind ?? "";
        }
        return name;
      });
    expect(last((k) => (k === 0 ? 10 : 1))).toEqual(Array.from({ length: 16 }, () => "spike"));
    expect(last((k) => (k >= 0 ? 2 : 1))).toEqual(Array.from({ length: 16 }, () => "level_shift"));
  });

  test.each([2, 4])("a latency of %s times as much is a level that has moved, though it scatters as many times as much", (times) => {
    const found = told(0, (value, i) => 100 * (1 + 0.05 * (value - 100)) * (i >= 9 * PER_DAY + 60 ? times : 1));
    expect(names(found)).toEqual(["level_shift"]);
  });

  test("a latency that was three times as much for an hour or three is that one level, while it lasts and once it is back", () => {
    for (let seed = 1; seed <= 12; seed++) {
      const bank = createDetectorBank();
      const slot = bank.add();
      bank.enrich(slot);
      const random = randomSource(seed);
      const [from, length] = [2 * 1440, 30 + 60 * (seed % 3)];
      const found: string[] = [];
      for (let i = 0; i < from + length + 360; i++) {
        const scatter = Math.exp(0.1 * 2 * (random() + random() + random() - 1.5));
        const score = bank.observe(slot, START + i * 60_000, 0.1 * scatter * (i >= from && i < from + length ? 3 : 1));
        if (i < from) continue;
        const name = bank.judgement(slot)?.kind ?? "";
        if (score >= 0.5) found.push(name);
        else if (bank.revised(slot)) found[found.length - 1] = name;
      }
      expect([seed, ...found]).toEqual([seed, "level_shift"]);
    }
  });

  test("1% a day is a drift, in which no step is seen", () => {
    const from = 8 * PER_DAY;
    const found = told(0, (value, i) => (i >= from ? value + (i - from) / PER_DAY : value));
    expect(names(found)).toEqual(["trend_change"]);
  });

  test("scatter is told by the sizes that were compared", () => {
    const [first] = told(0, (value, i) => (i >= 9 * PER_DAY && i < 10 * PER_DAY ? 100 + 1.9 * (value - 100) : value));
    expect(first?.name).toBe("variance_change");
    const [now, usual] =
      /scatter by ([\d.]+), usually by ([\d.]+)/
        .exec(first?.reason ?? "")
        ?.slice(1)
        .map(Number) ?? [];
    expect((now ?? 0) / (usual ?? 1)).toBeGreaterThan(1.5);
  });
});

describe("one far value", () => {
  test.each([0, 5])("does not hide what comes days later and is less far (season of %d)", (height) => {
    const found = told(height, (value, i) => (i === 400 ? value + 100 : i >= 11 * PER_DAY && i < 11 * PER_DAY + 2 ? value + 20 : value));
    expect(found.map(({ at, name }) => [at, name])).toEqual([
      [400, "spike"],
      [11 * PER_DAY, "spike"],
    ]);
  });

  test.each([0, 0.1, 1, 5])(
    "a disk that fills steadily from the first sample, with noise of %d steps of it, has nothing to tell in two days",
    (share) => {
      for (let seed = 1; seed <= 5; seed++) {
        const random = randomSource(seed);
        const bank = createDetectorBank();
        const one = bank.add();
        bank.enrich(one);
        for (let i = 0; i < 2880; i++) {
          const noise = share * (random() + random() + random() - 1.5) * 2;
          expect(bank.observe(one, START + i * 60_000, 9000 + i + noise), `seed ${seed}, minute ${i}`).toBeLessThan(0.5);
        }
      }
    },
  );
});

describe("what is usual of a series", () => {
  const DAY_MS = 86_400_000;

  /** Told of `days` of a series of which each step is given by its time. */
  function toldOf(
    days: number,
    at: (tMs: number, i: number) => number | undefined,
  ): readonly { readonly day: number; readonly kind: string }[] {
    const bank = createDetectorBank();
    const slot = bank.add();
    bank.enrich(slot);
    const found: { readonly day: number; readonly kind: string }[] = [];
    const monday = 4 * DAY_MS + 2700 * 7 * DAY_MS;
    for (let i = 0; i < days * PER_DAY; i++) {
      const t = monday + i * FIVE_MINUTES;
      const value = at(t, i);
      if (value !== undefined && bank.observe(slot, t, value) >= 0.5)
        found.push({ day: Math.floor(i / PER_DAY), kind: bank.judgement(slot)?.kind ?? "" });
    }
    return found;
  }

  const random = randomSource(83);
  const noise = Array.from({ length: 21 * PER_DAY }, () => random() + random() + random() - 1.5);
  const day = (t: number): number => Math.floor(t / DAY_MS + 4) % 7;

  test.each([0.4, 0.7])("a weekend at %s of the week is told in the first week at most, though it fell out of range there", (share) => {
    const told = toldOf(21, (t, i) => {
      const level = (1 + 0.1 * Math.sin((2 * Math.PI * i) / PER_DAY)) * (day(t) % 6 === 0 ? share : 1);
      return 100 * level * (1 + 0.04 * (noise[i] ?? 0));
    });
    expect(told.filter((one) => one.day >= 7)).toEqual([]);
  });

  test("a gap in a series that grows is no drift two days later", () => {
    const from = 9 * PER_DAY + 150;
    const told = toldOf(14, (_, i) => (i >= from && i < from + 45 ? undefined : 100 * (1 + (0.008 * i) / PER_DAY) + 3 * (noise[i] ?? 0)));
    expect(told).toEqual([{ day: 9, kind: "gap" }]);
  });
});
