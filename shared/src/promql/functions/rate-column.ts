/** rate, increase and delta of all windows: as `extrapolatedFloat`, with the reset correction from prefix sums. */
import type { FloatColumn } from "./float-windows.ts";

/** What resets took away up to each sample; undefined where there was none, which is nearly always. */
function resetSums(floats: Float64Array): Float64Array | undefined {
  let i = 1;
  while (i < floats.length && !((floats[i] as number) < (floats[i - 1] as number))) i++;
  if (i >= floats.length) return undefined;
  const sums = new Float64Array(floats.length);
  for (; i < floats.length; i++) {
    const before = floats[i - 1] as number;
    sums[i] = (sums[i - 1] as number) + ((floats[i] as number) < before ? before : 0);
  }
  return sums;
}

export function rateColumn(counter: boolean, perSecond: boolean): FloatColumn {
  return ({ floats, bounds, read, rangeMs }, values, kinds) => {
    const { times, lo, hi } = bounds;
    const resets = counter ? resetSums(floats) : undefined;
    const per = perSecond ? rangeMs / 1000 : 1;
    for (let step = 0; step < read.count; step++) {
      const from = lo[step] as number;
      const to = (hi[step] as number) - 1;
      if (to - from < 1) continue;
      const first = floats[from] as number;
      let change = (floats[to] as number) - first;
      if (resets !== undefined) change += (resets[to] as number) - (resets[from] as number);
      const firstMs = times[from] as number;
      const lastMs = times[to] as number;
      const end = read.startMs + step * read.stepMs;
      const sampled = (lastMs - firstMs) / 1000;
      const between = sampled / (to - from);
      const threshold = between * 1.1;
      let toStart = (firstMs - (end - rangeMs)) / 1000;
      let toEnd = (end - lastMs) / 1000;
      if (toStart >= threshold) toStart = between / 2;
      if (counter && change > 0 && first >= 0) {
        const toZero = sampled * (first / change);
        if (toZero < toStart) toStart = toZero;
      }
      if (toEnd >= threshold) toEnd = between / 2;
      values[step] = change * ((sampled + toStart + toEnd) / sampled / per);
      kinds[step] = 1;
    }
  };
}
