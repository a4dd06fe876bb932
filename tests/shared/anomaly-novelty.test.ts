import { describe, expect, test } from "vitest";
import { latest } from "@sightline/shared/anomaly/base-detector";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { KIND } from "@sightline/shared/anomaly/kind";
import { clearEvidence, consider, evidence } from "@sightline/shared/anomaly/rich/evidence";
import {
  FIRST_RICH_SIZE,
  HABITS_AT,
  LONG_MEANS_AT,
  MEANS_AT,
  N,
  P,
  R,
  RICH_SIZE,
  RING,
  SECOND_RICH_SIZE,
  SINGLES_AT,
  THIRD_RICH_SIZE,
} from "@sightline/shared/anomaly/rich/layout";
import { strangenessOf } from "@sightline/shared/anomaly/rich/novelty";
import { recall } from "@sightline/shared/anomaly/rich/prototype-memory";
import { resonance } from "@sightline/shared/anomaly/rich/resonance";
import { loadRich, saveRich } from "@sightline/shared/anomaly/rich/rich-bytes";
import { createRichState } from "@sightline/shared/anomaly/rich/rich-detector";
import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { SUSPECT } from "@sightline/shared/anomaly/alarm-gate";
import { randomSource } from "../bench/anomaly-generator.ts";

const START = 1_700_000_000_000;
const FIVE_MINUTES = 300_000;

describe("a memory of prototypes", () => {
  const place = { at: 1, countAt: 0, size: 2, capacity: 4 };

  test("knows what it has seen, measures what it has not, and holds no more than it may", () => {
    const f = new Float64Array(32);
    const see = (x: number, y: number): number => recall(f, place, Float64Array.of(x, y), 0.1, 0.5);
    expect(see(0, 0)).toBe(Infinity);
    expect(see(3, 4)).toBe(5);
    expect(see(3, 4)).toBe(0);
    for (const x of [10, 20, 30, 40, 41]) see(x, 0);
    expect(f[0]).toBe(4);
    expect(see(40.5, 0)).toBeLessThan(1);
  });
});

describe("resonance", () => {
  test("a shape like those before is no news at any level they had, another one is", () => {
    const f = createRichState();
    const feed = (x: number): number => {
      const clock = f[R.clock] ?? 0;
      f[P.values + (clock % RING)] = x;
      f[R.clock] = clock + 1;
      const news = resonance(f, 10);
      f[N.steps] = (f[N.steps] ?? 0) + 1;
      return news;
    };
    for (let i = 0; i < 400; i++) feed(5 + 5 * Math.sin(i / 10));
    let known = 0;
    for (let i = 400; i < 460; i++) known = Math.max(known, feed(5 + 5 * Math.sin(i / 10)));
    expect(known).toBeLessThan(0.1);
    let strange = 0;
    for (let i = 0; i < 8; i++) strange = Math.max(strange, feed(i % 2 === 0 ? 1 : 9));
    expect(strange).toBeGreaterThan(0.5);
  });
});

describe("suspicion", () => {
  test("is the score in the base tier", () => {
    const bank = createDetectorBank();
    const slot = bank.add();
    const random = randomSource(3);
    for (let i = 0; i < 500; i++) {
      const score = bank.observe(slot, START + i * FIVE_MINUTES, i === 400 ? 50 : random());
      if (i > 20) expect(bank.suspicion(slot)).toBeCloseTo(score, 6);
    }
  });

  test("in the rich tier rises with a value unlike all before, and never tells by itself", () => {
    const bank = createDetectorBank();
    const slot = bank.add();
    bank.enrich(slot);
    const random = randomSource(3);
    let suspect = 0;
    for (let i = 0; i < 600; i++) {
      bank.observe(slot, START + i * FIVE_MINUTES, random());
      if (bank.suspicion(slot) >= SUSPECT) suspect++;
      expect(bank.suspicion(slot)).toBeLessThan(0.5);
    }
    expect(suspect).toBeLessThanOrEqual(2);
    bank.observe(slot, START + 600 * FIVE_MINUTES, 3);
    expect(bank.suspicion(slot)).toBeGreaterThan(SUSPECT);
  });

  test("in the rich tier is told once an event, however much stronger the event becomes, and holds over the steps after an onset", () => {
    const bank = createDetectorBank();
    const slot = bank.add();
    bank.enrich(slot);
    const random = randomSource(3);
    let suspect = 0;
    for (let i = 0; i < 640; i++) {
      bank.observe(slot, START + i * FIVE_MINUTES, i < 600 ? random() : 3 + (i - 600) * 5);
      if (i >= 600 && bank.suspicion(slot) >= SUSPECT) suspect++;
    }
    expect(suspect).toBe(1);
  });

  test("in the rich tier rises with what the tests of change find short of telling it, and fades over the next steps", () => {
    const f = createRichState();
    Object.assign(latest, { novelty: 0, usual: 0, away: 0, miss: 0, rest: 0 });
    clearEvidence();
    const steps = 3000;
    expect(strangenessOf(f, START, steps, 1)).toBe(0);
    evidence.scatter = 0.9;
    const found = strangenessOf(f, START + FIVE_MINUTES, steps, 1);
    expect(found).toBeGreaterThan(0);
    clearEvidence();
    const fading = strangenessOf(f, START + 2 * FIVE_MINUTES, steps, 1);
    expect(fading).toBeGreaterThan(0.5 * found);
    expect(fading).toBeLessThan(found);
  });

  test("is a number whatever a test of change gives", () => {
    const f = createRichState();
    Object.assign(latest, { novelty: 0, usual: 0, away: 0, miss: 0, rest: 0 });
    clearEvidence();
    consider(Number.NaN, KIND.trendChange);
    expect(evidence.strength).toBe(0);
    evidence.drift = Number.NaN;
    expect(strangenessOf(f, START, 3000, 1)).toBe(0);
    clearEvidence();
    expect(strangenessOf(f, START + FIVE_MINUTES, 3000, 1)).toBe(0);
  });

  test("a series that comes to the rich tier late is not strange for its memories being empty", () => {
    const bank = createDetectorBank();
    const slot = bank.add();
    const random = randomSource(5);
    let suspect = 0;
    for (let i = 0; i < 3000; i++) {
      if (i === 2000) bank.enrich(slot);
      bank.observe(slot, START + i * FIVE_MINUTES, random());
      if (i >= 2000 && bank.suspicion(slot) >= SUSPECT) suspect++;
    }
    expect(suspect).toBeLessThanOrEqual(1);
  });
});

test("a rich state of version 2 is read; the memories it had not are empty and learn before they speak", () => {
  const f = createRichState();
  f[R.steps] = 77;
  f[SINGLES_AT + 5] = 0.5;
  const writer = new ByteWriter();
  saveRich(writer, f);
  const second = new ByteWriter();
  second.u8(2);
  for (let i = 0; i < SINGLES_AT; i++) second.f64(f[i] ?? 0);
  second.varint(5);
  second.varint(1);
  second.bytes(new Uint8Array(Float32Array.of(0.5).buffer));
  second.varint(FIRST_RICH_SIZE - SINGLES_AT - 6);
  second.varint(0);
  const read = new Float64Array(RICH_SIZE);
  expect(loadRich(new ByteReader(second.copy()), read)).toBe("read");
  expect(read).toEqual(f);
  expect(loadRich(new ByteReader(writer.copy()), read)).toBe("read");
  expect(read).toEqual(f);
});

test("a rich state of version 5 is read; its misses, which had no sign, are taken to lie to both sides", () => {
  const f = createRichState();
  const fifth = new ByteWriter();
  fifth.u8(5);
  for (let i = 0; i < SINGLES_AT; i++) fifth.f64(f[i] ?? 0);
  fifth.varint(P.misses - SINGLES_AT);
  fifth.varint(4);
  fifth.bytes(new Uint8Array(Float32Array.of(1, 1, 1, 1).buffer));
  fifth.varint(HABITS_AT - P.misses - 4);
  fifth.varint(0);
  const read = new Float64Array(RICH_SIZE);
  expect(loadRich(new ByteReader(fifth.copy()), read)).toBe("read");
  expect([...read.subarray(P.misses, P.misses + 5)]).toEqual([-1, 1, -1, 1, 0]);
});

test("a rich state of version 4 is read; nothing of the tests of change is held", () => {
  const f = createRichState();
  f[R.steps] = 77;
  f[LONG_MEANS_AT] = 0.25;
  const fourth = new ByteWriter();
  fourth.u8(4);
  for (let i = 0; i < SINGLES_AT; i++) fourth.f64(f[i] ?? 0);
  fourth.varint(LONG_MEANS_AT - SINGLES_AT);
  fourth.varint(1);
  fourth.bytes(new Uint8Array(Float32Array.of(0.25).buffer));
  fourth.varint(THIRD_RICH_SIZE - LONG_MEANS_AT - 1);
  fourth.varint(0);
  const read = new Float64Array(RICH_SIZE).fill(9);
  expect(loadRich(new ByteReader(fourth.copy()), read)).toBe("read");
  expect(read).toEqual(f);
});

test("a rich state of version 3 is read; means of 24 steps begin with those of 12", () => {
  const f = createRichState();
  f[R.steps] = 77;
  f[N.steps] = 77;
  f[N.mean12] = 1;
  f[MEANS_AT] = 0.25;
  const third = new ByteWriter();
  third.u8(3);
  for (let i = 0; i < SINGLES_AT; i++) third.f64(f[i] ?? 0);
  third.varint(N.steps - SINGLES_AT);
  third.varint(3);
  third.bytes(new Uint8Array(Float32Array.of(77, 0, 1).buffer));
  third.varint(MEANS_AT - N.steps - 3);
  third.varint(1);
  third.bytes(new Uint8Array(Float32Array.of(0.25).buffer));
  third.varint(SECOND_RICH_SIZE - MEANS_AT - 1);
  third.varint(0);
  const read = new Float64Array(RICH_SIZE);
  expect(loadRich(new ByteReader(third.copy()), read)).toBe("read");
  f[N.mean24] = 1;
  f[LONG_MEANS_AT] = 0.25;
  expect(read).toEqual(f);
});
