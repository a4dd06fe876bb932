import { grownTo } from "../statistics/growth-by-shares.ts";
import type { GrowthModel } from "./growth.ts";
import { lineAt } from "./growth.ts";

/** Standard normal deviates from uniform ones in [0, 1). */
export function deviates(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Of a mean; beyond it the expansion says nothing. */
const MOST_SKEW = 1.5;

/** Growth by shares that is so many of its standard deviations may go on at sizes that nobody has seen; what wanders does not multiply on and on. */
const SURE = 3;
const LIKELY = 1;
/** In this share of its futures. */
const GOES_ON = 2 / 3;

/** One possible future: the next value at every call. */
export interface FuturePath {
  readonly next: () => number;
}

/**
 * A future drawn from the models: which of them, how far its line may be off, and innovations as they were about their mean (Freedman 1981, Annals of Statistics 9), drawn anew. With `certain` the
 * first model's expectation, innovations left out. `n`: values that the models were fitted to.
 */
export function futurePath<Model extends GrowthModel>(
  models: readonly Model[],
  n: number,
  random: () => number,
): FuturePath & { readonly model: Model } {
  const normal = deviates(random);
  let draw = random();
  let model = models[0]!;
  for (const one of models) {
    model = one;
    draw -= one.weight;
    if (draw <= 0) break;
  }
  const { fit, rests } = model;
  const p = fit.theta.length;
  const freedom = Math.max(1, n - p);
  let squares = 0;
  let cubes = 0;
  // Of a slope that moves no line takes the mean out of what is left: drawn with it, a slope that has fallen falls on and on, below nothing.
  let centre = 0;
  for (const rest of rests) {
    squares += rest * rest;
    cubes += rest ** 3;
    centre += rest / rests.length;
  }
  const sigma = Math.sqrt(squares / n);
  // Wilson & Hilferty 1931: the cube root of χ² over its degrees of freedom is nearly normal.
  const cube = Math.max(0.05, 1 - 2 / (9 * freedom) + normal() * Math.sqrt(2 / (9 * freedom))) ** 3;
  const stretch = 1 / Math.sqrt(cube);
  const z = fit.theta.map(() => normal() * sigma * stretch);
  const theta = fit.theta.map((value, i) => value + fit.spread[i]!.reduce((sum, share, j) => sum + share * z[j]!, 0));
  if (walks(model) && sigma > 0) {
    // Of a walk the drift is a mean of innovations; when these are skewed, as bursts are, so is how far it may be off. Source: Hall 1992, JRSS B 54.
    const deviation = Math.sqrt(fit.spread[1]!.reduce((sum, share) => sum + share * share, 0)) * sigma * stretch;
    const skew = Math.max(-MOST_SKEW, Math.min(MOST_SKEW, cubes / n / sigma ** 3 / Math.sqrt(n)));
    const off = deviation > 0 ? (theta[1]! - fit.theta[1]!) / deviation : 0;
    theta[1] = theta[1]! + (deviation * skew * (2 * off * off + 1)) / 6;
  }
  const highest = model.logarithmic && rises(model, SURE) && random() < GOES_ON ? Infinity : model.highest;
  return { model, ...pathOf({ ...model, highest }, theta, n, () => (rests[Math.floor(random() * rests.length)]! - centre) * stretch) };
}

const deviationOf = ({ rests }: GrowthModel): number => Math.sqrt(rests.reduce((sum, rest) => sum + rest * rest, 0) / rests.length);

/** Whether the lines of models that weigh more than the others are likely to rise where they end. */
export const isLikelyToRise = (models: readonly GrowthModel[]): boolean =>
  models.reduce((sum, model) => sum + (rises(model, LIKELY) ? model.weight : 0), 0) > 1 / 2;

/** Whether the line rises where it ends, by so many of its standard deviations. */
function rises(model: GrowthModel, deviations: number): boolean {
  const { fit, rests } = model;
  const sigma = deviationOf(model);
  const [, step = 0, beyond = 0] = fit.theta;
  const [, ofStep = [], ofBeyond = []] = fit.spread;
  const times = steeper(model, rests.length);
  let squares = 0;
  for (let j = 0; j < fit.theta.length; j++) squares += ((ofStep[j] ?? 0) + times * (ofBeyond[j] ?? 0)) ** 2;
  return step + times * beyond > deviations * sigma * Math.sqrt(squares);
}

/** By how many times its third coefficient a line is steeper at a position than at first. */
function steeper({ bend }: GrowthModel, position: number): number {
  if (bend === null) return 0;
  return bend === "ever more" ? position : 1;
}

const walks = ({ dependence }: GrowthModel): boolean =>
  dependence.kind === "autoregressive" ? dependence.rho > 0.99 : dependence.alpha === 1;

/** What one model expects: no innovation, its line as fitted. */
export const expectedPath = (model: GrowthModel, n: number): FuturePath => pathOf(model, model.fit.theta, n, () => 0);

/** The same at sizes that nobody has seen, as most of the futures go on there. */
export function expectedFarPath(model: GrowthModel, n: number): FuturePath {
  return expectedPath(model.logarithmic && rises(model, SURE) ? { ...model, highest: Infinity } : model, n);
}

function pathOf(model: GrowthModel, theta: readonly number[], n: number, innovation: () => number): FuturePath {
  const { dependence, bend, logarithmic, scatter, end, columnEnds, highest } = model;
  let level = end.level;
  let slope = end.slope;
  let rest = end.rest;
  for (const [k, value] of theta.entries()) {
    level -= value * columnEnds[k]!.level;
    slope -= value * columnEnds[k]!.slope;
    rest -= value * columnEnds[k]!.rest;
  }
  const [constant = 0, step = 0, beyond = 0] = theta;
  let steep = step + steeper(model, n) * beyond;
  const more = bend === "ever more" ? beyond : 0;
  let line = lineAt(n, bend).reduce((sum, column, k) => sum + column * (k === 0 ? constant : k === 1 ? step : beyond), 0);
  // An autoregression is what returns to a level that does not move.
  const { alpha, beta, phi, rho } = dependence.kind === "smoothed" ? dependence : { ...dependence, alpha: 0, beta: 0, phi: 1 };
  return {
    next() {
      const e = innovation();
      steep += more;
      line += steep;
      slope *= phi;
      const off = level + slope + rho * rest + e;
      level += slope + alpha * e;
      slope += beta * e;
      rest = rho * rest + (1 - alpha) * e;
      if (scatter > 0) return line + off * Math.max(0, line) ** scatter;
      const value = line + off;
      return logarithmic ? grownTo(value, highest) : value;
    },
  };
}
