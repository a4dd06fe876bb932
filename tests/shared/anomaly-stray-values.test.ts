import { describe, expect, test } from "vitest";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { noteFar, takeBack } from "@sightline/shared/anomaly/rich/additive-outlier";
import { LEVEL_TAILS_AT, O, R, RICH_SIZE, SEVENTH_RICH_SIZE, SINGLES_AT } from "@sightline/shared/anomaly/rich/layout";
import { loadRich } from "@sightline/shared/anomaly/rich/rich-bytes";
import { createRichState } from "@sightline/shared/anomaly/rich/rich-detector";
import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { randomSource } from "../bench/anomaly-generator.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** A Thursday, 00:00 UTC. */
const THURSDAY = 2700 * 7 * DAY_MS;

interface Told {
  readonly day: number;
  readonly kind: string | undefined;
  readonly isStray: boolean;
}

/** What is told of a ping of 30 ms with 3% noise, of which a `share` takes 3 to 7 times as long; `times` as long from the day `from` on, and `one`. */
function ping(seed: number, share: number, days: number, stepMs: number, times = 1, from = Infinity, one = { day: NaN, times: 1 }): Told[] {
  const random = randomSource(seed);
  const bank = createDetectorBank();
  const slot = bank.add();
  bank.enrich(slot);
  const alarms: Told[] = [];
  let wasStray = false;
  for (let t = 0; t < days * DAY_MS; t += stepMs) {
    const noise = Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random());
    const isStray = random() < share;
    const slow = (t >= from * DAY_MS ? times : 1) * (t === Math.round(one.day * DAY_MS) ? one.times : 1);
    const took = 30 * (1 + 0.03 * noise + (isStray ? 2 + 4 * random() : 0)) * slow;
    const score = bank.observe(slot, THURSDAY + t, took);
    // In the first week one may be told a step late.
    if (score >= 0.5) alarms.push({ day: t / DAY_MS, kind: bank.judgement(slot)?.kind, isStray: isStray || wasStray });
    wasStray = isStray;
  }
  return alarms;
}

test("where a value in some hundreds takes five times as long, no other value is told", () => {
  const falsely = [1, 2, 3, 4].flatMap((seed) => ping(seed, 0.003, 16, 300_000).filter(({ day, isStray }) => day > 2 && !isStray));
  expect(falsely).toEqual([]);
});

test("a week's profile that explains nothing knows how far values stray as well as what spoke before it", () => {
  const again = [1, 2, 3, 4, 5, 6].flatMap((seed) => ping(seed, 0.02, 10, 300_000).filter(({ day, isStray }) => day > 7 && isStray));
  expect(again).toEqual([]);
});

test("a far value before one that is half as far is taken back once from the mean of its hour", () => {
  const f = createRichState();
  [f[R.previous], f[R.scale], f[R.expected], f[R.hourSum]] = [900, 1, 30, 930];
  [f[O.far], f[O.run], f[O.hour]] = [870, 1, 866];
  takeBack(f, 400);
  noteFar(f, 400);
  expect(f[O.run]).toBe(2);
  expect(f[R.hourSum]).toBe(64);
  takeBack(f, 30);
  expect(f[R.hourSum]).toBe(64);
});

describe("values that stray do not hide a level that has moved", () => {
  test.each([0.003, 0.02])("where they are a share of %s", (share) => {
    for (let seed = 1; seed <= 2; seed++) {
      const told = ping(seed, share, 8.6, MINUTE_MS, 2, 8.4).filter(({ day }) => day >= 8.4);
      expect(told[0]?.kind).toBe("level_shift");
      expect((told[0]!.day - 8.4) * DAY_MS).toBeLessThan(6 * MINUTE_MS);
    }
  });
});

test("a rich state of version 9 is read; no value has strayed in it, and of levels nothing is usual yet", () => {
  const f = createRichState();
  f[R.steps] = 77;
  f[SEVENTH_RICH_SIZE - 1] = 0.25;
  const ninth = new ByteWriter();
  ninth.u8(9);
  for (let i = 0; i < SINGLES_AT; i++) ninth.f64(f[i] ?? 0);
  ninth.varint(SEVENTH_RICH_SIZE - SINGLES_AT - 1);
  ninth.varint(1);
  ninth.bytes(new Uint8Array(Float32Array.of(0.25).buffer));
  const read = new Float64Array(RICH_SIZE).fill(9);
  expect(loadRich(new ByteReader(ninth.copy()), read)).toBe("read");
  expect(read).toEqual(f);
  expect(read[O.aDay]).toBe(0);
  expect(read[LEVEL_TAILS_AT]).toBe(2.5);
});

test.each([0.001, 0.004])(
  "where a share of %s takes five times as long, one value a hundred times as far as those is told at once",
  (share) => {
    for (let seed = 1; seed <= 3; seed++) {
      const told = ping(seed, share, 9, MINUTE_MS, 1, Infinity, { day: 8.6, times: 500 }).filter(({ day }) => day >= 8.6);
      expect(told[0]).toEqual({ day: 8.6, kind: "spike", isStray: expect.any(Boolean) });
    }
  },
);
