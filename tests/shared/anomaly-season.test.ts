import { describe, expect, test } from "vitest";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { FIFTH_RICH_SIZE, G, R, RICH_SIZE, SINGLES_AT } from "@sightline/shared/anomaly/rich/layout";
import { loadRich } from "@sightline/shared/anomaly/rich/rich-bytes";
import { createRichState } from "@sightline/shared/anomaly/rich/rich-detector";
import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import type { AnomalyKind } from "@sightline/shared/model/anomaly";
import { construct, randomSource } from "../bench/anomaly-generator.ts";
import { alarmsIn } from "../bench/anomaly-kind.ts";

// A Monday, 00:00 UTC.
const START = 1_772_409_600_000;
const FIVE_MINUTES = 300_000;
const PER_DAY = 288;
/** From here on a series' days are known. */
const KNOWN = 8;

interface Told {
  readonly day: number;
  kind: AnomalyKind;
}

/** Events of a series that has `at` some days after it began, each by the name it ends with; `deploy`: when its level may move. */
function told(days: number, at: (day: number) => number, deploy = Infinity): Told[] {
  const bank = createDetectorBank();
  const slot = bank.add();
  bank.enrich(slot);
  const events: Told[] = [];
  for (let i = 0; i < days * PER_DAY; i++) {
    const day = i / PER_DAY;
    if (day >= deploy && (i - 1) / PER_DAY < deploy) bank.permitChange(slot, START + i * FIVE_MINUTES);
    const score = bank.observe(slot, START + i * FIVE_MINUTES, at(day));
    const kind = bank.judgement(slot)?.kind ?? "spike";
    const last = events.at(-1);
    if (score >= 0.5) events.push({ day, kind });
    else if (bank.revised(slot) && last !== undefined) last.kind = kind;
  }
  return events.filter((event) => event.day > KNOWN);
}

/** Nearly normal, of deviation 1. */
function noise(seed: number): () => number {
  const random = randomSource(seed);
  return () => Math.sqrt(3) * (random() + random() + random() + random() - 2);
}

const wave = (day: number): number => Math.cos(2 * Math.PI * (day - 0.6));

describe("a season", () => {
  test("of few counts, whose profile is half noise, is missed within a day when it goes", () => {
    const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    const found = seeds.filter((seed) => {
      const draw = noise(seed);
      const events = told(13, (day) => {
        const level = 40 * (1 + (day >= 10.3 && day < 11.8 ? 0 : 0.25 * wave(day)));
        return Math.round(level + Math.sqrt(level) * draw());
      });
      return events.some(({ day }) => day >= 10.3 && day < 11.8);
    });
    expect(found.length).toBeGreaterThanOrEqual(10);
  });

  test("of few counts is missed in the second week, of which the week before is all that is known", () => {
    const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    const found = seeds.map((seed) => {
      const draw = noise(seed);
      const gone = 8.6 + seed / 6;
      const events = told(12, (day) => {
        const mean = 40 * (day % 7 >= 5 ? 0.7 : 1) * (1 + (day >= gone && day < gone + 1.25 ? 0 : 0.25 * wave(day)));
        return Math.max(0, Math.round(mean + Math.sqrt(mean) * draw()));
      });
      return events.filter(({ day }) => day < gone + 1.25).map(({ day }) => day >= gone);
    });
    expect(found.filter((events) => events.includes(true)).length).toBeGreaterThanOrEqual(11);
    expect(found.flat()).not.toContain(false);
  });

  test.each([
    { times: 0.6, at: (mean: number, draw: number): number => 20 * mean + 40 * draw },
    { times: 2, at: (mean: number, draw: number): number => Math.round(mean + Math.sqrt(mean) * draw) },
  ])("that is $times times as high with its level after a deploy is told neither in its days nor in its weekend", ({ times, at }) => {
    const alarms = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].flatMap((seed) => {
      const draw = noise(seed);
      const deploy = 10 + seed / 12;
      const mean = (day: number): number =>
        50 * (day >= deploy ? times : 1) * (day % 7 >= 5 && times < 1 ? 0.7 : 1) * (1 + 0.4 * wave(day));
      return told(16, (day) => at(mean(day), draw()), deploy).filter(({ day }) => day >= deploy);
    });
    expect(alarms).toEqual([]);
  });

  test("of working days that stayed away for a holiday is the usual one a week later", () => {
    const eased = (share: number): number => Math.min(1, Math.max(0, share)) ** 2 * (3 - 2 * Math.min(1, Math.max(0, share)));
    const events = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((seed) => {
      const draw = noise(seed);
      const opens = 6 + 0.3 * seed;
      return told(17.8, (day) => {
        const hour = 24 * (day % 1);
        const works = day % 7 < 5 && Math.floor(day) !== 9;
        return 100 * (0.2 + (works ? eased(hour - opens) * (1 - eased(hour - opens - 9)) : 0)) * (1 + 0.04 * draw());
      }).filter(({ day }) => day >= 9);
    });
    expect(events.map((all) => all.filter(({ day }) => day < 10).length > 0)).not.toContain(false);
    expect(events.flat().filter(({ day }) => day >= 10)).toEqual([]);
  });

  test("of a disk that is emptied every day is hardly ever left where the hours in which it was first watched come again, though those began empty", () => {
    const alarms = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((seed) => {
      const random = randomSource(seed);
      const emptied = 0.3 + 0.05 * seed;
      let filled = 0;
      return told(14.3, (day) => {
        if ((day - emptied + 1) % 1 < 0.5 / PER_DAY) filled = 0;
        filled += (2 * (1 + random() - 0.5)) / PER_DAY;
        return 60 + filled;
      }).filter(({ day }) => day >= 14);
    });
    expect(alarms.length).toBeLessThanOrEqual(2);
  });
});

test("a rich state of version 7 is read; no level has moved in it whose season may have grown", () => {
  const f = createRichState();
  f[R.steps] = 77;
  const seventh = new ByteWriter();
  seventh.u8(7);
  for (let i = 0; i < SINGLES_AT; i++) seventh.f64(f[i] ?? 0);
  seventh.varint(FIFTH_RICH_SIZE - SINGLES_AT - 1);
  seventh.varint(1);
  seventh.bytes(new Uint8Array(Float32Array.of(0.25).buffer));
  f[FIFTH_RICH_SIZE - 1] = 0.25;
  const read = new Float64Array(RICH_SIZE).fill(9);
  expect(loadRich(new ByteReader(seventh.copy()), read)).toBe("read");
  expect(read).toEqual(f);
  expect(read[G.steps]).toBe(0);
});

test("a share that stands at its limit for a part of the day scatters less there, and that is no news", () => {
  const alarms = [1, 2, 3, 4, 5, 6].flatMap((seed) => {
    const draw = noise(seed);
    return told(14, (day) => Math.min(100, 105 + 15 * wave(day) + 4 * draw())).filter(({ kind }) => kind === "variance_change");
  });
  expect(alarms).toEqual([]);
});

test("what bursts has no season, though the profile of its bursts has edges that would explain all of them", () => {
  const names = [798_731, 799_135, 799_943].flatMap((seed) =>
    alarmsIn(construct("bursts", "gap", seed, 300_000, 14), "rich").map(({ name }) => name),
  );
  expect(names).not.toContain("seasonal_break");
});
