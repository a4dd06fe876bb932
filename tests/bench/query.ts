import { KeepAliveClient, type TimedAnswer } from "../support/keep-alive-client.ts";
import { peerInstalled, startPeer } from "../support/peers.ts";
import type { PeerName, PeerServer } from "../support/peers.ts";
import { ReferenceLoad, RemoteWriteEncoder } from "../support/reference-load.ts";
import { cpuSeconds } from "../support/processes.ts";
import { discard, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";
import type { BenchOptions } from "./bench-options.ts";
import { type PlatformFloor, startPlatformFloor } from "./platform-floor.ts";
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
  readonly client: KeepAliveClient;
  readonly pid: number;
}

interface Query {
  readonly name: string;
  readonly query: string;
  readonly range: boolean;
  /** Of PEERS.md, ms. */
  readonly target: number;
  /** Often enough for most of them to come once every system's code is compiled: the first answers tell of nothing else. */
  readonly runs: number;
}

const QUERIES: readonly Query[] = [
  { name: "instant, one series", query: ONE_OF_MANY, range: false, target: 1.5, runs: 3000 },
  { name: "rate over 1 h, one series", query: `rate(${ONE_OF_MANY}[1h])`, range: true, target: 4, runs: 1000 },
  { name: "sum by (job) of rates, 500 series", query: "sum by (job) (rate(http_requests_total[5m]))", range: true, target: 22, runs: 100 },
  { name: "quantile over 500 series", query: "quantile(0.9, rate(http_requests_total[5m]))", range: true, target: 47, runs: 100 },
];

/**
 * The same eight hours in every system, and the same questions in turn over connections that stay open; answers are compared
 * before times are. Cold: evaluated anew, all of it; warm: as it is asked again, with what each keeps of the time before. Beside
 * the times stand what a Worker and a call of an object take that do nothing, and how many a second four clients are answered.
 */
export async function query(options: BenchOptions): Promise<void> {
  await besidePeers(options);
  await monthAtHourSteps(options);
}

async function besidePeers({ quick }: BenchOptions): Promise<void> {
  const hours = quick ? 1 : HOURS;
  const stack = await startStack({ args: ["--no-agent", "--store-only"] });
  const peers: PeerServer[] = [];
  let floor: PlatformFloor | null = null;
  try {
    for (const name of PEERS) if (peerInstalled(name)) peers.push(await startPeer(name));
    const authorization = { authorization: `Bearer ${stack.token}` };
    const systems: readonly System[] = [
      {
        name: "sightline",
        url: stack.url,
        headers: authorization,
        client: new KeepAliveClient(stack.url, authorization),
        pid: stack.workerdPid(),
      },
      ...peers.map(({ name, url, pid }) => ({ name, url, headers: {}, client: new KeepAliveClient(url), pid })),
    ];
    floor = await startPlatformFloor();
    await reportFloor(floor, quick ? 500 : 3000);
    const endMs = Math.floor(Date.now() / 60_000) * 60_000;
    const startMs = endMs - hours * 3_600_000;
    // Off the steps' moments: on them Prometheus 2 counts a sample at the beginning of a window, as versions since 3 don't.
    await load(systems, startMs + 1001, (hours * 3_600_000) / INTERVAL_MS);
    await atRest(systems);
    for (const query of QUERIES) {
      const answers = await Promise.all(systems.map(async (system) => resultOf(await ask(system, query, startMs, endMs, true))));
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
        perSecondOfFour: await perSecond(systems, Math.ceil(runs / 2), (system) => ask(system, query, startMs, endMs, true)),
        peakKB: round((await peakBytes(systems[0], query, startMs, endMs)) / 1e3),
        // VictoriaMetrics' rate takes the sample before the window and does not extrapolate: its values are near, not the same.
        sameAsPrometheus: peers[0]?.name === "prometheus" ? sameAnswer(answers[0], answers[1], 1e-9) : "not installed",
        seriesInAnswer: answers[0]?.length ?? 0,
      });
    }
  } finally {
    await floor?.stop();
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
  /** Of the server's process, for each answer; what it does beside them included. */
  readonly cpu: number;
}

/** Ours and each peer's times in ms, and what ours are of theirs: best by best as well, for others may use the machine. */
function beside(systems: readonly System[], times: readonly Times[]): Record<string, unknown> {
  const [own, ...others] = times;
  const peers = systems.slice(1).map(({ name }, i) => [name, others[i]] as const);
  const ratio = (other: Times | undefined, which: keyof Times): number => round((own?.[which] ?? NaN) / (other?.[which] ?? NaN), 2);
  return {
    ms: own,
    peers: Object.fromEntries(peers),
    ratio: Object.fromEntries(
      peers.map(([name, other]) => [name, { median: ratio(other, "median"), best: ratio(other, "best"), cpu: ratio(other, "cpu") }]),
    ),
  };
}

/** Asked one after the other before it is the next system's turn: CPU is told in hundredths of a second. */
const IN_A_ROW = 25;

/** Times of the systems asked in turn, another one first each time. */
async function inTurn(systems: readonly System[], runs: number, ask: (system: System) => Promise<TimedAnswer>): Promise<Times[]> {
  const times = systems.map(() => [] as number[]);
  const used = systems.map(() => 0);
  const row = runs >= 10 * IN_A_ROW ? IN_A_ROW : 1;
  for (let run = 0; run < runs / row; run++) {
    for (let s = 0; s < systems.length; s++) {
      const at = (s + run) % systems.length;
      const system = systems[at];
      if (system === undefined) continue;
      const before = cpuSeconds(system.pid);
      for (let k = 0; k < row; k++) times[at]?.push((await ask(system)).ms);
      used[at] = (used[at] ?? 0) + cpuSeconds(system.pid) - before;
    }
  }
  return times.map((ms, at) => ({
    median: round(quantile(ms, 0.5), 3),
    best: round(Math.min(...ms), 3),
    cpu: round(((used[at] ?? NaN) * 1000) / ms.length, 2),
  }));
}

/** Answers a second to four clients at once, of each system by itself. */
async function perSecond(
  systems: readonly System[],
  answers: number,
  ask: (system: System) => Promise<TimedAnswer>,
): Promise<Record<string, number>> {
  const rates: Record<string, number> = {};
  for (const system of systems) {
    const started = performance.now();
    let left = Math.max(4, answers);
    const client = async (): Promise<void> => {
      while (left-- > 0) await ask(system);
    };
    await Promise.all([client(), client(), client(), client()]);
    rates[system.name] = round((Math.max(4, answers) / (performance.now() - started)) * 1000, 0);
  }
  return rates;
}

/** What the platform takes of each answer. */
async function reportFloor({ url, pid, paths }: PlatformFloor, runs: number): Promise<void> {
  const client = new KeepAliveClient(url);
  const times: Record<string, unknown> = {};
  for (const [name, path] of Object.entries(paths)) {
    const ms: number[] = [];
    const before = cpuSeconds(pid);
    for (let run = 0; run < runs; run++) ms.push((await client.get(path)).ms);
    const cpu = ((cpuSeconds(pid) - before) * 1000) / runs;
    times[name] = { median: round(quantile(ms, 0.5), 3), best: round(Math.min(...ms), 3), cpu: round(cpu, 2) };
  }
  client.close();
  report("query", { floorMs: times });
}

/** Samples and values that the query holds at a time, as the server counts them. */
async function peakBytes(system: System | undefined, query: Query, startMs: number, endMs: number): Promise<number> {
  if (system === undefined) return NaN;
  const { body } = await system.client.get(pathOf(query, startMs, endMs, { stats: "all" }));
  const { data } = JSON.parse(body.toString()) as { data: { stats: { samples: { peakBytes: number } } } };
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

const REST_S = 0.05;
const MOST_SECONDS = 60;

/** Merging what was loaded would be counted with the first answers: each system may finish it, for a minute at most. */
async function atRest(systems: readonly System[]): Promise<void> {
  const cpu = (): number[] => systems.map(({ pid }) => cpuSeconds(pid));
  let before = cpu();
  let seconds = -1;
  await until(
    "every system has merged what was loaded",
    2000 * MOST_SECONDS,
    () => {
      const now = cpu();
      const resting = now.every((used, at) => used - (before[at] ?? 0) < REST_S);
      before = now;
      seconds += 1;
      return seconds >= MOST_SECONDS || (seconds > 0 && resting);
    },
    1000,
  );
}

function pathOf({ query, range }: Query, startMs: number, endMs: number, more: Readonly<Record<string, string>>): string {
  const times = range ? { start: startMs / 1000, end: endMs / 1000, step: 60 } : { time: endMs / 1000 };
  const parameters = new URLSearchParams({ query, ...more });
  for (const [name, value] of Object.entries(times)) parameters.set(name, String(value));
  return `/api/v1/${range ? "query_range" : "query"}?${parameters.toString()}`;
}

async function ask({ name, client }: System, query: Query, startMs: number, endMs: number, cold: boolean): Promise<TimedAnswer> {
  // Prometheus keeps nothing of a query and does not know the parameter.
  const answer = await client.get(pathOf(query, startMs, endMs, cold ? { nocache: "1" } : {}));
  if (answer.status !== 200) throw new Error(`${name} answered ${answer.status} to ${query.query}: ${answer.body.toString()}`);
  return answer;
}

const resultOf = ({ body }: TimedAnswer): Answer => (JSON.parse(body.toString()) as { data: { result: Answer } }).data.result;
