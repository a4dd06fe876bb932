import type { ByteWriter } from "../encoding/byte-writer.ts";
import type { Judgement } from "../model/anomaly.ts";
import type { DetectorBank } from "./api.ts";
import { LEARNING_STEPS } from "./base-detector.ts";
import { type BaseTier, baseTierInTypeScript } from "./base-tier.ts";
import { clearRow, seedRow } from "./constant-run.ts";
import { loadDetector, saveDetector } from "./detector-bytes.ts";
import { type ExpectedBand, constantBand, expectedBand } from "./expected-band.ts";
import { BYTE, C, CELL, H, OWN_CELL, ROW, ROW_FROM_STEP, type Slab } from "./layout.ts";
import { type Measure, brief, judge, judgeConstant } from "./reason.ts";
import { rehearse } from "./rehearsal.ts";
import { MOVED, R, REVISED } from "./rich/layout.ts";
import { RIPE_STEPS, createRichState, permitChange, richStep } from "./rich/rich-detector.ts";
import { SAMPLE } from "./sample-constants.ts";
import { NO_ROW, SeriesCells } from "./series-cells.ts";

const FOLD_MS = SAMPLE.foldMs;
const FREE = -1;

export const createDetectorBank = (tier: BaseTier = baseTierInTypeScript): DetectorBank => new SlabBank(tier);

/** Detectors in slabs of 256 that are made as they are needed; slots and rows of removed series are used again. */
class SlabBank implements DetectorBank {
  readonly #tier: BaseTier;
  readonly cells: SeriesCells;
  /** By row / 256. */
  readonly #slabs: Slab[] = [];
  /** The rich tier's state of the rows that have one. */
  readonly #rich: (Float64Array | undefined)[] = [];
  /** Slots in the rich tier, with a row or before they have one. */
  readonly #enriched = new Set<number>();
  /** By how much people's answers have moved the thresholds of slots. */
  readonly #cautions = new Map<number, number>();
  readonly #freeSlots: number[] = [];
  readonly #freeRows: number[] = [];
  #slots = 0;
  #rows = 0;

  constructor(tier: BaseTier) {
    this.#tier = tier;
    this.cells = new SeriesCells(() => tier.createCells());
  }

  add(): number {
    const slot = this.#freeSlots.pop() ?? this.#slots++;
    this.cells.add(slot);
    return slot;
  }

  remove(slot: number): void {
    if (slot >= this.#slots || this.cells.number(slot, C.run) === FREE) return;
    this.#enriched.delete(slot);
    this.#cautions.delete(slot);
    this.#releaseRow(slot);
    this.cells.setNumber(slot, C.run, FREE);
    this.#freeSlots.push(slot);
  }

  observe(slot: number, tMs: number, value: number): number {
    let cells = this.cells.slabs[slot >> 8]!.f64;
    const c = (slot & 255) * CELL;
    // Infinite and NaN less themselves are NaN.
    if (value - value !== 0 || tMs - tMs !== 0) return -1;
    const run = cells[c + C.run]!;
    if (run === 0) return this.#begin(cells, c, tMs, value, 1);
    const lastMs = cells[c + C.lastMs]!;
    const gapMs = tMs - lastMs;
    if (gapMs <= 0) return -1;
    const fold = gapMs < FOLD_MS && Math.floor(tMs / FOLD_MS) === Math.floor(lastMs / FOLD_MS);
    let row = this.cells.row(slot);
    if (row === NO_ROW) {
      if (value === cells[c + C.origin]) {
        if (fold) {
          cells[c + C.foldCount]!++;
          return -1;
        }
        cells[c + C.foldCount] = 0;
        cells[c + C.foldSum]!++;
        cells[c + C.run] = run + 1;
        cells[c + C.lastMs] = tMs;
        return 0;
      }
      const steps = cells[c + C.foldSum]!;
      if (steps < ROW_FROM_STEP) return fold ? -1 : this.#begin(cells, c, tMs, value, steps + 1);
      row = this.#vary(slot, value);
      cells = this.cells.slabs[slot >> 8]!.f64;
    }
    if (fold) {
      cells[c + C.foldSum]! += value;
      cells[c + C.foldCount]!++;
      return -1;
    }
    const folded = cells[c + C.foldCount]!;
    let mean = value;
    if (folded > 0) {
      // Halves first: a sum of two huge values must not overflow.
      mean = cells[c + C.foldSum]! / (folded + 1) + value / (folded + 1);
      cells[c + C.foldSum] = 0;
      cells[c + C.foldCount] = 0;
      if (mean - mean !== 0) mean = value;
    }
    cells[c + C.lastMs] = tMs;
    cells[c + C.lastValue] = mean;
    const unit = cells[c + C.unit]!;
    const x = mean / unit - cells[c + C.origin]! / unit;
    const rich = this.#rich[row];
    if (rich !== undefined) return richStep(rich, this.#slabs[row >> 8]!, row & 255, tMs, gapMs, x, -cells[c + C.origin]! / unit);
    return this.#tier.step(this.#slabs[row >> 8]!, row & 255, tMs, gapMs, x);
  }

  /** A run of one value, at the series' `steps`-th step. */
  #begin(cells: Float64Array, c: number, tMs: number, value: number, steps: number): number {
    cells[c + C.lastMs] = tMs;
    cells[c + C.lastValue] = value;
    cells[c + C.foldSum] = steps;
    cells[c + C.foldCount] = 0;
    cells[c + C.origin] = value;
    cells[c + C.firstMs] = tMs;
    cells[c + C.run] = 1;
    return 0;
  }

  /** The series has its first other value: it gets a unit and a row, for which memory may grow: views of cells are to be looked up again. */
  #vary(slot: number, value: number): number {
    const row = this.#takeRow(slot);
    const cells = this.cells.slabs[slot >> 8]!.f64;
    const c = (slot & 255) * CELL;
    const origin = cells[c + C.origin]!;
    seedRow(this.#slabs[row >> 8]!, row & 255, cells, c);
    cells[c + C.unit] = Math.min(1e300, Math.max(Math.abs(value / 2 - origin / 2) * 2, Math.abs(origin) * 1e-9, 1e-300));
    cells[c + C.foldSum] = origin * cells[c + C.foldCount]!;
    return row;
  }

  #takeRow(slot: number): number {
    const used = this.#freeRows.pop();
    const row = used ?? this.#rows++;
    if (row >> 8 === this.#slabs.length) {
      rehearse();
      this.#slabs.push(this.#tier.createSlab());
    }
    if (used !== undefined) clearRow(this.#slabs[row >> 8]!, row & 255);
    this.cells.setRow(slot, row, this.#slabs[row >> 8]!.address);
    this.#slabs[row >> 8]!.f32[(row & 255) * ROW + H.feedback] = this.#cautions.get(slot) ?? 0;
    this.#judgeRow(slot, row, this.#enriched.has(slot));
    return row;
  }

  /** By the tier that is named. */
  #judgeRow(slot: number, row: number, rich: boolean): void {
    this.#rich[row] = rich ? createRichState() : undefined;
    this.cells.setByte(slot, BYTE.rich, Number(rich));
  }

  #releaseRow(slot: number): void {
    const row = this.cells.row(slot);
    if (row === NO_ROW) return;
    this.#judgeRow(slot, row, false);
    this.cells.setRow(slot, NO_ROW, 0);
    this.#freeRows.push(row);
  }

  enrich(slot: number): void {
    if (this.#enriched.has(slot)) return;
    this.#enriched.add(slot);
    const row = this.cells.row(slot);
    if (row !== NO_ROW) this.#judgeRow(slot, row, true);
  }

  impoverish(slot: number): void {
    this.#enriched.delete(slot);
    const row = this.cells.row(slot);
    if (row !== NO_ROW) this.#judgeRow(slot, row, false);
  }

  isRich(slot: number): boolean {
    return this.#enriched.has(slot);
  }

  isRipe(slot: number): boolean {
    const rich = this.#rich[this.cells.row(slot)];
    return rich !== undefined && rich[R.steps]! >= RIPE_STEPS;
  }

  caution(slot: number, share: number): void {
    if (share === 0) this.#cautions.delete(slot);
    else this.#cautions.set(slot, share);
    const row = this.cells.row(slot);
    if (row !== NO_ROW) this.#slabs[row >> 8]!.f32[(row & 255) * ROW + H.feedback] = share;
  }

  revised(slot: number): boolean {
    const rich = this.#rich[this.cells.row(slot)];
    return rich !== undefined && rich[R.revised] === REVISED;
  }

  movedByDeploy(slot: number): boolean {
    const rich = this.#rich[this.cells.row(slot)];
    return rich !== undefined && rich[R.revised] === MOVED;
  }

  permitChange(slot: number, tMs: number): void {
    const rich = this.#rich[this.cells.row(slot)];
    if (rich !== undefined) permitChange(rich, tMs);
  }

  suspicion(slot: number): number {
    const row = this.cells.row(slot);
    return row === NO_ROW ? 0 : this.#slabs[row >> 8]!.f32[(row & 255) * ROW + H.lastScore]!;
  }

  band(slot: number): ExpectedBand | null {
    const cells = this.cells.slabs[slot >> 8]!.f64;
    const c = (slot & 255) * CELL;
    const row = this.cells.row(slot);
    if (row !== NO_ROW) return expectedBand(cells, c, this.#slabs[row >> 8]!, row & 255, this.isRipe(slot) ? this.#rich[row] : undefined);
    return this.#isKnownConstant(cells, c) ? constantBand(cells, c) : null;
  }

  #isKnownConstant(cells: Float64Array, c: number): boolean {
    return cells[c + C.run]! > 0 && cells[c + C.foldSum]! >= LEARNING_STEPS;
  }

  judgement(slot: number, show: Measure = brief): Judgement | null {
    const cells = this.cells.slabs[slot >> 8]?.f64;
    if (cells === undefined) return null;
    const c = (slot & 255) * CELL;
    const row = this.cells.row(slot);
    if (row !== NO_ROW) return judge(cells, c, this.#slabs[row >> 8]!, row & 255, this.isRipe(slot) ? this.#rich[row] : undefined, show);
    return this.#isKnownConstant(cells, c) ? judgeConstant(cells, c, show) : null;
  }

  save(slot: number, writer: ByteWriter): void {
    const row = this.cells.row(slot);
    const slab = row === NO_ROW ? null : this.#slabs[row >> 8]!;
    saveDetector(writer, this.cells.slabs[slot >> 8]!.f64, (slot & 255) * CELL, slab, row & 255, this.#rich[row]);
  }

  load(slot: number, bytes: Uint8Array): boolean {
    const c = (slot & 255) * CELL;
    const afresh = (): void => {
      this.#releaseRow(slot);
      this.cells.slabs[slot >> 8]!.f64.fill(0, c, c + OWN_CELL);
    };
    afresh();
    if (bytes.length === 0) return false;
    try {
      const understood = loadDetector(bytes, this.cells.slabs[slot >> 8]!.f64, c, (rich) => {
        if (rich) this.#enriched.add(slot);
        const row = this.#takeRow(slot);
        return { slab: this.#slabs[row >> 8]!, row: row & 255, rich: rich ? this.#rich[row] : undefined };
      });
      if (!understood) afresh();
      const row = this.cells.row(slot);
      // Answers that came after these bytes were saved.
      if (row !== NO_ROW) this.#slabs[row >> 8]!.f32[(row & 255) * ROW + H.feedback] = this.#cautions.get(slot) ?? 0;
      return understood;
    } catch {
      // Torn: nothing of it is to be trusted.
      afresh();
      return false;
    }
  }
}
