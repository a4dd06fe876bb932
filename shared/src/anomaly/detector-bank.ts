import type { ByteWriter } from "../encoding/byte-writer.ts";
import type { Judgement } from "../model/anomaly.ts";
import type { DetectorBank } from "./api.ts";
import { LEARNING_STEPS } from "./base-detector.ts";
import { type BaseTier, baseTierInTypeScript } from "./base-tier.ts";
import { clearRow, seedRow } from "./constant-run.ts";
import { loadDetector, saveDetector } from "./detector-bytes.ts";
import { type ExpectedBand, constantBand, expectedBand } from "./expected-band.ts";
import { C, CELL, H, ROW, SERIES_PER_SLAB, type Slab } from "./layout.ts";
import { type Measure, brief, judge, judgeConstant } from "./reason.ts";
import { rehearse } from "./rehearsal.ts";
import { MOVED, R, REVISED } from "./rich/layout.ts";
import { RIPE_STEPS, createRichState, permitChange, richStep } from "./rich/rich-detector.ts";

const FOLD_MS = 5000;
/** A series that varies has a row from this step on; many series, of short-lived processes, never get there. */
const ROW_FROM_STEP = 8;
const NO_ROW = -1;
const FREE = -1;

export const createDetectorBank = (tier: BaseTier = baseTierInTypeScript): DetectorBank => new SlabBank(tier);

/** Detectors in slabs of 256 that are made as they are needed; slots and rows of removed series are used again. */
class SlabBank implements DetectorBank {
  readonly #tier: BaseTier;
  /** By slot / 256. */
  readonly #cells: Float64Array[] = [];
  readonly #rowOf: Int32Array[] = [];
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
  }

  add(): number {
    const slot = this.#freeSlots.pop() ?? this.#slots++;
    const chunk = slot >> 8;
    if (chunk === this.#cells.length) {
      this.#cells.push(new Float64Array(SERIES_PER_SLAB * CELL));
      this.#rowOf.push(new Int32Array(SERIES_PER_SLAB).fill(NO_ROW));
    }
    const c = (slot & 255) * CELL;
    this.#cells[chunk]!.fill(0, c, c + CELL);
    return slot;
  }

  remove(slot: number): void {
    const cells = this.#cells[slot >> 8];
    const c = (slot & 255) * CELL;
    if (cells === undefined || slot >= this.#slots || cells[c + C.run] === FREE) return;
    this.#enriched.delete(slot);
    this.#cautions.delete(slot);
    this.#releaseRow(slot);
    cells[c + C.run] = FREE;
    this.#freeSlots.push(slot);
  }

  observe(slot: number, tMs: number, value: number): number {
    const chunk = slot >> 8;
    const cells = this.#cells[chunk]!;
    const c = (slot & 255) * CELL;
    // Infinite and NaN less themselves are NaN.
    if (value - value !== 0 || tMs - tMs !== 0) return -1;
    const run = cells[c + C.run]!;
    if (run === 0) return this.#begin(cells, c, tMs, value, 1);
    const lastMs = cells[c + C.lastMs]!;
    const gapMs = tMs - lastMs;
    if (gapMs <= 0) return -1;
    const fold = gapMs < FOLD_MS && Math.floor(tMs / FOLD_MS) === Math.floor(lastMs / FOLD_MS);
    let row = this.#rowOf[chunk]![slot & 255]!;
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
      row = this.#vary(slot, cells, c, value);
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

  /** The series has its first other value: it gets a unit and a row. */
  #vary(slot: number, cells: Float64Array, c: number, value: number): number {
    const origin = cells[c + C.origin]!;
    const row = this.#takeRow(slot);
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
    this.#rowOf[slot >> 8]![slot & 255] = row;
    this.#slabs[row >> 8]!.f32[(row & 255) * ROW + H.feedback] = this.#cautions.get(slot) ?? 0;
    this.#rich[row] = this.#enriched.has(slot) ? createRichState() : undefined;
    return row;
  }

  #releaseRow(slot: number): void {
    const rows = this.#rowOf[slot >> 8]!;
    const row = rows[slot & 255]!;
    if (row === NO_ROW) return;
    rows[slot & 255] = NO_ROW;
    this.#rich[row] = undefined;
    this.#freeRows.push(row);
  }

  enrich(slot: number): void {
    if (this.#enriched.has(slot)) return;
    this.#enriched.add(slot);
    const row = this.#rowOf[slot >> 8]![slot & 255]!;
    if (row !== NO_ROW) this.#rich[row] = createRichState();
  }

  impoverish(slot: number): void {
    this.#enriched.delete(slot);
    const row = this.#rowOf[slot >> 8]![slot & 255]!;
    if (row !== NO_ROW) this.#rich[row] = undefined;
  }

  isRich(slot: number): boolean {
    return this.#enriched.has(slot);
  }

  isRipe(slot: number): boolean {
    const rich = this.#rich[this.#rowOf[slot >> 8]![slot & 255]!];
    return rich !== undefined && rich[R.steps]! >= RIPE_STEPS;
  }

  caution(slot: number, share: number): void {
    if (share === 0) this.#cautions.delete(slot);
    else this.#cautions.set(slot, share);
    const row = this.#rowOf[slot >> 8]![slot & 255]!;
    if (row !== NO_ROW) this.#slabs[row >> 8]!.f32[(row & 255) * ROW + H.feedback] = share;
  }

  revised(slot: number): boolean {
    const rich = this.#rich[this.#rowOf[slot >> 8]![slot & 255]!];
    return rich !== undefined && rich[R.revised] === REVISED;
  }

  movedByDeploy(slot: number): boolean {
    const rich = this.#rich[this.#rowOf[slot >> 8]![slot & 255]!];
    return rich !== undefined && rich[R.revised] === MOVED;
  }

  permitChange(slot: number, tMs: number): void {
    const rich = this.#rich[this.#rowOf[slot >> 8]![slot & 255]!];
    if (rich !== undefined) permitChange(rich, tMs);
  }

  suspicion(slot: number): number {
    const row = this.#rowOf[slot >> 8]![slot & 255]!;
    return row === NO_ROW ? 0 : this.#slabs[row >> 8]!.f32[(row & 255) * ROW + H.lastScore]!;
  }

  band(slot: number): ExpectedBand | null {
    const cells = this.#cells[slot >> 8]!;
    const c = (slot & 255) * CELL;
    const row = this.#rowOf[slot >> 8]![slot & 255]!;
    if (row !== NO_ROW) return expectedBand(cells, c, this.#slabs[row >> 8]!, row & 255, this.isRipe(slot) ? this.#rich[row] : undefined);
    return this.#isKnownConstant(cells, c) ? constantBand(cells, c) : null;
  }

  #isKnownConstant(cells: Float64Array, c: number): boolean {
    return cells[c + C.run]! > 0 && cells[c + C.foldSum]! >= LEARNING_STEPS;
  }

  judgement(slot: number, show: Measure = brief): Judgement | null {
    const cells = this.#cells[slot >> 8];
    if (cells === undefined) return null;
    const c = (slot & 255) * CELL;
    const row = this.#rowOf[slot >> 8]![slot & 255]!;
    if (row !== NO_ROW) return judge(cells, c, this.#slabs[row >> 8]!, row & 255, this.isRipe(slot) ? this.#rich[row] : undefined, show);
    return this.#isKnownConstant(cells, c) ? judgeConstant(cells, c, show) : null;
  }

  save(slot: number, writer: ByteWriter): void {
    const row = this.#rowOf[slot >> 8]![slot & 255]!;
    const slab = row === NO_ROW ? null : this.#slabs[row >> 8]!;
    saveDetector(writer, this.#cells[slot >> 8]!, (slot & 255) * CELL, slab, row & 255, this.#rich[row]);
  }

  load(slot: number, bytes: Uint8Array): boolean {
    const cells = this.#cells[slot >> 8]!;
    const c = (slot & 255) * CELL;
    const afresh = (): void => {
      this.#releaseRow(slot);
      cells.fill(0, c, c + CELL);
    };
    afresh();
    if (bytes.length === 0) return false;
    try {
      const understood = loadDetector(bytes, cells, c, (rich) => {
        if (rich) this.#enriched.add(slot);
        const row = this.#takeRow(slot);
        return { slab: this.#slabs[row >> 8]!, row: row & 255, rich: rich ? this.#rich[row] : undefined };
      });
      if (!understood) afresh();
      const row = this.#rowOf[slot >> 8]![slot & 255]!;
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
