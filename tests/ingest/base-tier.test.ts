import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import type { DetectorBank } from "@sightline/shared/anomaly/api";
import { baseTierInTypeScript } from "@sightline/shared/anomaly/base-tier";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileBaseTier } from "../../scripts/build-kernel.mjs";
import { createBaseTier } from "../../worker/src/kernel/wasm-base-tier.ts";
import { mulberry32 } from "../support/reference-load.ts";

const module = await compileBaseTier();
const START = 1_700_000_000_000;

const saved = (bank: DetectorBank, slot: number): Uint8Array => {
  const writer = new ByteWriter(4096);
  bank.save(slot, writer);
  return writer.view().slice();
};

/** A bank in WebAssembly and one in TypeScript that are told the same; every answer is compared. */
class Pair {
  readonly kernel = createDetectorBank(createBaseTier(module));
  readonly twin = createDetectorBank();
  readonly #slots: number[] = [];

  add(count: number): void {
    for (let i = 0; i < count; i++) {
      const slot = this.kernel.add();
      expect(this.twin.add()).toBe(slot);
      this.#slots.push(slot);
    }
  }

  both(change: (bank: DetectorBank) => void): void {
    change(this.kernel);
    change(this.twin);
  }

  observe(slot: number, tMs: number, value: number): void {
    const expected = this.twin.observe(slot, tMs, value);
    const found = this.kernel.observe(slot, tMs, value);
    if (!Object.is(expected, found)) throw new Error(`${value} of ${slot} at ${tMs}: ${found}, not ${expected}`);
  }

  same(): void {
    for (const slot of this.#slots) {
      expect(saved(this.kernel, slot)).toEqual(saved(this.twin, slot));
      const judgement = this.twin.judgement(slot);
      expect(this.kernel.judgement(slot)).toEqual(judgement);
      const band = this.twin.band(slot);
      expect(band === null).toBe(judgement === null);
      expect({ ...judgement, ...band }).toEqual({ ...judgement });
    }
  }
}

/** What series do: wander, repeat, burst, follow the day, stay, jump beyond any bound. */
function next(kind: number, before: number, tMs: number, random: () => number): number {
  if (kind === 0) return before + random() - 0.5;
  if (kind === 1) return Math.floor(random() * 4);
  if (kind === 2) return random() < 0.02 ? 1000 * random() : random();
  if (kind === 3) return 10 * Math.sin((tMs / 86_400_000) * 2 * Math.PI) + random();
  if (kind === 4) return random() < 0.01 ? random() : 7;
  if (kind === 5) return (random() - 0.5) * 10 ** Math.floor(random() * 600 - 300);
  return before + Math.floor(random() * 500);
}
const KINDS = 7;

describe("the base tier in WebAssembly and its twin", () => {
  it("give the same bits for two weeks of every kind of series, in more slabs than one", () => {
    const pair = new Pair();
    const series = 600;
    pair.add(series);
    const random = mulberry32(3);
    const values = new Float64Array(series);
    for (let k = 0; k < 340; k++) {
      const tMs = START + k * 3_600_000;
      for (let i = 0; i < series; i++) pair.observe(i, tMs, (values[i] = next(i % KINDS, values[i] ?? 0, tMs, random)));
    }
    pair.same();
  });

  it("give the same bits for any times and values, for series that go, come, are enriched and are read back", () => {
    const action = fc.record({
      slot: fc.nat(3),
      gapMs: fc.oneof(fc.constant(5000), fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 1, max: 90_000_000 })),
      value: fc.oneof(fc.double(), fc.integer({ min: -3, max: 3 }), fc.double({ min: 0, max: 1 })),
      after: fc.nat(60),
    });
    fc.assert(
      fc.property(fc.array(action, { minLength: 50, maxLength: 400 }), (actions) => {
        const pair = new Pair();
        pair.add(4);
        let tMs = START;
        for (const { slot, gapMs, value, after } of actions) {
          pair.observe(slot, (tMs += gapMs), value);
          if (after === 0) pair.both((bank) => bank.enrich(slot));
          if (after === 1) pair.both((bank) => bank.impoverish(slot));
          if (after === 2) pair.both((bank) => bank.caution(slot, 0.5));
          if (after === 3) pair.both((bank) => expect(bank.load(slot, saved(bank, slot))).toBe(true));
          if (after === 4)
            pair.both((bank) => {
              bank.remove(slot);
              expect(bank.add()).toBe(slot);
            });
        }
        pair.same();
      }),
      { numRuns: 60 },
    );
  });

  it("views of a slab stay valid while others are made and memory grows", () => {
    const tier = createBaseTier(module);
    const first = tier.createSlab();
    first.f32[5] = 42;
    const sheet = first.makeSheet(3);
    sheet[7] = 1;
    for (let i = 0; i < 40; i++) tier.createSlab();
    expect(first.f32[5]).toBe(42);
    expect(first.sheets[3]?.[7]).toBe(1);
    const { f32 } = first;
    for (let at = 4; at < first.sheets.length; at++) first.makeSheet(at);
    f32[5] = 43;
    expect(first.f32[5]).toBe(43);
  });

  it("TypeScript serves where WebAssembly cannot", () => {
    expect(createBaseTier(undefined)).toBe(baseTierInTypeScript);
  });
});
