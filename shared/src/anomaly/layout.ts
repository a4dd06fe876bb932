/**
 * Where a series keeps its state. Every series has a *cell* of 16 doubles, two lines of the cache that every sample of it looks at; one that has varied has a *row* besides, in a slab of 256: 8
 * doubles, then 224 singles, then its column of the slab's profiles: a single for each half hour of the day and hour of the week, on sheets
 * of 12 bins that are made when their time first comes, bin by bin, so that all series of a slab meet the same cache lines at a time.
 * Everything in a row is in the series' own
 * unit, (value − origin) / unit, so that singles are precise enough for any magnitude; what small differences are added to is double.
 * 128 bytes of a constant series, 128 + 960 + 864 of one that varies.
 */
export const CELL = 16;
/** Doubles of the cell that are the detector's own, and saved as they stand. */
export const OWN_CELL = 8;
export const SERIES_PER_SLAB = 256;
/** A series that varies has a row from this step on; many series, of short-lived processes, never get there. */
export const ROW_FROM_STEP = 8;
/** Singles of a row; its doubles are half of that. */
export const ROW = 240;
export const PROTOTYPES = 32;
export const BLOCK_PROTOTYPES = 24;
export const RING = 48;
export const DAY_BINS = 48;
export const WEEK_BINS = 168;
export const BINS = DAY_BINS + WEEK_BINS;
/** Bins of a profile that are made together. */
export const SHEET = 12;
export const BYTES_PER_SERIES = CELL * 8 + ROW * 4 + BINS * 4;

/** Offsets in the cell, in doubles. */
export const C = {
  lastMs: 0,
  lastValue: 1,
  /** Of the points folded into the current five seconds; of a series that has not varied: how many steps it has had, of any value. */
  foldSum: 2,
  foldCount: 3,
  /** The first value; of a series that has not varied: its value. */
  origin: 4,
  /** 0 until the series has varied. */
  unit: 5,
  /** When the present run of one value began; no more kept once the series has varied. */
  firstMs: 6,
  /** Steps in that run; 0 without samples, -1 of a slot that is free. */
  run: 7,
  /** What comes before the detector: time of the newest sample, ms, 0 before any. */
  newestMs: 8,
  /** The longest between two samples lately, ms; 0 before the second, negative while nothing of the series is missed. */
  longestMs: 9,
  /** Of a counter: start of the current step, ms, 0 before the first; growth since; and its newest value. */
  stepMs: 10,
  growth: 11,
  counted: 12,
  /** The newest value of a series of no known type. */
  risen: 13,
} as const;

/** The same, in bytes. */
export const BYTE = {
  /** Other than 0 while a rule or an SLO looks at its samples. */
  watched: 112,
  /** LEVEL, RATE or UNSURE, and PART. */
  judgedAs: 113,
  /** What is known of a series of no known type. */
  unsure: 114,
  rises: 115,
  falls: 116,
  /** Other than 0 while its next step is of interest, whatever its score. */
  event: 117,
  /** 1 of one whose row is judged by the rich tier. */
  rich: 118,
} as const;

/** The same, in integers: its row, from 1 on, 0 while it has none; and the address of the row's slab. */
export const I = { row: 30, slab: 31 } as const;

/** Offsets of the row's doubles. */
export const D = {
  level: 0,
  fastLevel: 1,
  levelError: 2,
  fastError: 3,
  previous: 4,
  beforePrevious: 5,
  expected: 6,
  scale: 7,
} as const;

/** Offsets of single numbers among the row's singles; the first 16 places are the doubles'. */
export const H = {
  steps: 16,
  spacingMs: 17,
  gapMs: 18,
  low: 19,
  high: 20,
  dayError: 21,
  weekError: 22,
  daySeen: 23,
  weekSeen: 24,
  tail: 25,
  runLength: 26,
  longestRun: 27,
  changes: 28,
  valueCount: 29,
  shortCount: 30,
  longCount: 31,
  spreadCount: 32,
  refractoryLeft: 33,
  alarmRaw: 34,
  heat: 35,
  lastScore: 36,
  lastKind: 37,
  model: 38,
  clock: 39,
  shortMean: 40,
  spread: 41,
  usualSpread: 42,
  haste: 43,
  /** Share by which people's answers have raised the threshold; below 0 when they lowered it. */
  feedback: 44,
  /** The ends of the range that nine in ten values keep. */
  usualLow: 45,
  usualHigh: 46,
  briefCount: 47,
  /** What is left of how strange the last steps' values, blocks and distances to the profiles were. */
  heldValue: 48,
  heldBlock: 49,
  heldProfile: 50,
  /** Steps of the last run of values far beyond all before. */
  wildSteps: 51,
} as const;

const VALUES = 52;
const BLOCKS = VALUES + PROTOTYPES;

/** Offsets of the memories among the row's singles. */
export const B = {
  values: VALUES,
  short: BLOCKS,
  long: BLOCKS + BLOCK_PROTOTYPES,
  spread: BLOCKS + 2 * BLOCK_PROTOTYPES,
  ring: BLOCKS + 3 * BLOCK_PROTOTYPES,
  brief: BLOCKS + 3 * BLOCK_PROTOTYPES + RING,
} as const;

/** The rows of 256 series. */
export interface Slab {
  readonly f64: Float64Array;
  readonly f32: Float32Array;
  readonly u8: Uint8Array;
  /** Of the profiles, the day's bins before the week's: `[bin % 12 * 256 + row]`, 0 where a bin has not been seen. */
  readonly sheets: (Float32Array | null)[];
  /** Makes the sheet at that place; what was read of the slab before stays valid. */
  makeSheet(at: number): Float32Array;
  /** Address in a kernel's memory: of the addresses of its sheets, `SHEETS_BYTES`, and then of its rows; 0 outside of one. */
  readonly address: number;
}

export const SHEETS = BINS / SHEET;
/** Of the addresses of the sheets, 4 bytes each, so that rows begin with a line of the cache. */
export const SHEETS_BYTES = 128;
export const SHEET_SINGLES = SHEET * SERIES_PER_SLAB;

export function createSlab(): Slab {
  const f32 = new Float32Array(SERIES_PER_SLAB * ROW);
  const sheets = Array.from({ length: SHEETS }, (): Float32Array | null => null);
  return {
    f32,
    f64: new Float64Array(f32.buffer),
    u8: new Uint8Array(f32.buffer),
    sheets,
    makeSheet: (at) => (sheets[at] = new Float32Array(SHEET_SINGLES)),
    address: 0,
  };
}

/** The sheet a bin is on, made when it is not there yet. */
export function sheetOf(slab: Slab, bin: number): Float32Array {
  const at = Math.floor(bin / SHEET);
  return slab.sheets[at] ?? slab.makeSheet(at);
}

/** Where a row's bin is on its sheet. */
export const onSheet = (bin: number, row: number): number => (bin % SHEET) * SERIES_PER_SLAB + row;

/** Stands for a zero in a profile. */
const ALMOST_ZERO = 1e-37;
export const seen = (value: number): number => (value === 0 ? ALMOST_ZERO : value);
