import { createServer } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { capacityCommand } from "../../agent/src/cli/capacity-command.ts";

const asked: string[] = [];
let url = "";

const server = createServer((request, response) => {
  asked.push(request.url ?? "");
  const wrong = request.url?.includes("kind=love") === true;
  response.writeHead(wrong ? 400 : 200, { "content-type": "application/json" });
  const empty = {
    resources: [],
    end: 0,
    text: "No bounded resource was found.",
    currency: "USD",
    costPerMonth: 0,
    savingPerMonth: 0,
    left: 0,
    warnings: [],
  };
  response.end(JSON.stringify(wrong ? { code: "bad_request", detail: "kind is one of disk." } : empty));
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" ? (address?.port ?? 0) : 0}`;
});
afterAll(() => void server.close());

async function run(...argv: string[]) {
  let out = "";
  let err = "";
  const io = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    environment: {},
    signal: new AbortController().signal,
  };
  const code = await capacityCommand([...argv, "--url", url, "--token", "sl_p_t"], io);
  return { code, out, err };
}

test("scenarios reach the server, a negative number of hosts too", async () => {
  const answer = await run("--traffic", "2", "--hosts", "-1", "--retention", "14d", "--retention-now", "30d");
  expect(answer).toEqual({ code: 0, out: "No bounded resource was found.\n", err: "" });
  expect(asked.at(-1)).toBe("/v1/capacity?traffic=2&hosts=-1&retention=14d&retentionNow=30d");
});

test("what the server refuses is said; a flag nobody knows ends with the usage", async () => {
  expect(await run("--kind", "love")).toMatchObject({ code: 1, err: "sightline capacity: kind is one of disk.\n" });
  expect(await run("--nonsense")).toMatchObject({ code: 2, err: expect.stringContaining("--hosts -1") as string });
});
