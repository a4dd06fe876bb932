import { peerInstalled, startPeer } from "../support/peers.ts";
import type { PeerName, PeerServer } from "../support/peers.ts";
import { ReferenceLoad, RemoteWriteEncoder } from "../support/reference-load.ts";
import { discard, startStack } from "../support/stack.ts";
import type { BenchOptions } from "./bench-options.ts";
import { monthAtHourSteps } from "./query-month.ts";
import { sameAnswer } from "./query-answers.ts";
import type { Answer } from "./query-answers.ts";
import { quantile, report, round } from "./report.ts";

const SERIES = 5000;
const HOURS = 8;
const INTERVAL_MS = 15_000;
const PEERS: readonly PeerName[] = ["prometheus", "victoria-metrics"];
const ONE_OF_MANY = 'http_requests_total{instance="10.0.0.3:9100",shard="s2"}';

interface System {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Query {
  readonly name: string;
  readonly query: string;
  readonly range: boolean;
  /** Of PEERS.md, ms. */
  readonly target: number;
  /** Short ones are asked often enough for every system's code to be compiled: a few first answers tell of nothing else. */
  readonly runs: number;
}

const QUERIES: readonly Query[] = [
  { name: "instant, one series", query: ONE_OF_MANY, range: false, target: 1.5, runs: 300 },
  { name: "rate over 1 h, one series", query: `rate(${ONE_OF_MANY}[1h])`, range: true, target: 4, runs: 150 },
  { name: "sum by (job) of rates, 500 series", query: "sum by (job) (rate(http_requests_total[5m]))", range: true, target: 22, runs: 20 },
  { name: "quantile over 500 series", query: "quantile(0.9, rate(http_requests_total[5m]))", range: true, target: 47, runs: 20 },
];

/**
 * The same eight hours in every system, and the same questions in turn; answers are compared before times are. Cold: evaluated
 * anew, all of it; warm: as it is asked again, with what each keeps of the time before.
 */
export async function query(options: BenchOptions): Promise<void> {
  await besidePeers(options);
  await monthAtHourSteps(options);
}

async function besidePeers({ quick }: BenchOptions): Promise<void> {
  const hours = quick ? 1 : HOURS;
  const stack = await startStack({ args: ["--no-agent", "--store-only"] });
  const peers: PeerServer[] = [];
  try {
    for (const name of PEERS) if (peerInstalled(name)) peers.push(await startPeer(name));
    const systems: readonly System[] = [
      { name: "sightline", url: stack.url, headers: { authorization: `Bearer ${stack.token}` } },
      ...peers.map(({ name, url }) => ({ name, url, headers: {} })),
    ];
    const endMs = Math.floor(Date.now() / 60_000) * 60_000;
    const startMs = endMs - hours * 3_600_000;
    // Off the steps' moments: on them Prometheus 2 counts a sample at the beginning of a window, as versions since 3 don't.
    await load(systems, startMs + 1001, (hours * 3_600_000) / INTERVAL_MS);
    for (const query of QUERIES) {
      const answers = await Promise.all(systems.map((system) => ask(system, query, startMs, endMs, true)));
      const runs = quick ? Math.ceil(query.runs / 4) : query.runs;
      const cold = await inTurn(systems, runs, (system) => ask(system, query, startMs, endMs, true));
      const warm = query.range ? await inTurn(systems, runs, (system) => ask(system, query, startMs, endMs, false)) : [];
      report("query", {
        query: query.name,
        hours,
        series: SERIES,
        targetMs: query.target,
        cold: beside(systems, cold),
        ...(query.range ? { warm: beside(systems, warm) } : {}),
        peakKB: round((await peakBytes(systems[0], query, startMs, endMs)) / 1e3),
        // VictoriaMetrics' rate takes the sample before the window and does not extrapolate: its values are near, not the same.
        sameAsPrometheus: peers[0]?.name === "prometheus" ? sameAnswer(answers[0], answers[1], 1e-9) : "not installed",
        seriesInAnswer: answers[0]?.length ?? 0,
      });
    }
  } finally {
    for (const peer of peers) {
      await peer.stop();
      peer.discard();
    }
    await stack.stop();
    discard(stack);
  }
}

interface Times {
  readonly median: number;
  readonly best: number;
}

/** Ours and each peer's times in ms, and what ours are of theirs: best by best as well, for others may use the machine. */
function beside(systems: readonly System[], times: readonly Times[]): Record<string, unknown> {
  const [own, ...others] = times;
  const peers = systems.slice(1).map(({ name }, i) => [name, others[i]] as const);
  const ratio = (other: Times | undefined, which: keyof Times): number => round((own?.[which] ?? NaN) / (other?.[which] ?? NaN), 2);
  return {
    ms: own,
    peers: Object.fromEntries(peers),
    ratio: Object.fromEntries(peers.map(([name, other]) => [name, { median: ratio(other, "median"), best: ratio(other, "best") }])),
  };
}

/** Times of the systems asked in turn, another one first each time. */
async function inTurn(systems: readonly System[], runs: number, ask: (system: System) => Promise<unknown>): Promise<Times[]> {
  const times = systems.map(() => [] as number[]);
  for (let run = 0; run < runs; run++) {
    for (let s = 0; s < systems.length; s++) {
      const at = (s + run) % systems.length;
      const system = systems[at];
      if (system === undefined) continue;
      const started = performance.now();
      await ask(system);
      times[at]?.push(performance.now() - started);
    }
  }
  return times.map((ms) => ({ median: round(quantile(ms, 0.5), 2), best: round(Math.min(...ms), 2) }));
}

/** Samples and values that the query holds at a time, as the server counts them. */
async function peakBytes(system: System | undefined, query: Query, startMs: number, endMs: number): Promise<number> {
  if (system === undefined) return NaN;
  const response = await fetch(addressOf(system, query, startMs, endMs, { stats: "all" }), { headers: system.headers });
  const { data } = (await response.json()) as { data: { stats: { samples: { peakBytes: number } } } };
  return data.stats.samples.peakBytes;
}

/** Every request to each system, in order; refused ones again. */
async function load(systems: readonly System[], startMs: number, scrapes: number): Promise<void> {
  const reference = new ReferenceLoad({ series: SERIES, startMs, intervalMs: INTERVAL_MS });
  const encoder = new RemoteWriteEncoder(reference.labels);
  for (let k = 0; k < scrapes; k++) {
    for (const { body } of encoder.requests(reference.next(), SERIES)) {
      await Promise.all(
        systems.map(async ({ name, url, headers }) => {
          for (let attempt = 0; ; attempt++) {
            const response = await fetch(`${url}/api/v1/write`, {
              method: "POST",
              headers: {
                ...headers,
                "content-type": "application/x-protobuf",
                "content-encoding": "snappy",
                "x-prometheus-remote-write-version": "0.1.0",
              },
              body,
            });
            const text = await response.text();
            if (response.status < 300) return;
            if (attempt > 50 || response.status < 500) throw new Error(`${name} answered ${response.status} to a write: ${text}`);
          }
        }),
      );
    }
  }
  // VictoriaMetrics shows samples once they are out of its buffer.
  for (const { name, url } of systems) if (name === "victoria-metrics") await fetch(`${url}/internal/force_flush`);
}

function addressOf(
  { url }: System,
  { query, range }: Query,
  startMs: number,
  endMs: number,
  more: Readonly<Record<string, string>>,
): string {
  const times = range ? { start: startMs / 1000, end: endMs / 1000, step: 60 } : { time: endMs / 1000 };
  const parameters = new URLSearchParams({ query, ...more });
  for (const [name, value] of Object.entries(times)) parameters.set(name, String(value));
  return `${url}/api/v1/${range ? "query_range" : "query"}?${parameters.toString()}`;
}

async function ask(system: System, query: Query, startMs: number, endMs: number, cold: boolean): Promise<Answer> {
  // Prometheus keeps nothing of a query and does not know the parameter.
  const address = addressOf(system, query, startMs, endMs, cold ? { nocache: "1" } : {});
  const response = await fetch(address, { headers: system.headers });
  const text = await response.text();
  if (!response.ok) throw new Error(`${system.name} answered ${response.status} to ${query.query}: ${text}`);
  return (JSON.parse(text) as { data: { result: Answer } }).data.result;
}
