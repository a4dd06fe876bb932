import type { Member } from "./member.ts";

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
