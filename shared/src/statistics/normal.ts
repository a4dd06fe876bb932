/**
 * P(Z > z) of the standard normal, to 1e-7 of itself however far out: tables end at 3, and corrections for many tests look further.
 * Source: Press et al., Numerical Recipes, 3rd ed., 6.2.2 (Chebyshev fit of the complementary error function).
 */
export function normalTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.5 * x);
  let sum = 0.17087277;
  for (const c of [-0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368, -1.26551223])
    sum = sum * t + c;
  const tail = 0.5 * t * Math.exp(-x * x + sum);
  return z >= 0 ? tail : 1 - tail;
}

/** Of a two-sided test, in [0, 1]. */
export const twoSided = (z: number): number => Math.min(1, 2 * normalTail(Math.abs(z)));

/**
 * The standard normal deviate with the same tail as Student's t at `freedom` degrees of freedom.
 * Source: Wallace 1959, Bounds on normal approximations to Student's and the chi-square distributions.
 */
export function studentToNormal(t: number, freedom: number): number {
  const v = Math.max(1, freedom);
  const z = ((8 * v + 1) / (8 * v + 3)) * Math.sqrt(v * Math.log1p((t * t) / v));
  return t < 0 ? -z : z;
}

/** Student's t with the same tail as a standard normal deviate: the inverse of `studentToNormal`. */
export function normalToStudent(z: number, freedom: number): number {
  const v = Math.max(1, freedom);
  const t = Math.sqrt(v * Math.expm1(((z * (8 * v + 3)) / (8 * v + 1)) ** 2 / v));
  return z < 0 ? -t : t;
}
