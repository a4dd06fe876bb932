/** Nearly equal shares where the origins contradict each other, nearly the best alone where they agree. */
const SHARPNESS = { least: 1, most: 5 };
/** Where one origin is all there is, which cannot be known. */
const UNKNOWN = 3;
/** The variance from origin to origin counts this much more: origins that follow one another are not independent. */
const CHANCE = 1.5;
/** For each factor e that the best errs less than the median of the members: such a lead is no chance, however few origins tell of it. */
const OF_LEAD = 4;

/**
 * The power of the inverse errors by which members are weighted: by the share of the variance of their mean logarithmic errors that their
 * changes from origin to origin do not explain. `errors`: mean error of each member at each origin, [origin][member]; a member with one that
 * is not finite is left out.
 * Source: James & Stein 1961 (shrinkage by the ratio of variance within to variance between), as a two-way analysis of variance.
 */
export function weightSharpness(errors: readonly Float64Array[]): number {
  const origins = errors.length;
  const members = errors[0]?.length ?? 0;
  const known: number[] = [];
  for (let m = 0; m < members; m++) if (errors.every((own) => Number.isFinite(own[m]!))) known.push(m);
  if (origins < 2 || known.length < 2) return UNKNOWN;
  // What an origin was to all of them says nothing about one of them.
  const apart = errors.map((own) => {
    const logs = known.map((m) => logOf(own[m]!));
    const mean = meanOf(logs);
    return logs.map((log) => log - mean);
  });
  let between = 0;
  let within = 0;
  for (let m = 0; m < known.length; m++) {
    const mean = meanOf(apart.map((own) => own[m]!));
    between += mean * mean;
    for (const own of apart) within += (own[m]! - mean) ** 2 / (origins - 1);
  }
  const certain = between > 0 ? Math.max(0, 1 - (CHANCE * within) / origins / between) : 0;
  const overall = known.map((m) => logOf(meanOf(errors.map((own) => own[m]!)))).sort((a, b) => a - b);
  const lead = overall[overall.length >> 1]! - overall[0]!;
  const { least, most } = SHARPNESS;
  return Math.min(most, Math.max(least + (most - least) * certain, OF_LEAD * lead));
}

/** An error of nothing is as good as one of a billionth. */
const logOf = (error: number): number => Math.log(error + 1e-9);

function meanOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
