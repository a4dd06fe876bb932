import { expect, test } from "vitest";
import { parseQuery } from "@sightline/shared/promql/engine";
import { ask, at, MINUTE, storageOf, vector } from "./engine-support.ts";

const STORAGE = storageOf(MINUTE, 'requests{env="prod"} 10+1x5', 'requests{env="dev"} 20+1x5');

test("series that a template lists are joined and aggregated like stored ones", () => {
  expect(vector(STORAGE, 'requests * on(env) timeseries_gen(`{{rangeSeries "env" "prod,qa" 2}}`)', 0)).toEqual({ "env=prod": 20 });
  expect(vector(STORAGE, 'sum(timeseries_gen(`{{range $i := seq 1 4}}{{series (mul $i 0.5) "i" (printf "%d" $i)}}{{end}}`))', 0)).toEqual({
    "": 5,
  });
});

test("they have their value at every step", () => {
  const result = ask(STORAGE, 'timeseries_gen(`{{series 3 "a" "b"}}`, "limit")', { startMs: 0, endMs: 2 * MINUTE, stepMs: MINUTE });
  expect(result).toMatchObject({ value: { series: [{ labels: { __name__: "limit", a: "b" }, values: new Float64Array([3, 3, 3]) }] } });
});

test("more series than ten thousand, the same twice, a division by zero and templates of templates are refused in words", () => {
  const refusal = (template: string) => vector(STORAGE, `timeseries_gen(\`${template}\`)`, 0);
  expect(refusal('{{range $i := seq 1 20000}}{{series 1 "i" (printf "%d" $i)}}{{end}}')).toContain("exceeds limit 10000");
  expect(refusal('{{series 1 "a" "b"}}{{series 2 "a" "b"}}')).toContain("duplicate label set");
  expect(refusal('{{series (div 1 0) "a" "b"}}')).toContain("division by zero");
  expect(refusal('{{define "x"}}{{end}}')).toContain("forbidden template action: define");
  expect(refusal("{{range $i := seq 1 9999}}{{range $j := seq 1 9999}}{{$j}}{{end}}{{end}}")).toContain("it takes more than");
});

test("it is an experiment: without the flag it is not there", () => {
  const parsed = parseQuery("timeseries_gen(`x`)");
  expect(parsed.ok ? "" : parsed.error.message).toContain("not enabled");
  expect(ask(STORAGE, "timeseries_gen()", at(0))).toContain("expected at least 1 argument");
});
