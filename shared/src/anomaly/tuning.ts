/** The constants of the base tier, the same for every series; chosen on public and generated series, each change judged on perturbed copies. */
export const TUNING = {
  /** Steps after which half of a novelty counts. */
  young: 300,
  /** Prototypes closer than this share of the range are one. */
  apart: 0.03,
  /** How far a prototype moves toward a value it stands for. */
  pull: 0.039,
  /** Per step, how far the running range shrinks toward the level. */
  rangeDecay: 0.00002,
  /** Weights near one over what the largest of half a day seldom exceeds on public series: many that count alike; closer fits did not hold elsewhere. */
  wValue: 3,
  wUsual: 1.7,
  wBrief: 3.5,
  wBlock: 4.4,
  wSpread: 1.7,
  wProfile: 0.37,
  /** What is left a step later of how strange values, blocks or a distance to the profiles were: of one event they do not all speak at once. */
  hold: 0.87,
  /** Mean absolute errors by which a profile may be missed before the miss counts. */
  profileSlack: 0.93,
  wZ: 0.085,
  wFlat: 0.56,
  wSurprise: 1.05,
  /** Mean absolute errors from the expected value that count in full. */
  zFull: 12.5,
  /** A surprise beyond this many, and beyond the worst before by the margin, is an alarm by itself. */
  zFloor: 25,
  tailMargin: 1.3,
  /** How fast the worst surprise is forgotten. */
  tailDecay: 0.0002,
  threshold: 0.31,
  /** More steps a day are more chances of a false alarm: the threshold rises by this share per e-fold of steps shorter than 5 min. */
  haste: 0.4,
  /** Strangeness, in thresholds, from which a step is told of as an anomaly: chosen for the rate of false alarms on clean series. */
  sure: 1.97,
  heatGain: 0.43,
  heatDecay: 0.0014,
  breakOut: 5,
  /** Longest refractory: this many steps, or 12 h when that is less; at least 24 steps. */
  refractory: 144,
  levelRate: 0.028,
  /** Share of a profile's bin renewed by one visit. */
  dayRenewal: 0.6,
  weekRenewal: 2.4,
};

/** The share by which the threshold rises for short steps. */
export function haste(spacingMs: number): number {
  return spacingMs < 300_000 && spacingMs > 0 ? TUNING.haste * Math.log(300_000 / spacingMs) : 0;
}

/** Rates are per step of 5 min; shorter steps forget in proportion, so that memory lasts as long in time. */
export function pace(spacingMs: number): number {
  return Math.min(1, spacingMs / 300_000);
}
