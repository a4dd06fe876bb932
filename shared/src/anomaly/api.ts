import type { ByteWriter } from "../encoding/byte-writer.ts";
import type { Judgement } from "../model/anomaly.ts";
import type { ExpectedBand } from "./expected-band.ts";
import type { Measure } from "./reason.ts";
import type { SeriesCells } from "./series-cells.ts";

/**
 * Streaming detectors of many series in typed slabs: causal, O(1) a step, at most one step a series per 5 s, at most
 * 2.5 KB a series. No clock, no randomness.
 */
export interface DetectorBank {
  /** By slot; what is in them besides the detector's own is the caller's. */
  readonly cells: SeriesCells;
  /** A slot for a new series. */
  add(): number;
  remove(slot: number): void;
  /** One point, times ascending (ms). Returns the score of the step, or -1 when the point was folded into the current 5 s. */
  observe(slot: number, tMs: number, value: number): number;
  /** Of the latest step: how unlike all it has seen the series is, as a score, whatever tests of change say of it; 0 for a series that has not varied. */
  suspicion(slot: number): number;
  /** Of the latest step, in words with values as `show` says them; null while learning. Allocates: for anomalies and displays, not for the hot path. */
  judgement(slot: number, show?: Measure): Judgement | null;
  /** Its numbers alone: what is remembered of each step of a series in the rich tier. */
  band(slot: number): ExpectedBand | null;
  /** The slot is judged by the rich tier from now on, on top of what the base tier has learned of it; `impoverish` takes that back. */
  enrich(slot: number): void;
  impoverish(slot: number): void;
  isRich(slot: number): boolean;
  /** Whether the rich tier has seen enough to speak for the slot; before, the base tier does. */
  isRipe(slot: number): boolean;
  /** Whether the latest step gave a new name to an event told before; `judgement` then has it. Rich tier only. */
  revised(slot: number): boolean;
  /** Whether by the latest step a level has moved that a deploy permits to: it is no anomaly, and may be worse. Rich tier only. */
  movedByDeploy(slot: number): boolean;
  /** A deploy at `tMs`: for half an hour a level that moves is no anomaly. Rich tier only. */
  permitChange(slot: number, tMs: number): void;
  /** Raises the thresholds of a series by a share, 0.25 by a quarter; below 0 lowers them. Kept with the slot, not in its bytes. */
  caution(slot: number, share: number): void;
  /** Versioned bytes (FORMAT.md); `load` returns false, and the slot starts afresh, when it cannot read them. */
  save(slot: number, writer: ByteWriter): void;
  load(slot: number, bytes: Uint8Array): boolean;
}
