import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BatchSeries } from "@sightline/shared/model/sample";
import { isStale } from "@sightline/shared/model/sample";
import { ImportStopped, type SenderPorts } from "../../agent/src/import/frame-sender.ts";
import { readJsonLine } from "../../agent/src/import/json-lines.ts";
import { hasUnreadLog, openSources } from "../../agent/src/import/open-source.ts";
import { type ImportOutcome, importSource } from "../../agent/src/import/run-import.ts";
import { readTextSample } from "../../agent/src/import/text-sample.ts";
import { JSON_LINES } from "../../worker/src/export/json-lines.ts";
import { NOON } from "../storage/open-store.ts";
import { CONTEXT, type Fixture, batchOf, gauge, openShard, stored } from "../storage/shard-fixture.ts";
import { NodeDatabase } from "../support/node-database.ts";

const HOUR = 3_600_000;
const ADDRESS = { url: "http://sightline.test", token: "sl_default_x" };

let directory: string;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), "sightline-import-"))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

interface Server {
  readonly shard: Fixture;
  readonly ports: SenderPorts;
  /** Answers in place of the shard, for the next requests. */
  readonly instead: (() => Response | null)[];
  requests: number;
  /** The name of the sender's token; null: an administrator's. */
  owner: string | null;
  /** What requests are routed by, as they say it. */
  routedBy: string | null;
}

/** A shard behind `POST /api/v1/frames`. */
function server(): Server {
  const shard = openShard(new NodeDatabase());
  const made: Server = {
    shard,
    instead: [],
    requests: 0,
    owner: null,
    routedBy: null,
    ports: {
      fetch: async (_url, init) => {
        made.requests++;
        made.routedBy = new Headers(init?.headers).get("x-sightline-sender");
        const other = made.instead.shift()?.();
        if (other !== undefined && other !== null) return other;
        const answer = await shard.core.appendFrames(
          made.owner === null ? CONTEXT : { ...CONTEXT, owner: made.owner },
          new Uint8Array(init?.body as Uint8Array),
        );
        if (!answer.ok) throw new Error(answer.error.message);
        return new Response(answer.value);
      },
      sleep: () => Promise.resolve(),
      random: () => 0.5,
      monotonic: () => 0,
      waiting: () => undefined,
    },
  };
  return made;
}

async function imported(path: string, { ports }: Server): Promise<ImportOutcome> {
  const [source] = await openSources(path, null);
  if (source === undefined) throw new Error("no source");
  return importSource(source, ADDRESS, ports, () => undefined);
}

describe("sightline import", () => {
  /** 250,000 samples: several requests of several frames. */
  const large = (): string => {
    let text = "";
    for (let i = 0; i < 12_500; i++) {
      for (let host = 0; host < 20; host++) text += `load{host="${host}"} ${i * host} ${NOON - 86_400_000 + i * 1000}\n`;
    }
    return text;
  };

  it("Prometheus text: times in ms, types kept, every value exact", async () => {
    const at = server();
    const path = file(
      "dump.prom",
      `# HELP jobs_total Jobs\n# TYPE jobs_total counter\njobs_total{queue="a b",path="c:\\\\d\\"e\\""} 1.5e3 ${NOON - 2000}\njobs_total{queue="a b",path="c:\\\\d\\"e\\""} +Inf ${NOON - 1000}\ntemp -0.1 ${NOON}\n`,
    );
    expect(await imported(path, at)).toEqual({ sent: 3, alreadyThere: 0, refused: {} });
    expect(at.routedBy).toMatch(/^import:[0-9a-f]{32}$/);
    expect(stored(at.shard.core, "jobs_total")).toEqual([
      [NOON - 2000, 1500],
      [NOON - 1000, Infinity],
    ]);
    expect(stored(at.shard.core, "temp")).toEqual([[NOON, -0.1]]);
    expect(at.shard.core.reads.metadata("jobs_total", 1)).toEqual([{ metric: "jobs_total", type: "counter", unit: "", help: "Jobs" }]);
  });

  it("OpenMetrics: times in seconds, exemplars left, packed or not", async () => {
    const at = server();
    const text = `# TYPE req counter\n# UNIT req requests\nreq_total{le="0.5"} 7 ${NOON / 1000 - 0.25} # {trace_id="x"} 0.2\n# EOF\n`;
    expect(await imported(file("a.txt", text), at)).toMatchObject({ sent: 1, refused: {} });
    expect(await imported(file("b.om.gz", gzipSync(text.replace("req_total", "other_total"))), at)).toMatchObject({ sent: 1, refused: {} });
    expect(stored(at.shard.core, "req_total")).toEqual([[NOON - 250, 7]]);
    expect(stored(at.shard.core, "other_total")).toEqual([[NOON - 250, 7]]);
  });

  it("lines that are no samples, and samples without a time, are named and the rest is kept", async () => {
    const at = server();
    const outcome = await imported(file("bad.prom", `up 1\nup{a=1} 1 5\nup x 5\ngood 1 ${NOON}\n`), at);
    expect(outcome.sent).toBe(1);
    expect(outcome.refused).toEqual({
      no_time: { samples: 1, parts: 0, message: "line 1: the sample has no time; export with timestamps" },
      malformed_line: { samples: 2, parts: 0, message: "line 2: the value of label a is not in quotes" },
    });
  });

  it("what was exported as JSON lines comes back bit by bit", async () => {
    const at = server();
    const series: BatchSeries = {
      labels: { __name__: "odd", job: "x" },
      metadata: { type: "gauge", unit: "volts", help: 'of "it"' },
      temporality: "cumulative",
      timestamps: Float64Array.of(NOON - 5, NOON - 4, NOON - 3, NOON - 2, NOON - 1),
      values: Float64Array.of(0.1 + 0.2, -0, -Infinity, 5e-324, 0),
      histograms: [
        undefined,
        undefined,
        undefined,
        undefined,
        {
          schema: 0,
          count: 3,
          sum: 4.5,
          zeroThreshold: 0,
          zeroCount: 0,
          positiveSpans: [{ offset: 0, length: 2 }],
          positiveBuckets: [1, 2],
          negativeSpans: [],
          negativeBuckets: [],
          counterResetHint: "unknown",
        },
      ],
    };
    const path = file("export.jsonl", JSON_LINES.writer().series(series));
    expect(await imported(path, at)).toMatchObject({ sent: 5, refused: {} });
    const [found] = at.shard.core.reads.select({ matchers: [{ name: "job", op: "=", value: "x" }], startMs: 0, endMs: Infinity });
    expect(found?.timestamps).toEqual(series.timestamps);
    expect(found?.values).toEqual(series.values);
    expect(found?.histograms?.[4]).toEqual(series.histograms?.[4]);
    expect(at.shard.core.reads.metadata("odd", 1)).toEqual([{ metric: "odd", type: "gauge", unit: "volts", help: 'of "it"' }]);
    const stale = readJsonLine('{"metric":{"__name__":"a"},"values":[null,"NaN"],"timestamps":[1,2]}');
    if (typeof stale === "string") throw new Error(stale);
    expect([...stale.values].map(isStale)).toEqual([true, false]);
  });

  it("what a token may not bring behind live samples an administrator's may, in a second run", async () => {
    const at = server();
    await at.shard.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "up" }, [[NOON, 9]])));
    const path = file("past.prom", `up 1 ${NOON - 3_600_000}\n`);
    at.owner = "scraper";
    expect((await imported(path, at)).refused).toMatchObject({
      too_old: { samples: 1, parts: 0, message: expect.stringContaining("administrator") as string },
    });
    at.owner = null;
    const [source] = await openSources(path, null);
    if (source === undefined) throw new Error("no source");
    expect(await importSource(source, { ...ADDRESS, token: "admin" }, at.ports, () => undefined)).toMatchObject({ sent: 1, refused: {} });
    expect(stored(at.shard.core, "up")).toEqual([
      [NOON - 3_600_000, 1],
      [NOON, 9],
    ]);
  });

  it("what was refused is refused again, or taken if its cause has gone: nothing of such a run counts as there", async () => {
    const at = server();
    const ahead = file("ahead.prom", `ahead{n="1"} 1 ${NOON}\nahead{n="2"} 2 ${NOON + 11 * 60_000}\n`);
    for (let run = 0; run < 2; run++)
      expect(await imported(ahead, at)).toMatchObject({ sent: 2, alreadyThere: 0, refused: { too_new: { samples: 1 } } });
    at.shard.now += 2 * 60_000;
    expect(await imported(ahead, at)).toEqual({ sent: 2, alreadyThere: 0, refused: {} });
    expect(stored(at.shard.core, "ahead")).toHaveLength(2);
    expect(await imported(ahead, at)).toEqual({ sent: 0, alreadyThere: 2, refused: {} });
  });

  it("a run that was refused samples and broke off later is gone through again as a whole", async () => {
    const at = server();
    const path = file("ancient.prom", `ancient 1 ${NOON - 40 * 24 * HOUR}\n${large()}`);
    at.instead.push(
      () => null,
      () => null,
      () => null,
      () => new Response("no", { status: 403 }),
    );
    await expect(imported(path, at)).rejects.toThrow(ImportStopped);
    expect(stored(at.shard.core, "load").length).toBe(99_999);
    expect(await imported(path, at)).toMatchObject({ sent: 250_001, alreadyThere: 0, refused: { too_old: { samples: 1 } } });
    expect(stored(at.shard.core, "load").length).toBe(250_000);
  });

  it("samples that the server refuses are named by its code", async () => {
    const at = server();
    const outcome = await imported(file("old.prom", `old 1 ${NOON - 40 * 24 * HOUR}\nold 2 ${NOON}\nold 3 ${NOON - HOUR}\n`), at);
    expect(outcome.refused).toEqual({ too_old: { samples: 1, parts: 0, message: expect.stringContaining("retention") as string } });
    expect(stored(at.shard.core, "old")).toEqual([
      [NOON - HOUR, 3],
      [NOON, 2],
    ]);
  });

  it("an import that broke off goes on where it was, and one that is done sends nothing", async () => {
    const at = server();
    const path = file("large.prom", large());
    at.instead.push(
      () => null,
      () => null,
      () => new Response("no", { status: 403 }),
    );
    await expect(imported(path, at)).rejects.toThrow(ImportStopped);
    const first = stored(at.shard.core, "load").length;
    expect(first).toBe(100_000);
    expect(await imported(path, at)).toEqual({ sent: 150_000, alreadyThere: 100_000, refused: {} });
    expect(stored(at.shard.core, "load").length).toBe(250_000);
    const before = at.requests;
    expect(await imported(path, at)).toEqual({ sent: 0, alreadyThere: 250_000, refused: {} });
    expect(at.requests).toBe(before + 1);
  });

  it("a server that is not there for a while costs nothing but time; a lost answer doubles nothing", async () => {
    const at = server();
    const path = file("large.prom", large());
    const busy = () => new Response("later", { status: 503, headers: { "retry-after": "1" } });
    const gone = (): Response => {
      throw new TypeError("fetch failed");
    };
    at.instead.push(
      busy,
      gone,
      () => null,
      gone,
      busy,
      () => null,
      gone,
    );
    const real = at.ports.fetch;
    let lost = false;
    const ports = {
      ...at.ports,
      fetch: async (...[url, init]: Parameters<typeof fetch>) => {
        const answer = await real(url, init);
        if (!lost && answer.ok && at.requests > 8) {
          lost = true;
          throw new TypeError("the answer was lost");
        }
        return answer;
      },
    };
    expect(await imported(path, { ...at, ports })).toEqual({ sent: 250_000, alreadyThere: 0, refused: {} });
    expect(lost).toBe(true);
    expect(stored(at.shard.core, "load").length).toBe(250_000);
  });

  it("nobody misses an import that is over", async () => {
    const at = server();
    await imported(file("a.prom", `a 1 ${NOON}\n`), at);
    at.shard.now += HOUR;
    expect(stored(at.shard.core, "sightline_sender_silence_seconds")).toEqual([]);
  });

  it("what lies in a Prometheus's write-ahead log alone is told, as it is not read", () => {
    expect(hasUnreadLog(directory)).toBe(false);
    mkdirSync(join(directory, "wal", "checkpoint.00000001"), { recursive: true });
    expect(hasUnreadLog(directory)).toBe(false);
    file("wal/00000002", "");
    expect(hasUnreadLog(directory)).toBe(true);
    expect(hasUnreadLog(file("dump.prom", ""))).toBe(false);
  });

  it("lines of text are read as Prometheus reads them", () => {
    for (const [line, labels, value, time] of [
      ["up 1", { __name__: "up" }, 1, null],
      ["up{} 1 2", { __name__: "up" }, 1, 2],
      ['up { a = "b" , } -Inf 3', { __name__: "up", a: "b" }, -Infinity, 3],
      [String.raw`{"my.metric","a.b"="c\nd"} 1e-5 4.5`, { __name__: "my.metric", "a.b": "c\nd" }, 1e-5, 4.5],
      ['a:b{c="}{,"}\t2\t5', { __name__: "a:b", c: "}{," }, 2, 5],
    ] as const) {
      expect(readTextSample(line)).toEqual({ labels, value, time });
    }
    for (const line of ["{} 1", 'up{a="b} 1', "up{a} 1", "up", "up 1 soon", 'up{a="b"c="d"} 1'])
      expect(readTextSample(line)).toBeTypeOf("string");
  });
});
