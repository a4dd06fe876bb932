/** Population variance of sliding windows: partial moments as in `sliding-sum`, joined by Chan's formula (Chan, Golub, LeVeque 1979). */
import type { FloatColumn } from "./float-windows.ts";

export function slidingVariance(root: boolean): FloatColumn {
  let means = new Float64Array(0);
  let squares = new Float64Array(0);
  return ({ floats, bounds, read }, values, kinds) => {
    const { lo, hi } = bounds;
    if (means.length < floats.length) {
      means = new Float64Array(floats.length);
      squares = new Float64Array(floats.length);
    }
    let middle = 0;
    let reached = 0;
    let mean = 0;
    let square = 0;
    for (let step = 0; step < read.count; step++) {
      const from = lo[step] as number;
      const to = hi[step] as number;
      if (from === to) continue;
      if (from >= middle) {
        let m = 0;
        let s = 0;
        for (let i = to - 1; i >= from; i--) {
          const x = floats[i] as number;
          const delta = x - m;
          m += delta / (to - i);
          s += delta * (x - m);
          means[i] = m;
          squares[i] = s;
        }
        middle = to;
        reached = to;
        mean = 0;
        square = 0;
      }
      for (; reached < to; reached++) {
        const x = floats[reached] as number;
        const delta = x - mean;
        mean += delta / (reached - middle + 1);
        square += delta * (x - mean);
      }
      const older = middle - from;
      const newer = to - middle;
      let total = squares[from] as number;
      if (newer > 0) {
        const delta = mean - (means[from] as number);
        total += square + (delta * delta * older * newer) / (older + newer);
      }
      const variance = total / (to - from);
      values[step] = root ? Math.sqrt(variance) : variance;
      kinds[step] = 1;
    }
  };
}
