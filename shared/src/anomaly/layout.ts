/**
 * Where a series keeps its state in the two slabs of the bank: HEAD doubles and BODY singles. Values in the body are in the series' own
 * unit, (value − origin) / unit, so that singles are precise enough for any magnitude. 48 × 8 + 440 × 4 = 2,144 bytes a series.
 */
export const HEAD = 48;
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
  fastLevel: 12,
  levelError: 13,
  fastError: 14,
  dayError: 15,
  weekError: 16,
  daySeen: 17,
  weekSeen: 18,
  tail: 19,
  runLength: 20,
  longestRun: 21,
  changes: 22,
  valueCount: 23,
  shortCount: 24,
  longCount: 25,
  spreadCount: 26,
  refractoryUntilStep: 27,
  alarmRaw: 28,
  heat: 29,
  lastValue: 30,
  lastScore: 31,
  lastKind: 32,
  expected: 33,
  scale: 34,
  model: 35,
  clock: 36,
  gapMs: 37,
  shortMean: 38,
  spread: 39,
  usualSpread: 40,
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
