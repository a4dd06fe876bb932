/**
 * Where a series keeps its state in the two slabs of the bank: HEAD doubles and BODY singles. Values in the body are in the series' own
 * unit, (value − origin) / unit, so that singles are precise enough for any magnitude. 64 × 8 + 440 × 4 = 2,272 bytes a series.
 */
export const HEAD = 64;
export const BODY = 440;
export const BYTES_PER_SERIES = HEAD * 8 + BODY * 4;

/** Offsets in the head. */
export const H = {
  steps: 0,
  lastMs: 1,
  foldSum: 2,
  foldCount: 3,
  origin: 4,
  unit: 5,
  spacingMs: 6,
  low: 7,
  high: 8,
  previous: 9,
  beforePrevious: 10,
  level: 11,
  slowLevel: 12,
  levelError: 13,
  dayError: 14,
  weekError: 15,
  runLength: 16,
  longestRun: 17,
  valueCount: 18,
  shortCount: 19,
  longCount: 20,
  spreadCount: 21,
  refractoryUntilStep: 22,
  alarmRaw: 23,
  heat: 24,
  changes: 25,
  lastValue: 26,
  lastScore: 27,
  lastKind: 28,
  expected: 29,
  scale: 30,
  shortLow: 31,
  shortHigh: 32,
  longLow: 33,
  longHigh: 34,
  spreadLow: 35,
  spreadHigh: 36,
  model: 37,
  clock: 38,
  jitter: 39,
  lastGapMs: 40,
  offset: 41,
} as const;

export const PROTOTYPES = 32;
export const BLOCK_PROTOTYPES = 24;
export const RING = 48;
export const DAY_BINS = 48;
export const WEEK_BINS = 168;

/** Offsets in the body. */
export const B = {
  values: 0,
  short: PROTOTYPES,
  long: PROTOTYPES + BLOCK_PROTOTYPES,
  spread: PROTOTYPES + 2 * BLOCK_PROTOTYPES,
  ring: PROTOTYPES + 3 * BLOCK_PROTOTYPES,
  day: PROTOTYPES + 3 * BLOCK_PROTOTYPES + RING,
  week: PROTOTYPES + 3 * BLOCK_PROTOTYPES + RING + DAY_BINS,
} as const;
