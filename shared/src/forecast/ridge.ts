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
  const weight = weights.slice(0, rows);
  const residual = new Float64Array(rows);
  let beta: Float64Array | null = null;
  for (let pass = 0; pass <= passes; pass++) {
    const a = new Float64Array(m * m);
    const b = new Float64Array(m);
    for (let r = 0; r < rows; r++) {
      const w = weight[r]!;
      const at = r * m;
      for (let i = 0; i < m; i++) {
        const wx = w * x[at + i]!;
        b[i]! += wx * y[r]!;
        const row = i * m;
        for (let j = 0; j <= i; j++) a[row + j]! += wx * x[at + j]!;
      }
    }
    for (let i = 0; i < m; i++) a[i * m + i]! += i === m - 1 ? 1e-9 * rows : penalty * rows;
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
    for (let r = 0; r < rows; r++) weight[r] = weights[r]! * (residual[r]! > knee ? knee / residual[r]! : 1);
  }
  return beta;
}
