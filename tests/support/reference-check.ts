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
  const expected = wholeLoad(options, scrapes);
  const byKey = new Map(expected.labels.map((labels, i) => [`${labels["__name__"]} ${labels["instance"]} ${labels["shard"]}`, i]));
  const last = expected.times[scrapes - 1] as number;
  const range = Math.ceil((last - (expected.times[0] as number)) / 1000) + 1;
  let compared = 0;
  for (let from = 0; from < options.series; from += SERIES_AN_INSTANCE) {
    const instance = expected.labels[from]?.["instance"] ?? "";
    const series = await raw(stack, `{instance="${instance}"}[${range}s]`, last / 1000);
    assert.equal(series.length, Math.min(SERIES_AN_INSTANCE, options.series - from), `series of ${instance}`);
    for (const { metric, values } of series) {
      const i = byKey.get(`${metric["__name__"]} ${metric["instance"]} ${metric["shard"]}`);
      assert.ok(i !== undefined, `nobody wrote ${JSON.stringify(metric)}`);
      assert.deepEqual(metric, expected.labels[i]);
      assert.equal(values.length, scrapes, `samples of ${JSON.stringify(metric)}`);
      for (let k = 0; k < scrapes; k++) {
        const [t, text] = values[k] ?? [NaN, ""];
        assert.ok(
          Math.round(t * 1000) === expected.times[k] && Object.is(Number(text), expected.values[i]?.[k]),
          `sample ${k} of ${JSON.stringify(metric)}: ${t} ${text}, written ${expected.times[k]} ${expected.values[i]?.[k]}`,
        );
      }
      compared += scrapes;
    }
  }
  return compared;
}
