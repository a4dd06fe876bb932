/** Names of any UTF-8, as Prometheus 3 has them: written by remote write, and found wherever names are. */
import { beforeAll, describe, expect, it } from "vitest";
import { ProtobufWriter } from "../../worker/src/export/protobuf-writer.ts";
import { storedSnappy } from "../../worker/src/export/stored-snappy.ts";
import { type Send, sendAs, tokenOf } from "./http-calls.ts";

let call: Send;
const now = Date.now();

const CONTENT = { "content-type": "application/x-protobuf", "content-encoding": "snappy" };
const CONTENT_2 = { ...CONTENT, "content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request" };
const SERIES: Readonly<Record<string, string>> = { __name__: "http.requests", "service.name": "shop", "0": "zero", ünï: 'a "b"' };

function sample(series: ProtobufWriter, value: number): void {
  series.message(2, (writer) => {
    writer.double(1, value);
    writer.int(2, now);
  });
}

function write1(labels: Readonly<Record<string, string>>, value: number): Promise<Response> {
  const writer = new ProtobufWriter();
  writer.message(1, (series) => {
    for (const name of Object.keys(labels).sort())
      series.message(1, (label) => {
        label.text(1, name);
        label.text(2, labels[name] ?? "");
      });
    sample(series, value);
  });
  return call("/api/v1/write", { method: "POST", headers: CONTENT, body: storedSnappy(writer.copy()) });
}

/** Each name and value a symbol of its own. */
function write2(labels: Readonly<Record<string, string>>, value: number): Promise<Response> {
  const names = Object.keys(labels).sort();
  const writer = new ProtobufWriter();
  for (const text of ["", ...names.flatMap((name) => [name, labels[name] ?? ""])]) writer.bytes(4, new TextEncoder().encode(text));
  writer.message(5, (series) => {
    series.bytes(1, Uint8Array.from(names.flatMap((_, i) => [1 + 2 * i, 2 + 2 * i])));
    sample(series, value);
  });
  return call("/api/v1/write", { method: "POST", headers: CONTENT_2, body: storedSnappy(writer.copy()) });
}

const data = async (path: string): Promise<unknown> => {
  const answer = await (await call(path)).json<{ readonly data?: unknown; readonly error?: string }>();
  return answer.data ?? answer.error;
};

const query = (text: string): Promise<unknown> => data(`/api/v1/query?time=${now / 1000}&query=${encodeURIComponent(text)}`);
const vector = (metric: object, value: string): object => ({ resultType: "vector", result: [{ metric, value: [now / 1000, value] }] });

beforeAll(async () => {
  call = sendAs(await tokenOf("utf8-names", "editor"));
  expect((await write1(SERIES, 7)).status).toBe(204);
  expect((await write2({ ...SERIES, "service.name": "mail" }, 5)).status).toBe(204);
});

describe("a metric and labels with dots, digits and letters of other alphabets", () => {
  it("are found by quoted selectors", async () => {
    expect(await query('{"http.requests", "service.name"="shop"}')).toEqual(vector(SERIES, "7"));
    expect(await query('{"http.requests", "ünï"=~"a.*", "service.name"!="shop"}')).toEqual(
      vector({ ...SERIES, "service.name": "mail" }, "5"),
    );
  });

  it("are grouped, matched and replaced by", async () => {
    expect(await query('max by ("0", "ünï") ({"http.requests"})')).toEqual(vector({ "0": "zero", ünï: 'a "b"' }, "7"));
    expect(await query('sum without ("service.name") ({"http.requests"})')).toEqual(vector({ "0": "zero", ünï: 'a "b"' }, "12"));
    expect(await query('{"http.requests", "service.name"="shop"} / on ("service.name") {"http.requests"}')).toEqual(
      vector({ "service.name": "shop" }, "1"),
    );
    expect(await query('max by ("the.copy") (label_replace({"http.requests"}, "the.copy", "$1", "service.name", "(s.*)")) > 6')).toEqual(
      vector({ "the.copy": "shop" }, "7"),
    );
  });

  it("are listed as they are, and a label's values by its escaped name", async () => {
    expect(await data(`/api/v1/series?match[]=${encodeURIComponent('{"service.name"="shop"}')}`)).toEqual([SERIES]);
    expect(await data("/api/v1/labels")).toEqual(["0", "__name__", "service.name", "ünï"]);
    expect(await data("/api/v1/label/U__service_2e_name/values")).toEqual(["mail", "shop"]);
    expect(await data("/api/v1/label/service.name/values")).toEqual(["mail", "shop"]);
    expect(await data("/api/v1/label/U___fc_n_ef_/values")).toEqual(['a "b"']);
  });

  it("are in quotes in Prometheus's text", async () => {
    const text = await (await call(`/v1/export?format=prometheus&match[]=${encodeURIComponent('{"service.name"="shop"}')}`)).text();
    expect(text).toBe(`# TYPE "http.requests" untyped\n{"http.requests","0"="zero","service.name"="shop","ünï"="a \\"b\\""} 7 ${now}\n`);
  });

  it("are federated with underscores, or in quotes to whoever takes them", async () => {
    const path = `/federate?match[]=${encodeURIComponent('{"service.name"="shop"}')}`;
    const old = await call(path);
    expect(old.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(await old.text()).toBe(
      `# TYPE http_requests untyped\nhttp_requests{_="zero",_n_="a \\"b\\"",instance="",service_name="shop"} 7 ${now}\n`,
    );
    const accept =
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4";
    const utf8 = await call(path, { headers: { accept } });
    expect(utf8.headers.get("content-type")).toContain("escaping=allow-utf-8");
    expect(await utf8.text()).toBe(
      `# TYPE "http.requests" untyped\n{"http.requests","0"="zero",instance="","service.name"="shop","ünï"="a \\"b\\""} 7 ${now}\n`,
    );
  });
});

it("a series without a metric name, or with an empty label name, is refused with what to do", async () => {
  const nameless = await write1({ "service.name": "shop" }, 1);
  expect(nameless.status).toBe(400);
  expect((await nameless.json<{ readonly error: string }>()).error).toContain(
    '{"service.name"="shop"} has no metric name; give it one of any UTF-8 characters',
  );
  const empty = await write1({ __name__: "up", "": "x" }, 1);
  expect(empty.status).toBe(400);
  expect(await empty.text()).toContain("give it one of any UTF-8 characters");
});
