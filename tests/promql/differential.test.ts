/**
 * Our engine beside a real Prometheus over the same samples. Debian's is 2.42; what has changed in the language since, and
 * is kept out of the generated queries or translated, is:
 * - ranges and the lookback were closed on the left: no sample lies on a whole second, and no step of a subquery on the
 *   start of its window;
 * - windows of nested subqueries began on steps, for the same reason: they are not nested;
 * - `atan2` between vectors kept the name of the left one;
 * - `predict_linear` of a range fixed by `@` moved the range with the steps of a range query: it gets no `@`;
 * - `holt_winters` is `double_exponential_smoothing` now;
 * - a rate reached from the first sample to zero before its distance was compared with the spacing, now after: counters
 *   start far from zero;
 * - the name of a metric was dropped by each operation, now at the end of the query: `and`, `or` and `unless` of series
 *   that were told apart by it alone, and duplicates that a later aggregation takes away, are errors there and not here;
 * - one-to-one, a filter that holds for one of several pairs was no error, now each pair counts as a match;
 * - `stddev` and `stdvar` of one series that is NaN or infinite were 0, now they are NaN;
 * - parts of a time that no calendar holds (NaN, infinite, beyond 64 bits) are what the processor makes of them there, NaN here:
 *   what is compared or goes on in an expression is of times that calendars hold, of others the parts alone are asked for;
 * - `timestamp` of a selector with both `@` and `offset` passes over the offset, to this day: it gets no offset;
 * - numbers were printed with an exponent from a million on, now with all their digits;
 * - sums were not compensated everywhere: values below 1e-9 of the largest term are not told apart.
 */
import { expect, test } from "vitest";
import type { QueryParams, QueryResult } from "@sightline/shared/promql/api";
import { evaluate, parseQuery } from "@sightline/shared/promql/engine";
import { prettyExpr } from "@sightline/shared/promql/format/pretty";
import { peerInstalled, startPeer } from "../support/peers.ts";
import { compareAnswers, type PrometheusAnswer, samePrint } from "./differential/compare.ts";
import { Grammar } from "./differential/grammar.ts";
import { Random } from "./differential/random.ts";
import { INTERVAL_MS, makeSeries, SCRAPES, selectFrom, writeRequests } from "./differential/series.ts";

const QUERIES = Number(process.env["DIFFERENTIAL_QUERIES"] ?? 2400);
const SEED = Number(process.env["DIFFERENTIAL_SEED"] ?? 20_260_101);
const AT_ONCE = 8;

const missing = !peerInstalled("prometheus");
if (missing) console.log("skipped: the differential test needs Debian's package prometheus");

type Ours = { readonly value: QueryResult["value"] } | { readonly error: string; readonly message: string };

function ours(query: string, params: QueryParams, select: ReturnType<typeof selectFrom>): Ours {
  const parsed = parseQuery(query.replaceAll("holt_winters(", "double_exponential_smoothing("), { experimentalFunctions: true });
  if (!parsed.ok) return { error: parsed.error.code, message: parsed.error.message };
  const result = evaluate(parsed.value, params, select);
  return result.ok ? { value: result.value.value } : { error: result.error.code, message: result.error.message };
}

test.skipIf(missing)(`generated queries give what a real Prometheus gives (seed ${SEED})`, { timeout: 120_000 }, async () => {
  const random = new Random(SEED);
  const endMs = Math.floor(Date.now() / 60_000) * 60_000;
  const startMs = endMs - SCRAPES * INTERVAL_MS - 60_000;
  const series = makeSeries(random, startMs);
  const select = selectFrom(series);
  const prometheus = await startPeer("prometheus");
  try {
    for (const body of writeRequests(series)) {
      const headers = { "content-type": "application/x-protobuf", "content-encoding": "snappy" };
      const answer = await fetch(prometheus.writeUrl, { method: "POST", headers, body });
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    }
    const grammar = new Grammar(random, startMs, endMs);
    const cases = Array.from({ length: QUERIES }, () => {
      const query = grammar.query();
      const at = startMs + 30_000 * random.below((endMs - startMs) / 30_000) + 7000;
      const range = random.chance(0.4);
      const stepMs = range ? random.pick([30_000, 60_000, 300_000]) : 0;
      return { query, params: { startMs: at, endMs: range ? at + stepMs * random.below(20) : at, stepMs } };
    });
    const differences: string[] = [];
    let errors = 0;
    let empty = 0;
    const ask = async (path: string, parameters: Record<string, string>): Promise<PrometheusAnswer> =>
      (await (
        await fetch(`${prometheus.url}/api/v1/${path}`, { method: "POST", body: new URLSearchParams(parameters) })
      ).json()) as PrometheusAnswer;
    let next = 0;
    const work = async (): Promise<void> => {
      for (let one = cases[next++]; one !== undefined; one = cases[next++]) {
        const { query, params } = one;
        const seconds = (ms: number): string => String(ms / 1000);
        const theirs = await (params.stepMs === 0
          ? ask("query", { query, time: seconds(params.startMs) })
          : ask("query_range", { query, start: seconds(params.startMs), end: seconds(params.endMs), step: seconds(params.stepMs) }));
        const mine = ours(query, params, select);
        if ("error" in mine) errors++;
        else if (
          (mine.value.type === "vector" && mine.value.samples.length === 0) ||
          (mine.value.type === "matrix" && mine.value.series.length === 0)
        )
          empty++;
        const difference = compareAnswers(query, mine, theirs);
        if (difference !== undefined) differences.push(`${query}\n  ${JSON.stringify(params)}\n  ${difference}`);
        const parsed = parseQuery(query);
        if (parsed.ok && theirs.status === "success") {
          const printed = await ask("format_query", { query });
          const own = prettyExpr(parsed.value);
          const printable = printed.status === "success" && !query.includes("holt_winters");
          if (printable && (typeof printed.data !== "string" || !samePrint(own, printed.data)))
            differences.push(`${query}\n  is printed ${own}\n  by Prometheus ${JSON.stringify(printed.data)}`);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    console.log(
      `differential test: seed ${SEED}, ${QUERIES} queries, ${errors} errors, ${empty} empty answers, ${differences.length} differences`,
    );
    expect(differences.slice(0, 20)).toEqual([]);
    expect(errors).toBeLessThan(QUERIES / 3);
  } finally {
    await prometheus.stop();
    prometheus.discard();
  }
});
