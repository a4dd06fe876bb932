/**
 * Ridge regression with Huber reweighting, solved by Cholesky factors of the normal equations.
 * Sources: Hoerl & Kennard 1970 (ridge); Huber 1964, Holland & Welsch 1977 (iteratively reweighted least squares).
 */

/** Solves A x = b for symmetric positive definite A (row-major m × m, overwritten). False when A is not positive definite. */
export function choleskySolve(a: Float64Array, b: Float64Array, m: number): boolean {
  // Column after column, four rows at a time: their sums do not wait for each other.
  for (let j = 0; j < m; j++) {
    const top = j * m;
    let pivot = a[top + j]!;
    for (let k = 0; k < j; k++) pivot -= a[top + k]! * a[top + k]!;
    if (!(pivot > 1e-14)) return false;
    const root = Math.sqrt(pivot);
    a[top + j] = root;
    let i = j + 1;
    for (; i + 4 <= m; i += 4) {
      const [ra, rb, rc, rd] = [i * m, (i + 1) * m, (i + 2) * m, (i + 3) * m];
      let sa = a[ra + j]!;
      let sb = a[rb + j]!;
      let sc = a[rc + j]!;
      let sd = a[rd + j]!;
      for (let k = 0; k < j; k++) {
        const shared = a[top + k]!;
        sa -= a[ra + k]! * shared;
        sb -= a[rb + k]! * shared;
        sc -= a[rc + k]! * shared;
        sd -= a[rd + k]! * shared;
      }
      a[ra + j] = sa / root;
      a[rb + j] = sb / root;
      a[rc + j] = sc / root;
      a[rd + j] = sd / root;
    }
    for (; i < m; i++) {
      let sum = a[i * m + j]!;
      for (let k = 0; k < j; k++) sum -= a[i * m + k]! * a[top + k]!;
      a[i * m + j] = sum / root;
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

/** Columns from `from` on (the intercept among them) are the same in rows `period` apart: waves of the seasons. */
export interface RepeatingColumns {
  readonly from: number;
  readonly period: number;
}

/**
 * Coefficients of y ~ X (row-major rows × m, the last column is the intercept and is not shrunk), or null when the equations have no
 * solution. `penalty` is per row, in units of the features' variance (features should have a scale near 1). `weights` (one a row) are the
 * prior weights of the rows. What is known to repeat is summed once a phase, a third of the work where most columns are waves.
 */
export function huberRidge(
  x: Float64Array,
  y: Float64Array,
  rows: number,
  m: number,
  penalty: number,
  weights: Float64Array,
  passes: number,
  repeating: RepeatingColumns = { from: m, period: 0 },
): Float64Array | null {
  const residual = new Float64Array(rows);
  const gram = new Float64Array(m * m);
  const moment = new Float64Array(m);
  const chosen = Int32Array.from({ length: rows }, (_, r) => r);
  const own = repeating.period < rows ? repeating.from : m;
  accumulate(gram, moment, x, m, own, chosen, rows, weights, y);
  if (own < m) accumulatePhases(gram, x, rows, m, repeating, weights);
  for (let i = 0; i < m; i++) gram[i * m + i]! += i === m - 1 ? 1e-9 * rows : penalty * rows;
  let beta: Float64Array | null = null;
  let a = gram.slice();
  let b = moment.slice();
  const excess = new Float64Array(rows);
  for (let pass = 0; pass <= passes; pass++) {
    if (!choleskySolve(a, b, m)) return beta;
    beta = b;
    if (pass === passes) break;
    absoluteResiduals(residual, x, y, rows, m, b);
    const scale = 1.4826 * (residual.slice().sort()[rows >> 1] ?? 0);
    if (!(scale > 1e-12)) break;
    const knee = 1.345 * scale;
    a = gram.slice();
    b = moment.slice();
    // Few rows lie beyond the knee: their excess is taken away from the sums, which are not made anew.
    let beyond = 0;
    for (let r = 0; r < rows; r++) {
      if (!(residual[r]! > knee)) continue;
      chosen[beyond++] = r;
      excess[r] = weights[r]! * (knee / residual[r]! - 1);
    }
    accumulate(a, b, x, m, m, chosen, beyond, excess, y);
  }
  return beta;
}

/** |y - X beta| of every row, four rows at a time, whose sums do not wait for each other. */
function absoluteResiduals(residual: Float64Array, x: Float64Array, y: Float64Array, rows: number, m: number, beta: Float64Array): void {
  let r = 0;
  for (; r + 4 <= rows; r += 4) {
    const a = r * m;
    const b = a + m;
    const c = b + m;
    const d = c + m;
    let [fa, fb, fc, fd] = [0, 0, 0, 0];
    for (let i = 0; i < m; i++) {
      const of = beta[i]!;
      fa += x[a + i]! * of;
      fb += x[b + i]! * of;
      fc += x[c + i]! * of;
      fd += x[d + i]! * of;
    }
    residual[r] = Math.abs(y[r]! - fa);
    residual[r + 1] = Math.abs(y[r + 1]! - fb);
    residual[r + 2] = Math.abs(y[r + 2]! - fc);
    residual[r + 3] = Math.abs(y[r + 3]! - fd);
  }
  for (; r < rows; r++) {
    let fit = 0;
    for (let i = 0; i < m; i++) fit += x[r * m + i]! * beta[i]!;
    residual[r] = Math.abs(y[r]! - fit);
  }
}

/**
 * Adds the first `count` of the `chosen` rows, times their weights, to the lower triangle of X'X, of its columns before `own`, and to X'y.
 * Four rows and two columns at a time are a quarter of the writes and half the reads: most of the time of a forecast is spent here.
 */
function accumulate(
  gram: Float64Array,
  moment: Float64Array,
  x: Float64Array,
  m: number,
  own: number,
  chosen: Int32Array,
  count: number,
  weights: Float64Array,
  y: Float64Array,
): void {
  let done = 0;
  for (; done + 4 <= count; done += 4) {
    const ra = chosen[done]!;
    const rb = chosen[done + 1]!;
    const rc = chosen[done + 2]!;
    const rd = chosen[done + 3]!;
    const a = ra * m;
    const b = rb * m;
    const c = rc * m;
    const d = rd * m;
    const [ua, ub, uc, ud] = [weights[ra]!, weights[rb]!, weights[rc]!, weights[rd]!];
    for (let i = 0; i < m; i++)
      moment[i]! += ua * x[a + i]! * y[ra]! + ub * x[b + i]! * y[rb]! + uc * x[c + i]! * y[rc]! + ud * x[d + i]! * y[rd]!;
    let i = 0;
    for (; i + 2 <= m; i += 2) {
      const wa = ua * x[a + i]!;
      const wb = ub * x[b + i]!;
      const wc = uc * x[c + i]!;
      const wd = ud * x[d + i]!;
      const va = ua * x[a + i + 1]!;
      const vb = ub * x[b + i + 1]!;
      const vc = uc * x[c + i + 1]!;
      const vd = ud * x[d + i + 1]!;
      const row = i * m;
      const next = row + m;
      const end = Math.min(i + 2, own);
      // The one above the diagonal that this writes is not read.
      for (let j = 0; j < end; j++) {
        const xa = x[a + j]!;
        const xb = x[b + j]!;
        const xc = x[c + j]!;
        const xd = x[d + j]!;
        gram[row + j]! += wa * xa + wb * xb + wc * xc + wd * xd;
        gram[next + j]! += va * xa + vb * xb + vc * xc + vd * xd;
      }
    }
    if (i < m) {
      const wa = ua * x[a + i]!;
      const wb = ub * x[b + i]!;
      const wc = uc * x[c + i]!;
      const wd = ud * x[d + i]!;
      const row = i * m;
      const end = Math.min(i + 1, own);
      for (let j = 0; j < end; j++) gram[row + j]! += wa * x[a + j]! + wb * x[b + j]! + wc * x[c + j]! + wd * x[d + j]!;
    }
  }
  for (; done < count; done++) {
    const r = chosen[done]!;
    const at = r * m;
    for (let i = 0; i < m; i++) {
      const wx = weights[r]! * x[at + i]!;
      moment[i]! += wx * y[r]!;
      const row = i * m;
      const end = Math.min(i + 1, own);
      for (let j = 0; j < end; j++) gram[row + j]! += wx * x[at + j]!;
    }
  }
}

/** The columns that repeat, against each other: one row of each phase stands for all of them. */
function accumulatePhases(
  gram: Float64Array,
  x: Float64Array,
  rows: number,
  m: number,
  { from, period }: RepeatingColumns,
  weights: Float64Array,
): void {
  for (let phase = 0; phase < period; phase++) {
    let weight = 0;
    for (let r = phase; r < rows; r += period) weight += weights[r]!;
    const at = phase * m;
    for (let i = from; i < m; i++) {
      const wx = weight * x[at + i]!;
      const row = i * m;
      for (let j = from; j <= i; j++) gram[row + j]! += wx * x[at + j]!;
    }
  }
}
