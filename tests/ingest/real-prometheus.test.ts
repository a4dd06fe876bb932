import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readChunkedAnswer } from "../support/chunked-read.ts";
import { readRequest } from "../support/read-request.ts";
import { type RealPrometheus, prometheusMissing, runPrometheus, sameSamples, startPrometheus } from "../support/real-prometheus.ts";
import { type Stack, discard, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";

const missing = prometheusMissing();
if (missing !== null) process.stdout.write(`a real Prometheus is not tested: ${missing}\n`);

const SECONDS = 12;

describe.skipIf(missing !== null)("a real Prometheus that scrapes a real node exporter", () => {
  let stack: Stack;
  let prometheus: RealPrometheus;

  beforeAll(async () => {
    stack = await startStack({ args: ["--no-agent"] });
    prometheus = await startPrometheus(stack);
  }, 90_000);

  afterAll(async () => {
    await prometheus.stop();
    await stack.stop();
    discard(stack);
  }, 30_000);

  it("remote-writes without a failed, dropped or repeated sample, and every sample is the same on both sides", async () => {
    await until("the first samples are acknowledged", 30_000, () => prometheus.sentUntil(1));
    const from = Math.ceil(Date.now() / 1000);
    const before = await prometheus.own("prometheus_remote_storage_samples_total");
    await until(`${SECONDS} s of samples are acknowledged`, 60_000, () => prometheus.sentUntil((from + SECONDS) * 1000), 200);
    expect(await prometheus.own("prometheus_remote_storage_samples_total")).toBeGreaterThan(before);
    for (const what of ["failed", "dropped", "retried"]) {
      expect(await prometheus.own(`prometheus_remote_storage_samples_${what}_total`), what).toBe(0);
    }
    expect(await sameSamples(prometheus, stack, from, from + SECONDS - 2)).toBeGreaterThan(1000);
  }, 100_000);

  it("remote read gives the same samples as Prometheus's own, in chunks of the same form", async () => {
    const to = Math.floor(Date.now() / 1000) * 1000;
    await until("what was scraped is acknowledged", 30_000, () => prometheus.sentUntil(to));
    const ask = { method: "POST", body: readRequest(["job", "node"], to - 6000, to - 1, [1, 0]) };
    const [theirs, ours] = await Promise.all([fetch(`${prometheus.url}/api/v1/read`, ask), stack.request("/api/v1/read", ask)]);
    expect([ours.status, ours.headers.get("content-type")]).toEqual([theirs.status, theirs.headers.get("content-type")]);
    const told = async (response: Response): Promise<Map<string, string>> => {
      const answer = readChunkedAnswer(new Uint8Array(await response.arrayBuffer()));
      expect(answer.every(({ chunks }) => chunks.every(({ type }) => type === 1))).toBe(true);
      // Prometheus sends whole chunks, with what lies before and after the time asked for.
      const inside = (t: number): boolean => t >= to - 6000 && t < to;
      return new Map(
        answer.map(({ labels, chunks }) => [
          labels.join(),
          chunks
            .flatMap(({ samples: { timestamps, values } }) => [...timestamps].flatMap((t, i) => (inside(t) ? `${t} ${values[i]}` : [])))
            .join("\n"),
        ]),
      );
    };
    const [expected, actual] = [await told(theirs), await told(ours)];
    expect(actual.size).toBeGreaterThan(100);
    expect([...actual]).toEqual([...expected].filter(([, samples]) => samples !== ""));
  }, 60_000);

  it("another Prometheus reads through it", async () => {
    const to = Math.floor(Date.now() / 1000);
    await until("what was scraped is acknowledged", 30_000, () => prometheus.sentUntil(to * 1000));
    const reader = await runPrometheus(() => ({
      remote_read: [{ url: `${stack.url}/api/v1/read`, authorization: { credentials: stack.token }, read_recent: true }],
    }));
    try {
      for (const query of [
        'count({job="node"})',
        "sum by (mode) (node_cpu_seconds_total)",
        'sum(rate(prometheus_http_requests_total{code="200"}[10s]))',
      ]) {
        const path = `/api/v1/query_range?query=${encodeURIComponent(query)}&start=${to - 5.5}&end=${to - 0.5}&step=1`;
        const [theirs, ours] = [await fetch(`${prometheus.url}${path}`), await fetch(`${reader.url}${path}`)];
        expect(await ours.json(), query).toEqual(await theirs.json());
      }
    } finally {
      await reader.stop();
    }
  }, 60_000);
});
