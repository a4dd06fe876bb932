// Without a branch, which no predictor can know: one instruction each. Of two equal values the first, as of any and what is no number:
// the twin's `Math.min` and `Math.max` differ in that, and in which of two zeros they give, neither of which occurs.

export function lesser(a: f64, b: f64): f64 {
  return f64x2.extract_lane(f64x2.pmin(f64x2.splat(a), f64x2.splat(b)), 0);
}

export function greater(a: f64, b: f64): f64 {
  return f64x2.extract_lane(f64x2.pmax(f64x2.splat(a), f64x2.splat(b)), 0);
}
