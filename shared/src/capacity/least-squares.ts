/** `z ≈ Σ theta[k] columns[k]`, at most 3 columns. */
export interface LeastSquares {
  readonly theta: readonly number[];
  /** Sum of the squared rests. */
  readonly rss: number;
  /** Lower triangle L with L Lᵀ = (XᵀX)⁻¹, row by row: L times standard normal deviates times σ is how theta may be off. */
  readonly spread: readonly (readonly number[])[];
  readonly logDeterminant: number;
}

/** By the normal equations, Cholesky. Null when the columns do not tell the coefficients apart. */
export function leastSquares(z: Float64Array, columns: readonly Float64Array[]): LeastSquares | null {
  const p = columns.length;
  const n = z.length;
  const product = (a: Float64Array, b: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += a[i]! * b[i]!;
    return sum;
  };
  const scales = columns.map((column) => Math.sqrt(product(column, column)));
  if (scales.some((scale) => !(scale > 0))) return null;
  // Of columns of length 1, so that a constant and a count of steps weigh alike.
  const gram = columns.map((a, i) => columns.map((b, j) => product(a, b) / (scales[i]! * scales[j]!)));
  const lower = cholesky(gram);
  if (lower === null) return null;
  const right = columns.map((column, i) => product(column, z) / scales[i]!);
  const forward = solveLower(lower, right);
  const theta = solveUpper(lower, forward).map((value, i) => value / scales[i]!);
  let rss = 0;
  for (let i = 0; i < n; i++) {
    let rest = z[i]!;
    for (let k = 0; k < p; k++) rest -= theta[k]! * columns[k]![i]!;
    rss += rest * rest;
  }
  let logDeterminant = 0;
  for (let k = 0; k < p; k++) logDeterminant += 2 * Math.log(lower[k]![k]! * scales[k]!);
  // (L⁻¹)ᵀ is a root of the inverse: rows by solving for each unit vector.
  const spread = columns.map((_, i) =>
    columns.map((__, j) => {
      const unit = columns.map((___, k) => (k === j ? 1 : 0));
      return solveUpper(lower, unit)[i]! / scales[i]!;
    }),
  );
  return { theta, rss, spread, logDeterminant };
}

function cholesky(a: readonly (readonly number[])[]): number[][] | null {
  const p = a.length;
  const lower = a.map(() => Array.from({ length: p }, () => 0));
  for (let i = 0; i < p; i++)
    for (let j = 0; j <= i; j++) {
      let sum = a[i]![j]!;
      for (let k = 0; k < j; k++) sum -= lower[i]![k]! * lower[j]![k]!;
      if (i !== j) lower[i]![j] = sum / lower[j]![j]!;
      else if (sum > 1e-12) lower[i]![i] = Math.sqrt(sum);
      else return null;
    }
  return lower;
}

function solveLower(lower: readonly (readonly number[])[], b: readonly number[]): number[] {
  const x: number[] = [];
  for (const [i, row] of lower.entries()) {
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= row[k]! * x[k]!;
    x.push(sum / row[i]!);
  }
  return x;
}

function solveUpper(lower: readonly (readonly number[])[], b: readonly number[]): number[] {
  const p = lower.length;
  const x = Array.from({ length: p }, () => 0);
  for (let i = p - 1; i >= 0; i--) {
    let sum = b[i]!;
    for (let k = i + 1; k < p; k++) sum -= lower[k]![i]! * x[k]!;
    x[i] = sum / lower[i]![i]!;
  }
  return x;
}
