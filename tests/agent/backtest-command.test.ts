import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BacktestResponse } from "@sightline/shared/api/backtest";
import { afterAll, beforeAll, expect, test } from "vitest";
import { backtestCommand } from "../../agent/src/cli/backtest-command.ts";

const answer: BacktestResponse = {
  start: Date.UTC(2026, 10, 14),
  end: Date.UTC(2026, 10, 21),
  rules: [
    {
      rule: "Busy",
      group: "g",
      count: 0,
      totalDurationMs: 0,
      fired: [],
      overlapping: 0,
      noise: { short: 0, shortMs: 120_000, flapping: 0, share: 0 },
      suggestion: null,
    },
  ],
  alerts: [],
  warnings: ["AgentSilent looks at what is known at the moment only"],
};
const stored = {
  groups: [
    {
      name: "g",
      intervalMs: 15_000,
      rules: [
        { name: "Busy", expr: "cpu > 0.8" },
        { name: "Calm", expr: "cpu < 0.1" },
      ],
    },
  ],
};
const asked: unknown[] = [];
const folder = mkdtempSync(join(tmpdir(), "sightline-backtest-"));
let url = "";

const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => (body += String(chunk)));
  request.on("end", () => {
    const wrong = body.includes("wrong");
    if (request.method === "POST") asked.push(JSON.parse(body));
    response.writeHead(wrong ? 400 : 200, { "content-type": "application/json" });
    response.end(
      JSON.stringify(wrong ? { code: "bad_rule", detail: "line 1, column 1: no." } : request.method === "POST" ? answer : stored),
    );
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" ? (address?.port ?? 0) : 0}`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

async function run(...argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const code = await backtestCommand([...argv, "--url", url, "--token", "t"], {
    out: (text) => (out += text),
    err: (text) => (err += text),
    environment: {},
    signal: new AbortController().signal,
  });
  return { code, out, err };
}

test("a rule file is tested over the past, beside another", async () => {
  const [file, other] = [join(folder, "rules.yml"), join(folder, "other.yml")];
  writeFileSync(file, "alert: Busy\nexpr: cpu > 0.8\n");
  writeFileSync(other, "alert: Busy\nexpr: cpu > 0.9\n");
  const { code, out } = await run(file, "--since", "2d", "--compare", other);
  expect(code).toBe(0);
  expect(asked.at(-1)).toEqual({ rules: "alert: Busy\nexpr: cpu > 0.8\n", since: "2d", compare: "alert: Busy\nexpr: cpu > 0.9\n" });
  expect(out).toContain("g / Busy: would have fired 0 times.");
  expect(out).toContain("Warning: AgentSilent looks at");
});

test("a rule of the project is tested by its name", async () => {
  expect((await run("Busy")).code).toBe(0);
  expect(asked.at(-1)).toMatchObject({ rules: { groups: [{ name: "g", rules: [{ name: "Busy" }] }] }, since: "7d" });
  const unknown = await run("Nobody");
  expect(unknown.code).toBe(2);
  expect(unknown.err).toContain('no file and no rule of the project named "Nobody"');
});

test("what the server refuses is said in its words", async () => {
  const file = join(folder, "wrong.yml");
  writeFileSync(file, "wrong: true\n");
  const { code, err } = await run(file);
  expect(code).toBe(1);
  expect(err).toContain("line 1, column 1: no.");
});
