import { expect, test } from "vitest";
import { formatSample } from "@sightline/shared/promql/json/float-format";
import { writeQueryResult } from "@sightline/shared/promql/prometheus-json";

test("samples are written with an exponent only where they are very small or large, as Prometheus's jsonutil does", () => {
  expect([1e6, 1e21, 1.5e-9, 0.1, -0, NaN, Infinity, -Infinity].map(formatSample)).toEqual([
    "1000000",
    "1e+21",
    "1.5e-09",
    "0.1",
    "-0",
    "NaN",
    "+Inf",
    "-Inf",
  ]);
});

test("a vector is a Prometheus success body, times in seconds, warnings only when there are any", () => {
  const bytes = writeQueryResult({
    value: { type: "vector", samples: [{ labels: { b: "é", a: '"' }, t: 1500, value: 2 }] },
    warnings: [],
    infos: ["note"],
  });
  expect(new TextDecoder().decode(bytes)).toBe(
    String.raw`{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"\"","b":"é"},"value":[1.500,"2"]}]},"infos":["note"]}`,
  );
});

test("a native histogram lists its buckets with their boundary rule", () => {
  const histogram = {
    schema: 0,
    count: 3,
    sum: 4,
    zeroThreshold: 0.5,
    zeroCount: 1,
    positiveSpans: [{ offset: 1, length: 1 }],
    positiveBuckets: [2],
    negativeSpans: [],
    negativeBuckets: [],
    counterResetHint: "unknown" as const,
  };
  const bytes = writeQueryResult({
    value: { type: "vector", samples: [{ labels: {}, t: 0, value: 0, histogram }] },
    warnings: [],
    infos: [],
  });
  expect(new TextDecoder().decode(bytes)).toContain(
    '"histogram":[0,{"count":"3","sum":"4","buckets":[[3,"-0.5","0.5","1"],[0,"1","2","2"]]}]',
  );
});
