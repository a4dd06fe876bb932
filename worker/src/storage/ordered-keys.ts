import type { RunKeys } from "./run-store.ts";

/** Series asked for in the order of runs, and where each stands in `refs`. */
export interface OrderedKeys extends RunKeys {
  readonly places: Uint32Array;
}

/** By (metric, ref). */
export function orderKeys(refs: readonly number[], metricOf: (ref: number) => string): OrderedKeys {
  const metrics = refs.map(metricOf);
  const places = Uint32Array.from(refs, (_, at) => at);
  const less = (a: number, b: number): boolean => (metrics[a] as string) < (metrics[b] as string);
  places.sort((a, b) => (metrics[a] === metrics[b] ? (refs[a] as number) - (refs[b] as number) : less(a, b) ? -1 : 1));
  return {
    places,
    metrics: Array.from(places, (at) => metrics[at] as string),
    refs: Array.from(places, (at) => refs[at] as number),
  };
}
