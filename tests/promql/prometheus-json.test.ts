import fc from "fast-check";
import { expect, test } from "vitest";
import { formatSample } from "@sightline/shared/promql/json/float-format";
import { formatTime } from "@sightline/shared/promql/json/json-bytes";
import { queryResultChunks, writeQueryResult } from "@sightline/shared/promql/prometheus-json";
import { parseQuery } from "@sightline/shared/promql/engine";
import type { MatrixSeries } from "@sightline/shared/promql/api";

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

test("bytes that are no UTF-8 are replacement characters in the answer, as Go writes them", () => {
  const parsed = parseQuery(String.raw`"a\xff"`);
  const value = parsed.ok && parsed.value.kind === "string" ? parsed.value.value : "";
  const bytes = writeQueryResult({ value: { type: "string", t: 0, value }, warnings: [], infos: [] });
  expect(new TextDecoder().decode(bytes)).toContain('[0,"a\ufffd"]');
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

const HISTOGRAM = {
  schema: 0,
  count: 1,
  sum: 1,
  zeroThreshold: 0,
  zeroCount: 0,
  positiveSpans: [],
  positiveBuckets: [],
  negativeSpans: [],
  negativeBuckets: [],
  counterResetHint: "unknown" as const,
};

const matrix = (...series: readonly MatrixSeries[]) => ({ value: { type: "matrix" as const, series }, warnings: [], infos: [] });
const textOf = (...series: readonly MatrixSeries[]): string => new TextDecoder().decode(writeQueryResult(matrix(...series)));

test("each float is its time in seconds, with three decimals or none, and its value as a text", () => {
  const times = [0, 1, 10, 999, 1000, 1_795_268_580_000, 1_795_268_580_007, 2 ** 31 * 1000 - 1, 2 ** 31 * 1000, -1, -1500, 8.64e15];
  expect(times.map(formatTime)).toEqual([
    "0",
    "0.001",
    "0.010",
    "0.999",
    "1",
    "1795268580",
    "1795268580.007",
    "2147483647.999",
    "2147483648",
    "-0.001",
    "-1.500",
    "8640000000000",
  ]);
  const values = [1, 0, -0, -1, 0.1, 2 ** 31 - 1, 2 ** 31, 1e21, 5e-324, -Number.MAX_VALUE, NaN, Infinity];
  const written = times.map((t, i) => `[${formatTime(t)},"${formatSample(values[i] ?? NaN)}"]`);
  expect(textOf({ labels: {}, timestamps: times, values })).toContain(`"result":[{"metric":{},"values":[${written.join(",")}]}]`);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.oneof(fc.integer({ min: -(2 ** 42), max: 2 ** 42 }), fc.integer({ min: 0, max: 5000 })), fc.double()), {
        minLength: 1,
      }),
      (samples) => {
        const text = textOf({ labels: {}, timestamps: samples.map(([t]) => t), values: samples.map(([, v]) => v) });
        expect(text).toContain(`"values":[${samples.map(([t, v]) => `[${formatTime(t)},"${formatSample(v)}"]`).join(",")}]`);
      },
    ),
    { seed: 1 },
  );
});

test("a series lists its floats and its histograms apart, and without either has no values", () => {
  const timestamps = [0, 60_000, 120_000];
  const one = '[60,{"count":"1","sum":"1"}]';
  expect(textOf({ labels: { a: "x" }, timestamps, values: [1, 0, 3], histograms: [undefined, HISTOGRAM, undefined] })).toContain(
    `{"metric":{"a":"x"},"values":[[0,"1"],[120,"3"]],"histograms":[${one}]}`,
  );
  expect(textOf({ labels: {}, timestamps: [60_000], values: [0], histograms: [HISTOGRAM] })).toContain(
    `{"metric":{},"histograms":[${one}]}`,
  );
  expect(textOf({ labels: {}, timestamps: [], values: [] })).toContain('{"metric":{},"values":[]}');
  expect(textOf()).toContain('"result":[]');
});

test("an answer of many series comes in pieces of some 64 kB, labels in any script among them", () => {
  const timestamps = Float64Array.from({ length: 200 }, (_, i) => i * 1000);
  const many = Array.from({ length: 100 }, (_, i) => ({ labels: { l: `é\u{1f600}"${i}` }, timestamps, values: timestamps }));
  const pieces = [...queryResultChunks(matrix(...many))];
  expect(pieces.length).toBeGreaterThan(3);
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(80_000);
  const { data } = JSON.parse(pieces.map((piece) => new TextDecoder().decode(piece)).join("")) as {
    data: { result: { metric: object; values: unknown[] }[] };
  };
  expect(data.result.map(({ metric }) => metric)).toEqual(many.map(({ labels }) => labels));
  expect(data.result[99]?.values).toHaveLength(200);
});
