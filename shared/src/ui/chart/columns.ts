/** Columns for uPlot: one time column for all, `undefined` where a series has nothing to say, `null` where it has a gap. */

export interface Points {
  /** Ascending ms. */
  readonly t: ArrayLike<number>;
  readonly v: ArrayLike<number | null>;
}

export interface Aligned {
  readonly t: readonly number[];
  readonly columns: readonly (readonly (number | null | undefined)[])[];
}

/** The points with a null after each silence longer than `maxGapMs`, so that the line breaks there. */
export function withGaps(points: Points, maxGapMs: number): Points {
  const t: number[] = [];
  const v: (number | null)[] = [];
  let previous = Number.NaN;
  for (let index = 0; index < points.t.length; index++) {
    const at = points.t[index] ?? 0;
    const value = points.v[index] ?? null;
    if (at - previous > maxGapMs && value !== null) {
      t.push(previous + 1);
      v.push(null);
    }
    t.push(at);
    v.push(value);
    if (value !== null) previous = at;
  }
  return { t, v };
}

/** Rows of points with a gap or nothing on both sides: a line through one point is not seen, so they get a dot. */
export function lonePoints(column: Aligned["columns"][number]): number[] {
  const lone: number[] = [];
  let joined = false;
  let last = -1;
  for (let row = 0; row < column.length; row++) {
    const value = column[row];
    if (value === undefined) continue;
    if (value === null) {
      if (last >= 0 && !joined) lone.push(last);
      last = -1;
      joined = false;
    } else {
      joined = last >= 0;
      last = row;
    }
  }
  if (last >= 0 && !joined) lone.push(last);
  return lone;
}

/** What has no place on an axis is a gap, as NaN is: one infinite value would be the range of all. */
const drawable = (value: number | null | undefined): number | null =>
  value !== undefined && value !== null && Number.isFinite(value) ? value : null;

/** Merges the time columns. Hot for long ranges: one pass over sorted times, a cursor per series. */
export function alignColumns(series: readonly Points[]): Aligned {
  const times = new Set<number>();
  for (const { t } of series) for (let index = 0; index < t.length; index++) times.add(t[index] ?? 0);
  const sorted = Float64Array.from(times).sort();
  const columns = series.map(({ t, v }) => {
    const column: (number | null | undefined)[] = Array.from({ length: sorted.length });
    let cursor = 0;
    for (let row = 0; row < sorted.length && cursor < t.length; row++) {
      if (t[cursor] === sorted[row]) column[row] = drawable(v[cursor++]);
      // A gap lasts until the series speaks again, whatever rows others put in between.
      else if (row > 0 && column[row - 1] === null) column[row] = null;
    }
    return column;
  });
  return { t: Array.from(sorted), columns };
}

/** Running sums across columns, for stacked areas; a gap adds nothing to what is stacked on it. */
export function stackColumns(columns: Aligned["columns"]): Aligned["columns"] {
  const height = columns[0]?.length ?? 0;
  const totals = new Float64Array(height);
  return columns.map((column) =>
    column.map((value, row) => {
      if (value === null || value === undefined) return value;
      totals[row] = (totals[row] ?? 0) + value;
      return totals[row];
    }),
  );
}
