import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import snappy from "snappyjs";
import { describe, expect, it } from "vitest";
import type { BatchSeries } from "@sightline/shared/model/sample";
import { isStale } from "@sightline/shared/model/sample";
import { openSources } from "../../agent/src/import/open-source.ts";
import { decodeRemoteWrite1 } from "../../worker/src/ingest/remote-write.ts";
import { type Field, concat, double, message, text, varint, zigzag } from "../ingest/protobuf-writer.ts";
import { freePort } from "../support/stack.ts";
import { until } from "../support/until.ts";

const missing = spawnSync("prometheus", ["--version"]).error === undefined ? null : "prometheus is not installed (Debian package)";
if (missing !== null) process.stdout.write(`histograms of a real Prometheus are not tested: ${missing}\n`);

const deltas = (...values: number[]): Uint8Array => concat(...values.map((value, i) => zigzag(value - (values[i - 1] ?? 0))));
const span = (field: number, offset: number, length: number): Field => [field, 2, message([1, 0, zigzag(offset)], [2, 0, varint(length)])];

/** Round `i` of a histogram with whole counts: buckets on both sides, growing by jumps; the ninth a stale marker. */
function whole(i: number, t: number): Field {
  const grow = [1 + i, 3 * i, 7 * i * i, 1000 * i];
  const below = [i, 5 * i];
  const count = grow.reduce((a, b) => a + b, 0) + below.reduce((a, b) => a + b, 0) + 2 * i;
  const stale = new Uint8Array([2, 0, 0, 0, 0, 0, 0xf0, 0x7f]);
  return [
    4,
    2,
    message(
      [1, 0, varint(count)],
      [3, 1, i === 9 ? stale : double(i * 12.345)],
      [4, 0, zigzag(2)],
      [5, 1, double(2 ** -128)],
      [6, 0, varint(2 * i)],
      span(8, -3, 2),
      [9, 2, deltas(...below)],
      span(11, -1, 2),
      span(11, 3, 2),
      [12, 2, deltas(...grow)],
      [15, 0, varint(t)],
    ),
  ];
}

/** One with counts that are fractions, and an odd width of its zero bucket. */
function fractional(i: number, t: number): Field {
  const counts = [0.5 + i, i / 3, 1e9 * i];
  return [
    4,
    2,
    message(
      [2, 1, double(counts.reduce((a, b) => a + b, 0) + i / 7)],
      [3, 1, double(-i)],
      [4, 0, zigzag(-1)],
      [5, 1, double(0.001)],
      [7, 1, double(i / 7)],
      span(11, 0, 3),
      [13, 2, concat(...counts.map(double))],
      [15, 0, varint(t)],
    ),
  ];
}

const label = (name: string, value: string): Field => [1, 2, message(text(1, name), text(2, value))];

describe.skipIf(missing !== null)("native histograms in a block that a real Prometheus made", () => {
  it("are what was sent to it, whole counts and fractions", async () => {
    const directory = mkdtempSync(join(tmpdir(), "sightline-histograms-"));
    const port = await freePort();
    writeFileSync(join(directory, "prometheus.yml"), "{}");
    const prometheus = spawn(
      "prometheus",
      [
        `--config.file=${join(directory, "prometheus.yml")}`,
        `--storage.tsdb.path=${join(directory, "data")}`,
        `--web.listen-address=127.0.0.1:${port}`,
        "--web.enable-remote-write-receiver",
        "--web.enable-admin-api",
        "--enable-feature=native-histograms",
      ],
      { stdio: "ignore" },
    );
    try {
      const url = `http://127.0.0.1:${port}`;
      await until("Prometheus is ready", 30_000, async () => (await fetch(`${url}/-/ready`)).ok);
      const now = Date.now() - 600_000;
      const body = message(
        [1, 2, message(label("__name__", "fractional"), ...Array.from({ length: 40 }, (_, i) => fractional(i + 1, now + i * 15_000)))],
        [1, 2, message(label("__name__", "whole"), ...Array.from({ length: 10 }, (_, i) => whole(i, now + i * 15_000 + (i % 3))))],
      );
      const sent = await fetch(`${url}/api/v1/write`, {
        method: "POST",
        headers: { "content-type": "application/x-protobuf", "content-encoding": "snappy", "x-prometheus-remote-write-version": "0.1.0" },
        body: new Uint8Array(snappy.compress(body)),
      });
      expect(sent.status, await sent.text()).toBe(204);
      const snapshot = await fetch(`${url}/api/v1/admin/tsdb/snapshot`, { method: "POST" });
      const { data } = (await snapshot.json()) as { readonly data: { readonly name: string } };
      const read: BatchSeries[] = [];
      for (const source of await openSources(join(directory, "data", "snapshots", data.name), null)) {
        for await (const one of source.series((_code, _samples, why) => expect.fail(why))) read.push(one);
      }
      const wanted = decodeRemoteWrite1(body);
      if (!wanted.ok) throw new Error(wanted.error.message);
      for (const series of wanted.value.batch.series) {
        const name = series.labels["__name__"];
        const parts = read.filter(({ labels }) => labels["__name__"] === name);
        const times = parts.flatMap(({ timestamps }) => [...timestamps]);
        const histograms = parts.flatMap(({ histograms: all }) => all ?? []);
        expect(times).toEqual([...series.timestamps]);
        for (const [i, expected] of (series.histograms ?? []).entries()) {
          if (expected !== undefined && isStale(expected.sum)) expect(histograms[i]).toBeUndefined();
          else expect({ ...histograms[i], counterResetHint: "unknown" }, `${name ?? ""} ${i}`).toEqual(expected);
        }
      }
      const last = read.findLast(({ labels }) => labels["__name__"] === "whole");
      expect(isStale(last?.values.at(-1) ?? 0)).toBe(true);
    } finally {
      const exit = new Promise((resolve) => prometheus.once("exit", resolve));
      if (prometheus.exitCode === null && prometheus.kill("SIGTERM")) await exit;
      rmSync(directory, { recursive: true, force: true });
    }
  }, 60_000);
});
