/** `result` of an answer of Prometheus's HTTP API. */
export type Answer = readonly {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}[];

const keyOf = (metric: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(metric).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** Whether two answers name the same series with the same times, and values no further apart than `relative`; else the first difference. */
export function sameAnswer(a: Answer | undefined, b: Answer | undefined, relative: number): true | string {
  if (a === undefined || b === undefined) return "one has no answer";
  if (a.length !== b.length) return `${a.length} series against ${b.length}`;
  const others = new Map(b.map((series) => [keyOf(series.metric), series]));
  for (const series of a) {
    const other = others.get(keyOf(series.metric));
    if (other === undefined) return `${keyOf(series.metric)} is in one alone`;
    const own = series.values ?? (series.value === undefined ? [] : [series.value]);
    const its = other.values ?? (other.value === undefined ? [] : [other.value]);
    if (own.length !== its.length) return `${own.length} points against ${its.length} of ${keyOf(series.metric)}`;
    for (const [i, [t, text]] of own.entries()) {
      const [otherT, otherText] = its[i] ?? [NaN, ""];
      const difference = Math.abs(Number(text) - Number(otherText));
      if (t !== otherT || !(difference <= relative * Math.max(1e-12, Math.abs(Number(otherText)))))
        return `${text} at ${t} against ${otherText} at ${otherT} of ${keyOf(series.metric)}`;
    }
  }
  return true;
}
