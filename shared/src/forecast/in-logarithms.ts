import { asFarAgain, grownTo } from "../statistics/growth-by-shares.ts";
import type { Member } from "./member.ts";

/** Beyond e to this nobody knows a number. */
export const LARGEST = 700;

type Extrapolate = Member["forecast"];

/** The same model in logarithms when every value is positive, as it is otherwise: ratios repeat better than differences where values range widely. */
export function inLogarithms(extrapolate: Extrapolate): Extrapolate {
  return (y, seasons, horizon) => {
    if (!y.every((value) => value > 0)) return extrapolate(y, seasons, horizon);
    return (
      extrapolate(
        y.map((value) => Math.log(value)),
        seasons,
        horizon,
      )?.map((value) => Math.exp(value)) ?? null
    );
  };
}

/** The logarithm up to which growth by shares goes on. */
export const furthest = (logarithms: Float64Array): number => Math.min(LARGEST, asFarAgain(logarithms));

/** The same of positive values that grow by shares: by amounts beyond what anybody has seen of that. */
export function byShares(extrapolate: Extrapolate): Extrapolate {
  return (y, seasons, horizon) => {
    const logarithms = y.map((value) => Math.log(value));
    const highest = furthest(logarithms);
    return extrapolate(logarithms, seasons, horizon)?.map((value) => grownTo(value, highest)) ?? null;
  };
}
