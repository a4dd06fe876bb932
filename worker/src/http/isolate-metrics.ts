/** Counters of this isolate, for `/metrics`. They start at zero with every isolate, which rate() and increase() understand. */
const counters = new Map<string, number>();

/** `labels` in Prometheus notation without braces, e.g. `status="200"`. */
export function count(name: string, labels = "", by = 1): void {
  const key = labels === "" ? name : `${name}{${labels}}`;
  counters.set(key, (counters.get(key) ?? 0) + by);
}

export const isolateCounters = (): ReadonlyMap<string, number> => counters;
