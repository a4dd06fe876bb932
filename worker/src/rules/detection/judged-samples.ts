import type { SelectedSeries } from "@sightline/shared/model/sample";

/** The samples of a series; of a sum that is judged by the mean those that its count has, too, with what that was. */
export interface JudgedSamples extends SelectedSeries {
  readonly counts?: Float64Array;
}

/** Of a sum and its count; undefined where one of them has no samples. */
export function withCounts(sum: SelectedSeries | undefined, count: SelectedSeries | undefined): JudgedSamples | undefined {
  if (sum === undefined || count === undefined) return undefined;
  const room = Math.min(sum.timestamps.length, count.timestamps.length);
  const [timestamps, values, counts] = [new Float64Array(room), new Float64Array(room), new Float64Array(room)];
  let length = 0;
  for (let i = 0, j = 0; i < sum.timestamps.length && j < count.timestamps.length;) {
    const t = sum.timestamps[i] as number;
    const other = count.timestamps[j] as number;
    const [value, counted] = [sum.values[i] as number, count.values[j] as number];
    if (t <= other) i++;
    if (other <= t) j++;
    if (t !== other || value !== value || counted !== counted) continue;
    timestamps[length] = t;
    values[length] = value;
    counts[length++] = counted;
  }
  return {
    labels: sum.labels,
    timestamps: timestamps.subarray(0, length),
    values: values.subarray(0, length),
    counts: counts.subarray(0, length),
  };
}
