import { TAIL, startTail } from "./tail.ts";

/** Where the rich tier keeps a series: one array of doubles, in the series' own unit like the base tier's row. */
export const DAY_BINS = 96;
export const WEEK_BINS = 672;
export const WEEK_HOURS = 168;
export const HOUR_BINS = 48;
export const HABIT_BINS = 96;
/** Days of which habits are kept: with five a Monday still knows two working days. */
export const HABIT_DAYS = 5;
/** Days of values kept for each half hour. */
export const HOUR_DAYS = 5;
export const SHAPES = 64;
/** Block means that make a shape, and the steps in each. */
export const SHAPE_BLOCKS = 8;
export const BLOCK_STEPS = 6;
/** Newest innovations, and newest values, that are kept. */
export const RING = 192;
/** Hours after which the test of drift learns what it gave: a drift must not become usual while it is found. */
export const DRIFT_DELAY = 72;
export const MODELS = 3;
/** Doubles of a model. */
export const MODEL_SIZE = 14;

/** Of a model: no season, the day's, the week's. */
export const M = {
  offset: 0,
  previous: 1,
  variance: 2,
  covariance: 3,
  error: 4,
  seen: 5,
  prediction: 6,
  season: 7,
  level: 8,
  away: 9,
  misses: 10,
  usualMiss: 11,
  usualSeen: 12,
  leastMiss: 13,
} as const;

/** Spans of innovations that are summed, in steps. */
export const SPANS = [1, 4, 12, 48] as const;

export const R = {
  steps: 0,
  lastMs: 1,
  spacingMs: 2,
  low: 3,
  high: 4,
  model: 5,
  expected: 6,
  scale: 7,
  clock: 8,
  shapeCount: 9,
  runLength: 10,
  longestRun: 11,
  repeats: 12,
  previous: 13,
  longestGapMs: 14,
  /** Of the event: kind (-1 none yet; -2 less the kind of the last, which is over), steps since its onset, steps since it was calm. */
  eventKind: 15,
  eventAge: 16,
  eventCalm: 17,
  /** Of it: how far from the model's usual value at the onset, and on average in the steps after it. */
  eventSize: 18,
  eventShift: 19,
  eventStayed: 20,
  eventModel: 21,
  eventStrength: 22,
  /** Steps until another event may begin. */
  restLeft: 23,
  permittedUntilMs: 24,
  lastScore: 25,
  /** What is told of the latest step: kind, and REVISED when it is a new name for an event told before, MOVED where a deploy has moved the level. */
  lastKind: 26,
  revised: 27,
  longLevel: 28,
  hourSum: 29,
  hourCount: 30,
  hour: 31,
  dayScale: 32,
  hoursSeen: 33,
  lowBefore: 34,
  driftHours: 35,
  highBefore: 36,
  hourError: 37,
  hourSeen: 38,
  driftModel: 39,
  eventOffset: 40,
  eventUsual: 41,
  /** Steps of the event beyond what is usual, above and below. */
  eventAbove: 42,
  eventBelow: 43,
  /** Steps since a permitted change moved the level; 0 none. */
  moved: 44,
  firstMs: 45,
  /** Least difference between two steps that are not equal. */
  quantum: 46,
  /** Innovations since they were last forgotten. */
  fresh: 47,
  driftTotal: 48,
  /** Until then the last day holds an event, and is no drift. */
  driftPauseMs: 49,
  /** 1 once the present run of equal values has been told of. */
  runTold: 50,
  /** How far the season goes within half an hour, down and up, where it has an edge. */
  edgeLow: 51,
  edgeHigh: 52,
  /**
   * Of the test of the season: its model, steps, level, mean distance, usual distance; and how far the series is from its mean with and
   * without it.
   */
  seasonModel: 53,
  seasonSteps: 54,
  seasonLevel: 55,
  seasonAway: 56,
  seasonScale: 57,
  seasonMean: 58,
  seasonWith: 59,
  seasonWithout: 60,
  /** Mean size of an innovation, in the scale's units: 1 but for whole numbers. */
  usualSize: 61,
  /** The expected value on average, and above and below that: where, and the mean size of an innovation there in mean absolute errors. */
  middle: 62,
  upperAt: 63,
  upperSize: 64,
  lowerAt: 65,
  lowerSize: 66,
  sizesSeen: 67,
  modelError: 68,
  /** How much the series scatters where it is expected to be now, 1 on average. */
  scaleWeight: 69,
  driftOff: 70,
  /** The model by whose errors the usual size of a drift is known, MODELS more where against last week, -1 none yet; and what they said it was at first. */
  driftScaleModel: 71,
  driftTheory: 72,
  /** Of the means of hours without the season: the model, how many, their level, variance, covariance with the one before, and the newest. */
  hourSeason: 73,
  hoursModel: 74,
  hoursLeft: 75,
  hourLevel: 76,
  hourVariance: 77,
  hourCovariance: 78,
  hourBefore: 79,
  /** Until then a drift that has been told of goes on. */
  driftToldMs: 80,
  /** Steps for which a level that has moved is watched, and where it is. */
  watchLeft: 81,
  watchAway: 82,
  /**
   * Of a departure that is not told since its like may come every week: steps in which it may still be over, or less those for which what has stayed is
   * remembered; kind, strength, size, and what was expected.
   */
  doubtLeft: 83,
  doubtKind: 84,
  doubtStrength: 85,
  doubtSize: 86,
  doubtAt: 87,
  /** 1 or -1: the side on which the event was found. */
  eventSide: 88,
  /** Of the fit of the season: its mean, its mean square, its product with what is left of it, and the usual size of that. */
  fitMean: 89,
  fitSeason: 90,
  fitLeft: 91,
  fitScale: 92,
  /** How mostly a season speaks. */
  fitTrust: 93,
  /** When the last event was over, ms, and how much the series scattered before it. */
  eventEndMs: 94,
  eventScatter: 95,
} as const;

/** Of what the means of hours leave, from R.hourSeason on. */
export const H = { season: 0, model: 1, seen: 2, level: 3, variance: 4, covariance: 5, before: 6 } as const;
/** In place of the model that drift is measured by: it begins anew, from a level that has moved. */
export const LEVEL_MOVED = -2;
export const REVISED = 1;
export const MOVED = 2;

const HEAD = 96;
/** Spans over which innovations' mean size is taken. */
export const SPREADS = [16, 48, 144] as const;
/** Tails, two-sided each: of the sums, of the spreads, of the drift against the level and against last week. */
export const SPREAD_TAILS = 2 * SPANS.length;
export const DRIFT_TAILS = SPREAD_TAILS + 2 * SPREADS.length;
export const SEASON_TAILS = DRIFT_TAILS + 4;
export const FIT_TAILS = SEASON_TAILS + 2;
const TAILS_OF_MODEL = FIT_TAILS + 2;
/** The week's model has its own: what is usual before a week is known is not after. */
export const TAILS = 2 * TAILS_OF_MODEL;

const TAILS_AT = HEAD + MODELS * MODEL_SIZE;
const INNOVATIONS_AT = TAILS_AT + TAILS * TAIL;
const VALUES_OF_RING_AT = INNOVATIONS_AT + RING;
const HOURS_AT = VALUES_OF_RING_AT + RING;
const DAYS_AT = HOURS_AT + 24;
const DRIFTS_AT = DAYS_AT + WEEK_HOURS;
const DAY_AT = DRIFTS_AT + DRIFT_DELAY;
const WEEK_AT = DAY_AT + 2 * DAY_BINS;
const HOUR_VALUES_AT = WEEK_AT + 2 * WEEK_BINS;
const MISSES_AT = HOUR_VALUES_AT + 2 * HOUR_BINS * HOUR_DAYS;
const SCATTERS_AT = MISSES_AT + MODELS * RING;

/** Offsets of the memories, one behind the other. */
export const P = {
  models: HEAD,
  tails: TAILS_AT,
  innovations: INNOVATIONS_AT,
  values: VALUES_OF_RING_AT,
  hours: HOURS_AT,
  /** The mean of the last 24 hours at each hour of the week. */
  days: DAYS_AT,
  /** What the test of drift gave in the last hours. */
  drifts: DRIFTS_AT,
  day: DAY_AT,
  week: WEEK_AT,
  hourValues: HOUR_VALUES_AT,
  misses: MISSES_AT,
  /** How much more or less than on average the series scatters in each hour of the day, and how many steps told so. */
  scatters: SCATTERS_AT,
} as const;
/** From here on every number is one that a single can hold. */
export const SINGLES_AT = P.day;
export const SHAPES_AT = P.scatters + 48;
/** Typical values in each of the memories of means. */
export const TYPICAL = 32;
/** Steps in a box of resonance.ts, and how many boxes. */
export const BOX_STEPS = 8;
export const BOXES = 32;
/** Where version 2 of the state ended. */
export const FIRST_RICH_SIZE = SHAPES_AT + SHAPES * (SHAPE_BLOCKS + 1);

export const VALUES_AT = FIRST_RICH_SIZE + 4;
export const MEANS_AT = VALUES_AT + 2 * TYPICAL;
export const BOXES_AT = MEANS_AT + 2 * TYPICAL;
/** Where version 3 of the state ended. */
export const SECOND_RICH_SIZE = BOXES_AT + BOXES * 2 * BOX_STEPS;
/** Novelties that are held over the next steps. */
const HELD = 10;

/** Of the memories of novelty.ts: steps they have seen, how much each holds, and from where on the novelties are that are held. */
export const N = {
  steps: FIRST_RICH_SIZE,
  mean3: FIRST_RICH_SIZE + 1,
  mean12: FIRST_RICH_SIZE + 2,
  boxes: FIRST_RICH_SIZE + 3,
  mean24: SECOND_RICH_SIZE,
  held: SECOND_RICH_SIZE + 1,
} as const;
export const LONG_MEANS_AT = N.held + HELD;
/** What is held of the tests of change. */
export const HELD_TESTS_AT = LONG_MEANS_AT + 2 * TYPICAL;
const HELD_TESTS = 4;
/** Of habit.ts. Where version 6 of the state ended. */
export const HABITS_AT = HELD_TESTS_AT + HELD_TESTS;
/** Where version 7 of the state ended. */
export const FIFTH_RICH_SIZE = HABITS_AT + 3 * HABIT_BINS * HABIT_DAYS + 1;
/** Of season-gain.ts: steps since the level moved, 0 of none, one more than were seen; the means of the season and of the values, and the sums of squares and products about them. */
export const G = {
  steps: FIFTH_RICH_SIZE,
  season: FIFTH_RICH_SIZE + 1,
  value: FIFTH_RICH_SIZE + 2,
  seasonSquares: FIFTH_RICH_SIZE + 3,
  products: FIFTH_RICH_SIZE + 4,
  valueSquares: FIFTH_RICH_SIZE + 5,
  /** Of spread-test.ts: between two steps, ms, when it was learned what the series scatters by. */
  spacing: FIFTH_RICH_SIZE + 6,
} as const;
/** Where version 8 of the state ended. */
export const SIXTH_RICH_SIZE = FIFTH_RICH_SIZE + 7;
/** Of hour-range-test.ts: hours seen; of those until half a day ago the lowest and the highest mean, and what one differs by from the next. */
export const L = { hours: SIXTH_RICH_SIZE, low: SIXTH_RICH_SIZE + 1, high: SIXTH_RICH_SIZE + 2, apart: SIXTH_RICH_SIZE + 3 } as const;
/** Where version 9 of the state ended. */
export const SEVENTH_RICH_SIZE = SIXTH_RICH_SIZE + 4;
/**
 * Of additive-outlier.ts: by how much the last value, if it was far, counts too much in the mean of its hour, and in its bins of the day and of the week; how
 * far it was from what was expected, in mean absolute errors, 0 where that is not far; how many in a row were; and how many a day come alone.
 */
export const O = {
  hour: SEVENTH_RICH_SIZE,
  day: SEVENTH_RICH_SIZE + 1,
  week: SEVENTH_RICH_SIZE + 2,
  far: SEVENTH_RICH_SIZE + 3,
  run: SEVENTH_RICH_SIZE + 4,
  aDay: SEVENTH_RICH_SIZE + 5,
} as const;
/** Of level-test.ts: a tail of either side. */
export const LEVEL_TAILS_AT = SEVENTH_RICH_SIZE + 6;
/** Where version 10 of the state ended. */
export const EIGHTH_RICH_SIZE = LEVEL_TAILS_AT + 2 * TAIL;
/** Of held-value.ts: how many moves were seen, how far one goes, and how many were in a row. */
export const V = { moves: EIGHTH_RICH_SIZE, size: EIGHTH_RICH_SIZE + 1, run: EIGHTH_RICH_SIZE + 2 } as const;
/** Of season-scale.ts: how many times as high the season is as when the last event began; 0 as 1. */
export const GROWN_AT = EIGHTH_RICH_SIZE + 5;
/** Where version 11 of the state ended. */
export const NINTH_RICH_SIZE = GROWN_AT + 1;
/** Of waiting-time-test.ts: how many were expected since the last one came, and the most there have been; and how many are when one comes, on average. */
export const W = { waited: EIGHTH_RICH_SIZE + 3, most: EIGHTH_RICH_SIZE + 4, rarer: NINTH_RICH_SIZE } as const;
/** Of drift-test.ts: what the means of hours leave of the day's profile, as R.hourSeason to R.hourBefore are of the season of the model that speaks. */
export const DAY_HOURS_AT = NINTH_RICH_SIZE + 1;
/** Steps without a hole up to the newest, RING at most: as far as the times of kept values are known. */
export const UNBROKEN_AT = DAY_HOURS_AT + 7;
export const RICH_SIZE = UNBROKEN_AT + 1;
/** Where version 4 of the state ended. */
export const THIRD_RICH_SIZE = HABITS_AT - HELD_TESTS;

export const tailOf = (model: number, index: number): number => P.tails + (index + (model === 2 ? TAILS_OF_MODEL : 0)) * TAIL;
export const tailAt = (f: Float64Array, index: number): number => tailOf(f[R.model]!, index);

/** Of a tail of the week's model, the same test's before the week was known; -1 of any other. */
export const otherTail = (at: number): number =>
  at >= P.tails + TAILS_OF_MODEL * TAIL && at < INNOVATIONS_AT ? at - TAILS_OF_MODEL * TAIL : -1;

/** Of a tail of single innovations, that of the other side; -1 of any other. */
export function mirrorOf(at: number): number {
  const test = ((at - P.tails) / TAIL) % TAILS_OF_MODEL;
  return test > 1 || at >= INNOVATIONS_AT ? -1 : test === 0 ? at + TAIL : at - TAIL;
}

/** Where 5% of normal noise lie beyond, and how far on average, in the units of each test. */
export function startTails(f: Float64Array): void {
  for (let i = 0; i < TAILS; i++) {
    const test = i % TAILS_OF_MODEL;
    const at = P.tails + i * TAIL;
    if (test < SPREAD_TAILS || (test >= DRIFT_TAILS && test < FIT_TAILS)) startTail(f, at, 2.5, 0.55);
    else if (test >= FIT_TAILS) startTail(f, at, 2.2, 0.4);
    else startTail(f, at, 1.6, 0.4);
  }
  startLevelTails(f);
}

/** As of a sum: a median is taken in units in which that of normal noise is as far. */
export function startLevelTails(f: Float64Array): void {
  for (const at of [LEVEL_TAILS_AT, LEVEL_TAILS_AT + TAIL]) startTail(f, at, 2.5, 0.55);
  for (let i = LEVEL_TAILS_AT; i < EIGHTH_RICH_SIZE; i++) f[i] = Math.fround(f[i]!);
}
