/** No label may be named `__proto__`: whichever way it comes in, nothing else suffers. */
import { beforeAll, describe, expect, it } from "vitest";
import { ProtobufWriter } from "../../worker/src/export/protobuf-writer.ts";
import { storedSnappy } from "../../worker/src/export/stored-snappy.ts";
import { gauge, metric, numberPoint, request } from "../ingest/otlp-message.ts";
import { message, text } from "../ingest/protobuf-writer.ts";
import { type Send, json, sendAs, tokenOf } from "./http-calls.ts";

let call: Send;
const now = Date.now();

beforeAll(async () => {
  call = sendAs(await tokenOf("odd-names", "editor"));
});

const data = async <T>(path: string): Promise<T> => (await (await call(path)).json<{ readonly data: T }>()).data;

const seriesOf = (metric: string): Promise<readonly Record<string, string>[]> =>
  data(`/api/v1/series?match[]=${metric}&start=${now / 1000 - 60}&end=${now / 1000 + 60}`);

type Pairs = readonly (readonly [name: string, value: string])[];

const CONTENT = { "content-type": "application/x-protobuf", "content-encoding": "snappy" };

function remoteWrite1(all: readonly Pairs[], value: number): Promise<Response> {
  const writer = new ProtobufWriter();
  for (const labels of all)
    writer.message(1, (series) => {
      for (const [name, text] of labels)
        series.message(1, (label) => {
          label.text(1, name);
          label.text(2, text);
        });
      series.message(2, (sample) => {
        sample.double(1, value);
        sample.int(2, now);
      });
    });
  return call("/api/v1/write", { method: "POST", headers: CONTENT, body: storedSnappy(writer.copy()) });
}

describe("a label named __proto__ is refused by name, and the series beside it are kept", () => {
  it("remote write: two series that differ in it alone are two refusals", async () => {
    const response = await remoteWrite1(
      [
        [
          ["__name__", "rw_odd"],
          ["__proto__", "a"],
        ],
        [
          ["__name__", "rw_odd"],
          ["__proto__", "b"],
        ],
        [
          ["__name__", "rw_odd"],
          ["job", "kept"],
        ],
      ],
      1,
    );
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("__proto__");
    expect(await seriesOf("rw_odd")).toEqual([{ __name__: "rw_odd", job: "kept" }]);
  });

  it("OTLP has no such label: underscores of an attribute's name become one", async () => {
    const odd = numberPoint(now, 1, [7, 2, message(text(1, "__proto__"), [2, 2, message(text(1, "a"))])]);
    const response = await call("/v1/metrics", {
      method: "POST",
      headers: { "content-type": "application/x-protobuf" },
      body: Uint8Array.from(request({}, metric("otlp_odd", "", gauge(odd)))),
    });
    expect(response.status).toBe(200);
    expect(await seriesOf("otlp_odd")).toMatchObject([{ _proto_: "a" }]);
  });

  it("Influx lines", async () => {
    const body = `influx,__proto__=a odd=1 ${now}\ninflux even=1 ${now}`;
    const response = await call("/write?precision=ms", { method: "POST", body });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("__proto__");
    expect(await seriesOf("influx_odd")).toEqual([]);
    expect(await seriesOf("influx_even")).toHaveLength(1);
  });

  it("JSON", async () => {
    const body = `{"metrics":[{"name":"json_odd","value":1,"labels":{"__proto__":"a"}},{"name":"json_even","value":1}]}`;
    const response = await call("/api/v1/ingest", { ...json("POST", {}), body });
    expect(await response.text()).toContain("__proto__");
    expect(await seriesOf("json_odd")).toEqual([]);
    expect(await seriesOf("json_even")).toHaveLength(1);
  });
});

it("a metric named __proto__ is stored, and its metadata are told with the others'", async () => {
  const body = `{"metrics":[{"name":"__proto__","type":"gauge","value":1,"unit":"odd"},{"name":"plain","type":"gauge","value":1}]}`;
  expect((await call("/api/v1/ingest", { ...json("POST", {}), body })).status).toBe(200);
  const told = await (await call("/api/v1/metadata")).text();
  expect(told).toContain('"__proto__":[{"type":"gauge","unit":"odd","help":""}]');
  expect(told).toContain('"plain":[');
});
