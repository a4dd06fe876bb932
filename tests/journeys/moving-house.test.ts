import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { instant } from "../support/prometheus.ts";
import { type Stack, discard, repository, startStack } from "../support/stack.ts";

const missing = spawnSync("promtool", ["--version"]).error === undefined ? null : "promtool is not installed (Debian package prometheus)";
if (missing !== null) process.stdout.write(`the move from a real Prometheus is not tested: ${missing}\n`);

const STEP_MS = 15_000;
const SAMPLES = 2000;
const SERIES = 25;

let stack: Stack;
let directory: string;

beforeAll(async () => {
  stack = await startStack({ args: ["--no-agent"] });
  directory = mkdtempSync(join(tmpdir(), "sightline-move-"));
}, 90_000);

afterAll(async () => {
  await stack.stop();
  discard(stack);
  rmSync(directory, { recursive: true, force: true });
}, 30_000);

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The command as it is shipped, against the stack. */
async function sightline(...args: readonly string[]): Promise<Ended> {
  const command = [join(repository, "dist/agent/sightline.mjs"), "import", ...args, "--url", stack.url];
  const child = spawn(process.execPath, command, { env: { ...process.env, SIGHTLINE_TOKEN: stack.token } });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, out, err };
}

const exported = async (format: string, selector: string): Promise<string> =>
  (await stack.request(`/v1/export?format=${format}&match[]=${encodeURIComponent(selector)}`)).text();

describe("moving house", () => {
  const end = Math.floor(Date.now() / STEP_MS) * STEP_MS - 3_600_000;
  const valueOf = (s: number, i: number): number => (s % 2 === 0 ? i * s : Math.sin(i / 10) * 10 ** (s - 12));

  it.skipIf(missing !== null)(
    "the blocks of a real Prometheus come in whole, once, and can be taken out again bit by bit",
    async () => {
      let dump = "# TYPE history gauge\n";
      for (let s = 0; s < SERIES; s++) {
        for (let i = 0; i < SAMPLES; i++)
          dump += `history{series="${s}"} ${valueOf(s, i)} ${((end - (SAMPLES - i) * STEP_MS) / 1000).toFixed(3)}\n`;
      }
      writeFileSync(join(directory, "dump.om"), `${dump}# EOF\n`);
      const data = join(directory, "data");
      const made = spawnSync("promtool", ["tsdb", "create-blocks-from", "openmetrics", join(directory, "dump.om"), data], {
        encoding: "utf8",
      });
      expect(made.status, made.stderr).toBe(0);

      const first = await sightline(data);
      expect(first).toMatchObject({ code: 0, err: "" });
      const sent = [...first.out.matchAll(/: ([\d,]+) samples sent, 0 refused/g)].reduce(
        (sum, [, n]) => sum + Number(n?.replaceAll(",", "")),
        0,
      );
      expect(sent).toBe(SERIES * SAMPLES);
      expect((await instant(stack, "count(history)", end / 1000))[0]?.value[1]).toBe(String(SERIES));
      const again = await sightline(data);
      expect(again.code).toBe(0);
      expect(again.out).toMatch(/: 0 samples sent, [\d,]+ there from a run before, 0 refused/);

      const samples = new Map<string, [number, number][]>();
      for (const line of (await exported("json", "history")).trim().split("\n")) {
        const { metric, timestamps, values } = JSON.parse(line) as { metric: { series: string }; timestamps: number[]; values: number[] };
        const list = samples.get(metric.series) ?? [];
        samples.set(metric.series, list);
        for (const [i, t] of timestamps.entries()) list.push([t, values[i] ?? Number.NaN]);
      }
      expect(samples.size).toBe(SERIES);
      for (let s = 0; s < SERIES; s++) {
        const wanted = Array.from({ length: SAMPLES }, (_, i) => [end - (SAMPLES - i) * STEP_MS, valueOf(s, i)]);
        expect(samples.get(String(s))).toEqual(wanted);
      }
      // What promtool reads, it wrote: the text of the export makes the same blocks again.
      const text = await exported("prometheus", 'history{series="3"}');
      expect(text.split("\n").filter((line) => line.startsWith("history")).length).toBe(SAMPLES);
    },
    60_000,
  );

  it("an export comes back into a server as it left", async () => {
    const now = Date.now();
    const lines = Array.from(
      { length: 500 },
      (_, i) => `{"metric":{"__name__":"moved","n":"${i % 5}"},"timestamps":[${now - 60_000 + i}],"values":[${i / 3}]}`,
    );
    const path = join(directory, "moved.jsonl");
    writeFileSync(path, `${lines.join("\n")}\n`);
    expect((await sightline(path)).code).toBe(0);
    const read = (text: string) =>
      text
        .trim()
        .split("\n")
        .flatMap((line) => {
          const { metric, timestamps, values } = JSON.parse(line) as { metric: { n: string }; timestamps: number[]; values: number[] };
          return timestamps.map((t, i) => `${metric.n} ${t} ${values[i] ?? ""}`);
        })
        .sort();
    expect(read(await exported("json", "moved"))).toEqual(read(lines.join("\n")));
  });

  it("what is refused is told with its reason and in the exit code; what cannot begin ends with 2 or 1", async () => {
    const path = join(directory, "old.prom");
    writeFileSync(path, `fresh 1 ${Date.now()}\nancient 1 1000000000000\nno_time 1\n`);
    const refused = await sightline(path);
    expect(refused.code).toBe(1);
    expect(refused.out).toContain("refused 1 too_old: older than the retention");
    expect(refused.out).toContain("refused 1 no_time: line 3");
    expect(await sightline()).toMatchObject({ code: 2, err: expect.stringContaining("say what to import") });
    expect(await sightline(join(directory, "nothing"))).toMatchObject({ code: 1, err: expect.stringContaining("there is nothing at") });
    const other = await sightline(path, "--token", "sl_default_wrong");
    expect(other).toMatchObject({ code: 1, err: expect.stringContaining("the server answered 401") });
  });
});
