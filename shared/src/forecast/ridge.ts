/**
 * Ridge regression with Huber reweighting, solved by Cholesky factors of the normal equations.
 * Sources: Hoerl & Kennard 1970 (ridge); Huber 1964, Holland & Welsch 1977 (iteratively reweighted least squares).
 */

/** Solves A x = b for symmetric positive definite A (row-major m × m, overwritten). False when A is not positive definite. */
export function choleskySolve(a: Float64Array, b: Float64Array, m: number): boolean {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * m + j]!;
      for (let k = 0; k < j; k++) sum -= a[i * m + k]! * a[j * m + k]!;
      if (i === j) {
        if (!(sum > 1e-14)) return false;
        a[i * m + i] = Math.sqrt(sum);
      } else a[i * m + j] = sum / a[j * m + j]!;
    }
  }
  for (let i = 0; i < m; i++) {
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= a[i * m + k]! * b[k]!;
    b[i] = sum / a[i * m + i]!;
  }
  for (let i = m - 1; i >= 0; i--) {
    let sum = b[i]!;
    for (let k = i + 1; k < m; k++) sum -= a[k * m + i]! * b[k]!;
    b[i] = sum / a[i * m + i]!;
  }
  return true;
}

/**
 * Coefficients of y ~ X (row-major rows × m, the last column is the intercept and is not shrunk), or null when the equations have no
 * solution. `penalty` is per row, in units of the features' variance (features should have a scale near 1). `weights` (one a row) are the
 * prior weights of the rows.
 */
export function huberRidge(
  x: Float64Array,
  y: Float64Array,
  rows: number,
  m: number,
  penalty: number,
  weights: Float64Array,
  passes: number,
): Float64Array | null {
  const residual = new Float64Array(rows);
  const gram = new Float64Array(m * m);
  const moment = new Float64Array(m);
  let whole = 0;
  for (; whole + 4 <= rows; whole += 4) accumulateFour(gram, moment, x, whole, m, weights, y);
  for (let r = whole; r < rows; r++) accumulate(gram, moment, x, r * m, m, weights[r]!, y[r]!);
  for (let i = 0; i < m; i++) gram[i * m + i]! += i === m - 1 ? 1e-9 * rows : penalty * rows;
  let beta: Float64Array | null = null;
  let a = gram.slice();
  let b = moment.slice();
  for (let pass = 0; pass <= passes; pass++) {
    if (!choleskySolve(a, b, m)) return beta;
    beta = b;
    if (pass === passes) break;
    for (let r = 0; r < rows; r++) {
      let fit = 0;
      for (let i = 0; i < m; i++) fit += x[r * m + i]! * b[i]!;
      residual[r] = Math.abs(y[r]! - fit);
    }
    const scale = 1.4826 * (residual.slice().sort()[rows >> 1] ?? 0);
    if (!(scale > 1e-12)) break;
    const knee = 1.345 * scale;
    a = gram.slice();
    b = moment.slice();
    // Few rows lie beyond the knee: their excess is taken away from the sums, which are not made anew.
    for (let r = 0; r < rows; r++) if (residual[r]! > knee) accumulate(a, b, x, r * m, m, weights[r]! * (knee / residual[r]! - 1), y[r]!);
  }
  return beta;
}

/** Adds `weight` times the row at `at` to the lower triangle of X'X and to X'y. */
function accumulate(
  gram: Float64Array,
  moment: Float64Array,
  x: Float64Array,
  at: number,
  m: number,
  weight: number,
  target: number,
): void {
  for (let i = 0; i < m; i++) {
    const wx = weight * x[at + i]!;
    moment[i]! += wx * target;
    const row = i * m;
    for (let j = 0; j <= i; j++) gram[row + j]! += wx * x[at + j]!;
  }
}

/** The same for four rows from `first` on, a quarter of the writes: most of the time of a forecast is spent here. */
function accumulateFour(
  gram: Float64Array,
  moment: Float64Array,
  x: Float64Array,
  first: number,
  m: number,
  weights: Float64Array,
  y: Float64Array,
): void {
  const a = first * m;
  const b = a + m;
  const c = b + m;
  const d = c + m;
  for (let i = 0; i < m; i++) {
    const wa = weights[first]! * x[a + i]!;
    const wb = weights[first + 1]! * x[b + i]!;
    const wc = weights[first + 2]! * x[c + i]!;
    const wd = weights[first + 3]! * x[d + i]!;
    moment[i]! += wa * y[first]! + wb * y[first + 1]! + wc * y[first + 2]! + wd * y[first + 3]!;
    const row = i * m;
    for (let j = 0; j <= i; j++) gram[row + j]! += wa * x[a + j]! + wb * x[b + j]! + wc * x[c + j]! + wd * x[d + j]!;
  }
}
