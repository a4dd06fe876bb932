/** The series both engines hold: counters with resets, gauges with gaps and stale markers, classic histograms. No sample lies on a whole second. */
import type { Labels } from "@sightline/shared/model/labels";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { Select } from "@sightline/shared/promql/api";
import { matchesLabels } from "@sightline/shared/promql/matchers";
import { encodeUtf8 } from "@sightline/shared/encoding/utf8";
import { stored } from "../../support/stored-snappy.ts";
import type { Random } from "./random.ts";

export const INTERVAL_MS = 15_000;
export const SCRAPES = 480;
const STALE_BITS = 0x7ff0_0000_0000_0002n;

export const JOBS = ["api", "web", "db"];
export const INSTANCES = ["a", "b", "c"];
export const BOUNDS = ["0.1", "0.5", "1", "5", "+Inf"];

export function makeSeries(random: Random, startMs: number): SelectedSeries[] {
  const all: SelectedSeries[] = [];
  const add = (labels: Labels, value: (i: number) => number, present: (i: number) => boolean = () => true): void => {
    const phase = 137 + random.below(700) + 1000 * random.below(12);
    const timestamps: number[] = [];
    const values: number[] = [];
    for (let i = 0; i < SCRAPES; i++) {
      const v = value(i);
      if (!present(i)) continue;
      timestamps.push(startMs + i * INTERVAL_MS + phase);
      values.push(v);
    }
    const column = Float64Array.from(values);
    // Set by its bits, which a plain array need not keep.
    const bits = new BigUint64Array(column.buffer);
    values.forEach((v, i) => {
      if (v !== v) bits[i] = STALE_BITS;
    });
    all.push({ labels, timestamps: Float64Array.from(timestamps), values: column });
  };
  for (const job of JOBS) {
    for (const instance of INSTANCES) {
      for (const code of ["200", "500"]) {
        // Far from zero, where the extrapolation of 2.42 and of now agree whatever lies before the first sample.
        let total = 1e6 + random.below(1e6);
        add({ __name__: "http_requests_total", job, instance, code }, (i) => {
          total = i % 150 === 149 && code === "500" ? random.next() * 10 : total + random.next() * 20;
          return total;
        });
      }
      let level = 100 * random.next();
      const gapAt = 100 + random.below(200);
      const staleAt = 320 + random.below(100);
      add(
        { __name__: "temperature", job, instance },
        (i) => {
          level += random.next() - 0.5;
          return i === staleAt ? NaN : level;
        },
        (i) => (i < gapAt || i > gapAt + 30) && (i <= staleAt || i > staleAt + 15),
      );
      add({ __name__: "memory_bytes", job, instance }, () => Math.floor(random.next() * 1e9));
      add({ __name__: "up", job, instance }, () => (random.chance(0.9) ? 1 : 0));
    }
    const counts = BOUNDS.map(() => 1000 + random.next() * 1000);
    for (let b = 1; b < counts.length; b++) counts[b] = (counts[b] ?? 0) + (counts[b - 1] ?? 0);
    BOUNDS.forEach((le, b) => {
      let total = counts[b] ?? 0;
      add({ __name__: "latency_seconds_bucket", job, le }, () => (total += (b + 1) * (0.5 + random.next() / 20)));
    });
    add({ __name__: "build_info", job, version: `1.${JOBS.indexOf(job)}` }, () => 1);
  }
  return all;
}

export const selectFrom =
  (all: readonly SelectedSeries[]): Select =>
  (request) =>
    all.flatMap(({ labels, timestamps, values }) => {
      if (!matchesLabels(request.matchers, labels)) return [];
      let lo = 0;
      while (lo < timestamps.length && (timestamps[lo] ?? 0) <= request.startMs) lo++;
      let hi = lo;
      while (hi < timestamps.length && (timestamps[hi] ?? 0) <= request.endMs) hi++;
      return lo === hi ? [] : [{ labels, timestamps: timestamps.subarray(lo, hi), values: values.subarray(lo, hi) }];
    });

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return bytes;
}

const delimited = (field: number, bytes: readonly number[]): number[] => [(field << 3) | 2, ...varint(bytes.length), ...bytes];

/** Remote-write 1.0 requests that hold all samples in order of time, as a Prometheus head wants them. */
export function writeRequests(all: readonly SelectedSeries[]): Uint8Array<ArrayBuffer>[] {
  const labels = all.map(({ labels }) =>
    Object.keys(labels)
      .sort()
      .flatMap((name) => delimited(1, [...delimited(1, [...encodeUtf8(name)]), ...delimited(2, [...encodeUtf8(labels[name] ?? "")])])),
  );
  const startMs = Math.min(...all.map(({ timestamps }) => timestamps[0] ?? Infinity));
  const next = all.map(() => 0);
  const requests: Uint8Array<ArrayBuffer>[] = [];
  for (let scrape = 0; scrape <= SCRAPES + 1; scrape += 20) {
    const untilMs = startMs + (scrape + 20) * INTERVAL_MS;
    const body: number[] = [];
    all.forEach(({ timestamps, values }, s) => {
      const series = [...(labels[s] ?? [])];
      const before = series.length;
      // Bytes are copied from the array itself: a NaN that passes through a variable may lose the bits of a stale marker.
      const bits = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      let at = next[s] ?? 0;
      for (; at < timestamps.length && (timestamps[at] ?? 0) < untilMs; at++)
        series.push(...delimited(2, [9, ...bits.subarray(8 * at, 8 * at + 8), 16, ...varint(timestamps[at] ?? 0)]));
      next[s] = at;
      if (series.length > before) for (const byte of delimited(1, series)) body.push(byte);
    });
    if (body.length > 0) requests.push(stored(Uint8Array.from(body)));
  }
  return requests;
}
