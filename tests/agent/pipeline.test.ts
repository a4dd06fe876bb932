import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SampleBatch } from "@sightline/shared/model/sample";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { agentCommand } from "../../agent/src/cli/agent-command.ts";
import { silentLog } from "../../agent/src/log.ts";
import { type IngestPipeline, createIngestPipeline } from "../../agent/src/transport/ingest-pipeline.ts";
import { until } from "../support/until.ts";
import { FakeServer } from "./fake-server.ts";

let directory: string;
let server: FakeServer;
let open: IngestPipeline[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "sightline-pipeline-"));
  server = new FakeServer();
  open = [];
  await server.listen();
});
afterEach(async () => {
  server.mute = false;
  await Promise.all(open.map((pipeline) => pipeline.close()));
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

const pipelineTo = (url: string, spoolDir: string | undefined = directory): IngestPipeline => {
  const pipeline = createIngestPipeline({ url, token: "sl_default_secret", log: silentLog, ...(spoolDir === "" ? {} : { spoolDir }) });
  open.push(pipeline);
  return pipeline;
};
const sample = (value: number, name = "m"): SampleBatch => ({
  series: [
    {
      labels: { __name__: name },
      metadata: { type: "gauge", unit: "", help: "" },
      temporality: "cumulative",
      timestamps: Float64Array.of(1_700_000_000_000 + value),
      values: Float64Array.of(value),
    },
  ],
});
const pushed = (pipeline: IngestPipeline, from: number, to: number): void => {
  for (let value = from; value <= to; value++) pipeline.push(sample(value, `m${value % 5}`));
};
const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

describe.each([
  ["on disk", true],
  ["in memory", false],
])("a pipeline with its spool %s", (_, disk) => {
  const connect = (): IngestPipeline => pipelineTo(server.url, disk ? directory : "");

  test("sends every sample once, in order, with its token", async () => {
    pushed(connect(), 1, 50);
    await server.until(() => server.taken.length === 50);
    expect(server.taken).toEqual(upTo(50));
    expect(server.tokens[0]).toBe("Bearer sl_default_secret");
  });

  test("after a cut connection goes on where the server says, with nothing lost and nothing twice", async () => {
    const pipeline = connect();
    pushed(pipeline, 1, 20);
    await server.until(() => server.taken.length >= 5);
    server.cut();
    pushed(pipeline, 21, 40);
    await server.until(() => server.taken.length === 40);
    expect(server.taken).toEqual(upTo(40));
  });

  test("frames taken but never acknowledged are not stored twice", async () => {
    const pipeline = connect();
    server.mute = true;
    pushed(pipeline, 1, 10);
    await server.until(() => server.taken.length === 10);
    server.mute = false;
    server.cut();
    pushed(pipeline, 11, 15);
    await server.until(() => server.taken.length === 15);
    expect(server.taken).toEqual(upTo(15));
  });

  test("never has more frames under way than the server's window", async () => {
    server.window = 4;
    server.mute = true;
    const pipeline = connect();
    pushed(pipeline, 1, 20);
    await server.until(() => server.taken.length === 4);
    expect(pipeline.counters.framesSent).toBe(4);
  });

  test("a server whose object slept and lost the dictionary gets it again on the same connection", async () => {
    const pipeline = connect();
    pushed(pipeline, 1, 10);
    await server.until(() => server.taken.length === 10);
    server.hibernate();
    pushed(pipeline, 11, 20);
    await server.until(() => server.taken.length === 20);
    expect(server.taken).toEqual(upTo(20));
    expect(server.tokens).toHaveLength(1);
  });

  test("a frame the server refuses for good is set aside and counted, and the others go on", async () => {
    server.refuse = (_, value) => (value === 3 ? "malformed" : null);
    const pipeline = connect();
    pushed(pipeline, 1, 6);
    await server.until(() => server.taken.length === 5);
    expect(server.taken).toEqual([1, 2, 4, 5, 6]);
    expect(pipeline.status().setAsideFrames).toBe(1);
  });

  test("a frame damaged on its way once is sent again and taken", async () => {
    let damaged = 0;
    server.refuse = (_, value) => (value === 3 && damaged++ === 0 ? "checksum_mismatch" : null);
    pushed(connect(), 1, 6);
    await server.until(() => server.taken.length === 6);
    expect(server.taken).toEqual(upTo(6));
  });

  test("a proxy that refuses to upgrade is passed over HTTP with the same frames", async () => {
    server.upgradeStatus = 426;
    pushed(connect(), 1, 10);
    await server.until(() => server.taken.length === 10);
    expect(server.taken).toEqual(upTo(10));
    expect(server.posts).toBeGreaterThan(0);
  });

  test("a series no server would take is left out and counted; the rest of its batch goes", async () => {
    const pipeline = connect();
    pipeline.push({
      series: [
        ...sample(7).series.map((series) => ({ ...series, labels: { __name__: "m", long: "x".repeat(2000) } })),
        ...sample(1).series,
      ],
    });
    await server.until(() => server.taken.length === 1);
    expect(server.taken).toEqual([1]);
    expect(pipeline.counters.rejected.get("label_value_too_long")).toBe(1);
  });
});

describe("a pipeline with its spool on disk", () => {
  test("keeps samples while the server is away and sends them once when a new process finds it", async () => {
    const away = pipelineTo("http://127.0.0.1:9");
    pushed(away, 1, 30);
    await away.close();
    const back = pipelineTo(server.url);
    pushed(back, 31, 40);
    await server.until(() => server.taken.length === 40);
    expect(server.taken).toEqual(upTo(40));
    expect(server.senders).toEqual(new Set([away.sender]));
  });

  test.each([20, 3])(
    "what is gathered beside a spool that is older than what the server has is sent all the same: %d frames",
    async (gathered) => {
      const copy = mkdtempSync(join(tmpdir(), "sightline-copy-"));
      let sent = 0;
      const run = async (frames: number): Promise<void> => {
        const pipeline = pipelineTo(server.url);
        pushed(pipeline, sent + 1, sent + frames);
        sent += frames;
        await server.until(() => server.taken.length === sent);
        await pipeline.close();
      };
      await run(5);
      cpSync(directory, copy, { recursive: true });
      await run(10);
      rmSync(directory, { recursive: true });
      cpSync(copy, directory, { recursive: true });
      rmSync(copy, { recursive: true });
      await run(gathered);
      await run(4);
      expect(server.taken).toEqual(upTo(sent));
    },
  );

  test("two machines that were made of one image are two senders", async () => {
    const start = async (host: string, spoolDir: string): Promise<string> => {
      const resource = { host_name: host };
      const pipeline = createIngestPipeline({ url: server.url, token: "t", log: silentLog, spoolDir, resource });
      await pipeline.close();
      return pipeline.sender;
    };
    const image = await start("golden", directory);
    const copy = `${directory}-copy`;
    cpSync(directory, copy, { recursive: true });
    try {
      const senders = [image, await start("vm-a", directory), await start("vm-b", copy)];
      expect(new Set(senders).size).toBe(3);
      expect(await start("vm-a", directory)).toBe(senders[1]);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });

  test("a server that was restored from yesterday gets again what is not archived", async () => {
    server.archives = false;
    const pipeline = pipelineTo(server.url);
    pushed(pipeline, 1, 10);
    await server.until(() => server.taken.length === 10);
    server.taken.length = 4;
    server.state = { epoch: server.state?.epoch ?? "", durableSeq: 4 };
    server.cut();
    await server.until(() => server.taken.length === 10);
    expect(server.taken).toEqual(upTo(10));
  });

  test("a wrong token is tried again, not for ever hammered: one attempt, then a long wait, and samples are kept", async () => {
    server.upgradeStatus = 401;
    const pipeline = pipelineTo(server.url);
    pushed(pipeline, 1, 3);
    await server.until(() => server.tokens.length === 1);
    expect(pipeline.status().frames).toBe(3);
    expect(server.posts).toBe(0);
  });

  test("a directory that cannot be used costs the disk, not the samples", async () => {
    pushed(pipelineTo(server.url, "/dev/null/spool"), 1, 5);
    await server.until(() => server.taken.length === 5);
    expect(server.taken).toEqual(upTo(5));
  });

  test("a second process with the same directory keeps its samples in memory, under another name, and says so", async () => {
    const first = pipelineTo(server.url);
    const said: string[] = [];
    const log = { ...silentLog, warn: (line: string) => void said.push(line) };
    const second = createIngestPipeline({ url: "http://127.0.0.1:9", token: null, spoolDir: directory, log });
    open.push(second);
    expect(second.sender).not.toBe(first.sender);
    expect(said).toEqual([expect.stringContaining(`${directory} is in use by process ${process.pid}`)]);
    pushed(second, 1, 5);
    pushed(first, 6, 10);
    await server.until(() => server.taken.length === 5);
    expect(server.taken).toEqual([6, 7, 8, 9, 10]);
    expect(second.status()).toMatchObject({ frames: 5, droppedFrames: 0 });
    await first.close();
    expect(pipelineTo(server.url).sender).toBe(first.sender);
  });

  test.each([
    ["a process that was killed", JSON.stringify({ pid: 2 ** 30, startedAt: null, namespace: "", bootedAt: 0 })],
    ["a process whose number another has by now", JSON.stringify({ pid: process.pid, startedAt: "1", namespace: "", bootedAt: 0 })],
    ["a full disk", ""],
  ])("what %s left of its hold is taken over", (_, left) => {
    writeFileSync(join(directory, "in-use"), left);
    const said: string[] = [];
    const log = { ...silentLog, warn: (line: string) => void said.push(line) };
    open.push(createIngestPipeline({ url: "http://127.0.0.1:9", token: null, spoolDir: directory, log }));
    expect(said).toEqual([]);
    expect(JSON.parse(readFileSync(join(directory, "in-use"), "utf8"))).toMatchObject({ pid: process.pid });
    expect(readdirSync(directory).filter((name) => name.startsWith("in-use"))).toEqual(["in-use"]);
  });

  test.skipIf(process.platform !== "linux")("what a process left is taken over that was killed and not yet waited for", async () => {
    // What the shell becomes waits for none of its children.
    const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 30"], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [line] = (await once(parent.stdout, "data")) as [Buffer];
      const pid = Number(line);
      let fields: readonly string[] = [];
      await until("the process has ended", 30_000, () => {
        fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
        return fields[0] === "Z";
      });
      const namespace = readlinkSync("/proc/self/ns/pid");
      writeFileSync(join(directory, "in-use"), JSON.stringify({ pid, startedAt: fields[19], namespace, bootedAt: 0 }));
      const said: string[] = [];
      const log = { ...silentLog, warn: (text: string) => void said.push(text) };
      open.push(createIngestPipeline({ url: "http://127.0.0.1:9", token: null, spoolDir: directory, log }));
      expect(said).toEqual([]);
    } finally {
      parent.kill();
    }
  });

  test("a hold that a process of another container took over stays when this one ends", async () => {
    const pipeline = createIngestPipeline({ url: "http://127.0.0.1:9", token: null, spoolDir: directory, log: silentLog });
    const path = join(directory, "in-use");
    const other = JSON.stringify({ pid: process.pid, startedAt: "1", namespace: "pid:[1]", bootedAt: 0 });
    rmSync(path);
    writeFileSync(path, other);
    await pipeline.close();
    expect(readFileSync(path, "utf8")).toBe(other);
  });

  test("samples that the server refuses are said once, with what to do", async () => {
    const said: string[] = [];
    const log = { ...silentLog, warn: (line: string) => void said.push(line) };
    server.rejected = { too_new: 2 };
    const pipeline = createIngestPipeline({ url: server.url, token: null, log });
    open.push(pipeline);
    pushed(pipeline, 1, 5);
    await until("every ACK has come", 30_000, () => pipeline.counters.rejected.get("too_new") === 10);
    expect(said).toEqual([expect.stringMatching(/refuses samples of this sender: 2 so far as too_new, .* set the clock of this machine/)]);
  });

  test("frames that memory had no room for are told with the first, and all when the server is there again", async () => {
    const { port } = new URL(server.url);
    await server.close();
    const said: string[] = [];
    const log = { ...silentLog, warn: (line: string) => void said.push(line) };
    const pipeline = createIngestPipeline({ url: `http://127.0.0.1:${port}`, token: null, log, maxBytes: 1000 });
    open.push(pipeline);
    pushed(pipeline, 1, 200);
    const { frames } = pipeline.status();
    const dropped = (): readonly string[] => said.filter((line) => line.includes("dropped"));
    const first = "the oldest frame was dropped before the server had them: memory for more is not kept; their samples are lost";
    expect(dropped()).toEqual([first]);
    await server.listen(Number(port));
    await server.until(() => server.taken.length === frames);
    expect(dropped()).toEqual([
      first,
      `the oldest ${199 - frames} frames were dropped before the server had them: memory for more is not kept; their samples are lost`,
    ]);
  });

  test("frames that memory had no room for are told at the end where the server never answers", async () => {
    const said: string[] = [];
    const log = { ...silentLog, warn: (line: string) => void said.push(line) };
    const pipeline = createIngestPipeline({ url: "http://127.0.0.1:9", token: null, log, maxBytes: 1000 });
    pushed(pipeline, 1, 200);
    const { droppedFrames } = pipeline.status();
    await pipeline.close(1);
    expect(said.filter((line) => line.includes("dropped")).map((line) => /\d+ frames|frame was/.exec(line)?.[0])).toEqual([
      "frame was",
      `${droppedFrames - 1} frames`,
    ]);
  });

  test("an agent ends with a word where another has its spool", async () => {
    pipelineTo("http://127.0.0.1:9");
    const said: string[] = [];
    const io = { out: () => undefined, err: (text: string) => void said.push(text), environment: {}, signal: AbortSignal.abort() };
    expect(await agentCommand(["--spool-dir", directory, "--url", "http://127.0.0.1:9"], io)).toBe(2);
    expect(said.join("")).toMatch(
      /^sightline agent: the spool directory .* is in use by process \d+: stop that one, or give each its own --spool-dir/,
    );
  });

  test("segments the server has archived are removed", async () => {
    const pipeline = pipelineTo(server.url);
    pushed(pipeline, 1, 5);
    await server.until(() => server.taken.length === 5);
    await pipeline.close();
    const again = pipelineTo(server.url);
    pushed(again, 6, 6);
    await server.until(() => server.taken.length === 6);
    await again.close();
    expect(readdirSync(directory).filter((name) => name.endsWith(".segment"))).toHaveLength(1);
  });
});
