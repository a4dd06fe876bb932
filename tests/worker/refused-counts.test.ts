/** What is refused is counted by code, wherever it was: before it came to a shard, too. */
import { beforeAll, expect, test } from "vitest";
import { stored } from "../support/stored-snappy.ts";
import { gauge as otlpGauge, metric, numberPoint, request, sum } from "../ingest/otlp-message.ts";
import { type Field, concat, double, message, text, varint, zigzag } from "../ingest/protobuf-writer.ts";
import { type Send, json, sendAs, tokenOf } from "./http-calls.ts";

let call: Send;
const now = Date.now();
const LONG = "x".repeat(3000);

beforeAll(async () => {
  call = sendAs(await tokenOf("refused-counts", "admin"));
});

/** Over all shards. */
async function rejectedBy(send: Send): Promise<Record<string, number>> {
  const status = await (await send("/v1/status")).json<{ readonly shards: readonly { readonly rejected: Record<string, number> }[] }>();
  const all: Record<string, number> = {};
  for (const { rejected } of status.shards) for (const [code, n] of Object.entries(rejected)) all[code] = (all[code] ?? 0) + n;
  return all;
}

/** What `send` adds to the counts. */
async function countedBy(write: () => Promise<Response>): Promise<Record<string, number>> {
  const before = await rejectedBy(call);
  await (await write()).arrayBuffer();
  const after = Object.entries(await rejectedBy(call)).map(([code, n]) => [code, n - (before[code] ?? 0)] as const);
  return Object.fromEntries(after.filter(([, n]) => n > 0));
}

test("items of JSON that cannot be kept are counted, with others and alone, a repeat once", async () => {
  const bad = [
    { name: "jobs", labels: { x: LONG }, value: 1 },
    { name: "jobs", type: "counter", delta: -5 },
    { name: "", value: 1 },
  ];
  const send =
    (key: string, ...metrics: readonly object[]) =>
    () =>
      call("/api/v1/ingest", {
        ...json("POST", { metrics }),
        headers: { "content-type": "application/json", "idempotency-key": key },
      });
  const each = { label_value_too_long: 1, bad_value: 1, bad_name: 1 };
  expect(await countedBy(send("mixed", { name: "jobs", value: 1 }, ...bad))).toEqual(each);
  expect(await countedBy(send("mixed", { name: "jobs", value: 1 }, ...bad))).toEqual({});
  expect(await countedBy(send("alone", ...bad))).toEqual(each);
  expect((await send("alone", { name: "jobs", value: 2 })()).status, "nothing was kept, so the key is free").toBe(200);
  expect(await (await call("/metrics")).text()).toMatch(/rejected_samples_total\{shard="0",code="label_value_too_long"\} 2\n/);
});

test("lines that cannot be read or kept are counted", async () => {
  const body = ["cpu,host=a v=1", "cpu,host=a v=abc", ",bad", `cpu,host=${LONG} v=1`, "cpu,host=a,host=b v=1"].join("\n");
  const counted = await countedBy(() => call("/api/v2/write", { method: "POST", body }));
  expect(counted).toEqual({ bad_line: 2, label_value_too_long: 1, duplicate_label: 1 });
});

test("data points of OTLP that cannot be kept are counted", async () => {
  const t = now;
  const body = request(
    {},
    metric("ok", "", otlpGauge(numberPoint(t, 1))),
    metric("unclear", "", sum(0, true, numberPoint(t, 1))),
    metric("?", "", otlpGauge(numberPoint(t, 1), numberPoint(t, 2))),
    metric("unending", "", sum(1, true, numberPoint(t, Infinity))),
  );
  const init = { method: "POST", headers: { "content-type": "application/x-protobuf" }, body: Uint8Array.from(body) };
  expect(await countedBy(() => call("/v1/metrics", init))).toEqual({ bad_temporality: 1, bad_name: 2, bad_point: 1 });
});

test("the same remote write is answered and counted alike of a divided sender and of another", async () => {
  const made = await (
    await call("/v1/tokens", json("POST", { name: "prometheus", role: "ingest" }))
  ).json<{ readonly id: string; readonly token: string }>();
  const prometheus = sendAs(made.token);
  const histogram = (count: number): Field => {
    const spans: Field = [11, 2, message([1, 0, zigzag(0)], [2, 0, varint(2)])];
    const deltas: Field = [12, 2, concat(zigzag(2), zigzag(1))];
    return [4, 2, message([1, 0, varint(count)], [3, 1, double(9)], [4, 0, zigzag(1)], spans, deltas, [15, 0, varint(now)])];
  };
  const sample = (t: number): Field => [2, 2, message([1, 1, double(1)], [2, 0, varint(t)])];
  const series = (name: string, ...fields: readonly Field[]): Field => [
    1,
    2,
    message([1, 2, message(text(1, "__name__"), text(2, name))], ...fields),
  ];
  const write = (sender: string, names: string): Promise<Response> =>
    prometheus("/api/v1/write", {
      method: "POST",
      headers: { "content-type": "application/x-protobuf", "content-encoding": "snappy", "x-sightline-sender": sender },
      body: stored(
        message(
          ...[now, now - 40 * 86_400_000, now].map((t, i) => series(`${names}_${i}`, sample(t))),
          series(`${names}_a`, histogram(5)),
          series(`${names}_b`, histogram(5)),
          series(`${names}_c`, histogram(77)),
          series(LONG, sample(now)),
        ),
      ),
    });
  expect((await write("big", "before")).status).toBe(400);
  expect((await call("/v1/shards", json("PUT", { split: `${made.id}:big` }))).status).toBe(200);
  for (const sender of ["small", "big"]) {
    let answer = new Response();
    const counted = await countedBy(async () => (answer = await write(sender, sender)));
    expect(counted, sender).toEqual({ too_old: 1, bad_histogram: 1, label_value_too_long: 1 });
    const written = ["Samples", "Histograms"].map((what) => answer.headers.get(`X-Prometheus-Remote-Write-${what}-Written`));
    expect(written, sender).toEqual(["2", "2"]);
  }
});
