import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { parseQuery } from "@sightline/shared/promql/engine";
import { finish } from "@sightline/shared/promql/evaluation/pace";
import { evaluateInSlices } from "@sightline/shared/promql/slices";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as (options?: { type: "minor" }) => void;

const SAMPLES = 2000;
const END_MS = 60_000 * SAMPLES;

/** Everything that is read is made for the query, as by storage. */
function ask(): void {
  const parsed = parseQuery("rate(requests_total[1h])");
  if (!parsed.ok) throw new Error(parsed.error.message);
  const series = {
    labels: { __name__: "requests_total" },
    timestamps: Float64Array.from({ length: SAMPLES }, (_, i) => i * 60_000),
    values: Float64Array.from({ length: SAMPLES }, (_, i) => i),
  };
  const answer = finish(evaluateInSlices(parsed.value, { startMs: 0, endMs: END_MS, stepMs: 600_000 }, () => [series]));
  if (!answer.ok) throw new Error(answer.error.message);
}

test("what a query has read is gone with the next small collection, not with a full one alone", () => {
  for (let i = 0; i < 200; i++) ask();
  collect();
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 200; i++) {
    ask();
    if (i % 20 === 19) collect({ type: "minor" });
  }
  collect({ type: "minor" });
  collect({ type: "minor" });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * SAMPLES * 16);
});
