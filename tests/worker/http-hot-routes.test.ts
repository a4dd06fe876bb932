import { beforeAll, describe, expect, it } from "vitest";
import { ProtobufWriter } from "../../worker/src/export/protobuf-writer.ts";
import { storedSnappy } from "../../worker/src/export/stored-snappy.ts";
import { send, sendAs, tokenOf } from "./http-calls.ts";
import type { Send } from "./http-calls.ts";

const HEADERS = { "content-type": "application/x-protobuf", "content-encoding": "snappy", "x-request-id": "the-same" };

let writer: Send;
let viewer: Send;

beforeAll(async () => {
  writer = sendAs(await tokenOf("hot", "ingest"));
  viewer = sendAs(await tokenOf("hot", "viewer"));
});

function up(t: number): Uint8Array<ArrayBuffer> {
  const request = new ProtobufWriter();
  request.message(1, (series) => {
    series.message(1, (label) => {
      label.text(1, "__name__");
      label.text(2, "up");
    });
    series.message(2, (sample) => {
      sample.double(1, 1);
      sample.int(2, t);
    });
  });
  return storedSnappy(request.copy());
}

async function told(response: Response): Promise<unknown> {
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
}

const CASES: Readonly<Record<string, () => readonly [Send, RequestInit]>> = {
  "a sample kept": () => [writer, { headers: HEADERS, body: up(Date.now()) }],
  "a sample of last century": () => [writer, { headers: HEADERS, body: up(1) }],
  "a body that is no snappy": () => [writer, { headers: HEADERS, body: Uint8Array.of(255, 255, 255) }],
  "another media type": () => [writer, { headers: { ...HEADERS, "content-type": "text/plain" }, body: up(Date.now()) }],
  gzip: () => [writer, { headers: { ...HEADERS, "content-encoding": "gzip" }, body: up(Date.now()) }],
  "a sender with a bad name": () => [writer, { headers: { ...HEADERS, "x-sightline-sender": "a b" }, body: up(Date.now()) }],
  "a token that may only read": () => [viewer, { headers: HEADERS, body: up(Date.now()) }],
  "no token": () => [send, { headers: HEADERS, body: up(Date.now()) }],
};

describe("remote write that goes around the application is answered as by it", () => {
  for (const [name, request] of Object.entries(CASES))
    it(name, async () => {
      const [call, init] = request();
      const [plain, routed] = [
        await call("/api/v1/write", { method: "POST", ...init }),
        await call("/api/v1/write?routed", { method: "POST", ...init }),
      ];
      expect(await told(plain)).toEqual(await told(routed));
    });

  it("only the path itself goes around, whatever ends like it", async () => {
    const [, init] = (CASES["a sample kept"] as () => readonly [Send, RequestInit])();
    const browser = await writer("/api/v1/write", { method: "POST", ...init, headers: { ...HEADERS, origin: "https://sightline.test" } });
    expect(browser.status).toBe(204);
    expect((await writer("/other/api/v1/write", { method: "POST", ...init })).status).toBe(404);
    expect((await writer("/api/v1/write", { method: "PUT", ...init })).status).toBe(405);
  });
});

const form = (fields: Readonly<Record<string, string>>): RequestInit => ({ method: "POST", body: new URLSearchParams(fields) });

/** Everything but who asks, which is added twice: as a script, and as a page of another origin, whose calls the application answers. */
const QUESTIONS: Readonly<Record<string, () => readonly [Send, string, RequestInit?]>> = {
  "an instant query": () => [viewer, "/api/v1/query?query=up&time=100"],
  "an instant query in a form": () => [viewer, "/api/v1/query?time=100", form({ query: "1 + 1" })],
  "a range": () => [viewer, "/api/v1/query_range?query=vector(1)&start=0&end=60&step=15"],
  "a range in a form": () => [viewer, "/api/v1/query_range", form({ query: "vector(1)", start: "0", end: "60", step: "15" })],
  "an expression that is none": () => [viewer, "/api/v1/query?query=sum("],
  "no expression": () => [viewer, "/api/v1/query"],
  "a range that ends before it begins": () => [viewer, "/api/v1/query_range?query=up&start=60&end=0&step=15"],
  "a token that may only write": () => [writer, "/api/v1/query?query=up&time=100"],
  "no token": () => [send, "/api/v1/query?query=up&time=100"],
  "an answer that is packed": () => [
    viewer,
    "/api/v1/query_range?query=vector(0.123456789)&start=0&end=30000&step=15",
    { headers: { "accept-encoding": "gzip" } },
  ],
};

describe("a query that goes around the application is answered as by it", () => {
  for (const [name, question] of Object.entries(QUESTIONS))
    it(name, async () => {
      const [call, path, init = {}] = question();
      const from = (headers: Record<string, string>): Promise<Response> =>
        call(path, {
          ...init,
          headers: { ...(init.headers as Record<string, string> | undefined), ...headers, "x-request-id": "the-same" },
        });
      expect(await told(await from({}))).toEqual(await told(await from({ origin: "https://elsewhere.test" })));
    });

  it("other methods, and what only begins or ends like it, are the application's", async () => {
    expect((await viewer("/api/v1/query?query=1", { method: "DELETE" })).status).toBe(405);
    expect((await viewer("/api/v1/query/?query=1")).status).toBe(404);
    expect((await viewer("/other/api/v1/query?query=1")).status).toBe(404);
  });
});
