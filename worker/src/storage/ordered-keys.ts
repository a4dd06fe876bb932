import type { RunKeys } from "./run-store.ts";

/** Series asked for in the order of runs, and where each stands in `refs`. */
export interface OrderedKeys extends RunKeys {
  readonly places: Uint32Array;
}

/** By (metric, ref): refs come in ascending order nearly always, and then only the metrics' names are sorted. */
export function orderKeys(refs: readonly number[], metricOf: (ref: number) => string): OrderedKeys {
  const placesOf = new Map<string, number[]>();
  let ascending = true;
  for (let at = 0; at < refs.length; at++) {
    const ref = refs[at] as number;
    if (at > 0 && ref < (refs[at - 1] as number)) ascending = false;
    const metric = metricOf(ref);
    const places = placesOf.get(metric);
    if (places === undefined) placesOf.set(metric, [at]);
    else places.push(at);
  }
  const places = new Uint32Array(refs.length);
  const metrics: string[] = [];
  const ordered: number[] = [];
  for (const metric of [...placesOf.keys()].sort()) {
    const own = placesOf.get(metric) ?? [];
    if (!ascending) own.sort((a, b) => (refs[a] as number) - (refs[b] as number));
    for (const at of own) {
      places[ordered.length] = at;
      metrics.push(metric);
      ordered.push(refs[at] as number);
    }
  }
  return { places, metrics, refs: ordered };
}
