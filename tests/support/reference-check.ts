import assert from "node:assert/strict";
import { raw } from "./prometheus.ts";
import { ReferenceLoad } from "./reference-load.ts";
import type { ReferenceLoadOptions } from "./reference-load.ts";
import type { Stack } from "./stack.ts";

const SERIES_AN_INSTANCE = 200;

/** The load of a seed, all of it at once: `values[series][scrape]`. */
export function wholeLoad(options: ReferenceLoadOptions, scrapes: number) {
  const load = new ReferenceLoad(options);
  const times = new Float64Array(scrapes);
  const values = Array.from({ length: options.series }, () => new Float64Array(scrapes));
  for (let k = 0; k < scrapes; k++) {
    const scrape = load.next();
    times[k] = scrape.t;
    for (let i = 0; i < options.series; i++) (values[i] as Float64Array)[k] = scrape.values[i] as number;
  }
  return { labels: load.labels, times, values };
}

/** Reads every sample of a reference load back and compares all its bits; returns how many there were. */
export async function checkEverySample(stack: Stack, options: ReferenceLoadOptions, scrapes: number): Promise<number> {
  const { equal, missing } = await compareSamples(stack, options, scrapes);
  assert.deepEqual(missing, new Map(), "series that lack samples, and how many");
  return equal;
}

/**
 * What is there of a reference load: every sample that is read back must be one that was written, to the last bit, and
 * none may come twice. Returns how many are there, and how many each series lacks, by its place in the load.
 */
export async function compareSamples(
  stack: Stack,
  options: ReferenceLoadOptions,
  scrapes: number,
): Promise<{ readonly equal: number; readonly missing: ReadonlyMap<number, number> }> {
  const expected = wholeLoad(options, scrapes);
  const byKey = new Map(expected.labels.map((labels, i) => [`${labels["__name__"]} ${labels["instance"]} ${labels["shard"]}`, i]));
  const last = expected.times[scrapes - 1] as number;
  const range = Math.ceil((last - (expected.times[0] as number)) / 1000) + 1;
  const missing = new Map(expected.labels.map((_, i) => [i, scrapes]));
  let equal = 0;
  for (let from = 0; from < options.series; from += SERIES_AN_INSTANCE) {
    const instance = expected.labels[from]?.["instance"] ?? "";
    for (const { metric, values } of await raw(stack, `{instance="${instance}"}[${range}s]`, last / 1000)) {
      const i = byKey.get(`${metric["__name__"]} ${metric["instance"]} ${metric["shard"]}`);
      assert.ok(i !== undefined, `nobody wrote ${JSON.stringify(metric)}`);
      assert.deepEqual(metric, expected.labels[i]);
      let k = -1;
      for (const [t, text] of values) {
        const at = expected.times.indexOf(Math.round(t * 1000), k + 1);
        assert.ok(at > k, `nobody wrote a sample at ${t} to ${JSON.stringify(metric)}, or it came twice`);
        k = at;
        const written = expected.values[i]?.[k];
        assert.ok(Object.is(Number(text), written), `sample ${k} of ${JSON.stringify(metric)}: ${text} at ${t}, written ${written}`);
      }
      if (values.length === scrapes) missing.delete(i);
      else missing.set(i, scrapes - values.length);
      equal += values.length;
    }
  }
  return { equal, missing };
}
