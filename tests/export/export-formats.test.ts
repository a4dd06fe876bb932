import { describe, expect, it } from "vitest";
import type { BatchSeries } from "@sightline/shared/model/sample";
import { STALE_NAN } from "@sightline/shared/model/sample";
import { CSV } from "../../worker/src/export/csv.ts";
import type { ExportFormat } from "../../worker/src/export/export-format.ts";
import { formatFloatShort } from "@sightline/shared/promql/json/float-format";
import { JSON_LINES } from "../../worker/src/export/json-lines.ts";
import { LINE_PROTOCOL } from "../../worker/src/export/line-protocol.ts";
import { PROMETHEUS_TEXT } from "../../worker/src/export/prometheus-text.ts";

const T = 1_700_000_000_000;

function series(labels: Readonly<Record<string, string>>, values: readonly number[], more: Partial<BatchSeries> = {}): BatchSeries {
  return {
    labels,
    metadata: { type: "gauge", unit: "", help: "" },
    temporality: "cumulative",
    timestamps: Float64Array.from(values, (_, i) => T + i),
    values: Float64Array.from(values),
    ...more,
  };
}

function written(format: ExportFormat, ...all: readonly BatchSeries[]): string {
  const writer = format.writer();
  return writer.begin() + all.map((one) => writer.series(one)).join("") + writer.end();
}

const HISTOGRAM = series({ __name__: "latency", job: "api" }, [0], {
  metadata: { type: "histogram", unit: "seconds", help: "" },
  histograms: [
    {
      schema: 3,
      count: 4,
      sum: 1.25,
      zeroThreshold: 1e-128,
      zeroCount: 1,
      positiveSpans: [{ offset: -2, length: 2 }],
      positiveBuckets: [1, 2],
      negativeSpans: [],
      negativeBuckets: [],
      counterResetHint: "unknown",
    },
  ],
});
const ODD = series({ __name__: "odd" }, [1.5, NaN, Infinity, -Infinity, -0, STALE_NAN]);

describe("formats of an export", () => {
  it("floats are written as Go writes them", () => {
    for (const [value, text] of [
      [1, "1"],
      [-0, "-0"],
      [0.1, "0.1"],
      [0.0001, "0.0001"],
      [0.00001, "1e-05"],
      [100_000, "100000"],
      [1_000_000, "1e+06"],
      [1_234_567.5, "1.2345675e+06"],
      [1.7e308, "1.7e+308"],
      [5e-324, "5e-324"],
      [-123_456_789, "-1.23456789e+08"],
    ] as const) {
      expect(formatFloatShort(value)).toBe(text);
      expect(Object.is(Number(text), value)).toBe(true);
    }
  });

  it("Prometheus text has each family described once, names quoted where they must be, and no stale markers", () => {
    const bucket = { metadata: { type: "histogram", unit: "", help: "How\nlong" } } as const;
    expect(
      written(
        PROMETHEUS_TEXT,
        series({ __name__: "d_bucket", le: "1" }, [2], bucket),
        series({ __name__: "d_sum" }, [3], bucket),
        series({ __name__: "my.metric", "a.b": 'q"\\\n' }, [4]),
        ODD,
      ),
    ).toBe(
      [
        "# HELP d How\\nlong",
        "# TYPE d histogram",
        `d_bucket{le="1"} 2 ${T}`,
        `d_sum 3 ${T}`,
        '# TYPE "my.metric" gauge',
        String.raw`{"my.metric","a.b"="q\"\\\n"} 4 ${T}`,
        "# TYPE odd gauge",
        `odd 1.5 ${T}`,
        `odd NaN ${T + 1}`,
        `odd +Inf ${T + 2}`,
        `odd -Inf ${T + 3}`,
        `odd -0 ${T + 4}`,
        "",
      ].join("\n"),
    );
  });

  it("JSON lines have VictoriaMetrics' shape, null for a stale marker, and whole histograms", () => {
    const [numbers, histograms, end] = written(JSON_LINES, ODD, HISTOGRAM).split("\n");
    expect(numbers).toBe(
      `{"metric":{"__name__":"odd"},"timestamps":[${[0, 1, 2, 3, 4, 5].map((i) => T + i).join()}],"values":[1.5,"NaN","Infinity","-Infinity",-0,null],"metadata":{"type":"gauge","unit":"","help":""}}`,
    );
    expect(JSON.parse(histograms ?? "")).toEqual({
      metric: HISTOGRAM.labels,
      timestamps: [T],
      histograms: HISTOGRAM.histograms,
      metadata: HISTOGRAM.metadata,
    });
    expect(end).toBe("");
  });

  it("CSV quotes what needs it", () => {
    expect(written(CSV, series({ __name__: "m", path: 'a,"b"' }, [1e21, 0.1]))).toBe(
      `name,labels,timestamp,value\nm,"{""path"":""a,\\""b\\""""}",${T},1e+21\nm,"{""path"":""a,\\""b\\""""}",${T + 1},0.1\n`,
    );
  });

  it("line protocol escapes, and counts what it cannot say", () => {
    expect(written(LINE_PROTOCOL, series({ __name__: "my metric", "a b": "c,d=e f" }, [2]), ODD)).toBe(
      [
        String.raw`my\ metric,a\ b=c\,d\=e\ f value=2 ${T}`,
        `odd value=1.5 ${T}`,
        `odd value=-0 ${T + 4}`,
        "# 4 samples were NaN, infinite or stale markers, which line protocol cannot say",
        "",
      ].join("\n"),
    );
  });

  it("formats of plain numbers have a native histogram's count and sum", () => {
    expect(written(PROMETHEUS_TEXT, HISTOGRAM)).toBe(
      `# TYPE latency histogram\nlatency_count{job="api"} 4 ${T}\nlatency_sum{job="api"} 1.25 ${T}\n`,
    );
    expect(written(LINE_PROTOCOL, HISTOGRAM)).toBe(`latency_count,job=api value=4 ${T}\nlatency_sum,job=api value=1.25 ${T}\n`);
  });
});
