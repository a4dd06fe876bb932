import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { gzipSync } from "node:zlib";
import { residentMB } from "../support/processes.ts";
import { instant } from "../support/prometheus.ts";
import { discard, startStack } from "../support/stack.ts";
import type { Stack } from "../support/stack.ts";

interface Refusal {
  readonly status: number;
  readonly body: string;
}

const MB = 1 << 20;

/** Sends a body of the given size without ever holding it whole; resolves with the answer, however early it comes. */
function stream(stack: Stack, path: string, bytes: number, announce: boolean): Promise<Refusal> {
  return new Promise((resolve, reject) => {
    const chunk = Buffer.alloc(MB, 0x20);
    const request = httpRequest(`${stack.url}${path}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${stack.token}`,
        "content-type": "application/json",
        ...(announce ? { "content-length": bytes } : {}),
      },
    });
    let answered = false;
    request.on("response", (response) => {
      answered = true;
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => (body += text));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, body });
        request.destroy();
      });
    });
    // Once it has refused, the server may close on what is still coming.
    request.on("error", (error) => {
      if (!answered) reject(error);
    });
    let sent = 0;
    const write = (): void => {
      if (answered || sent >= bytes) {
        request.end();
        return;
      }
      sent += MB;
      if (request.write(chunk)) setImmediate(write);
      else request.once("drain", write);
    };
    write();
  });
}

async function answer(response: Response): Promise<Refusal> {
  return { status: response.status, body: await response.text() };
}

function refusedWith({ status, body }: Refusal, expectedStatus: number, code: RegExp, sentence: RegExp): void {
  assert.equal(status, expectedStatus, body);
  const problem = JSON.parse(body) as Record<string, string>;
  assert.match(problem["code"] ?? problem["errorType"] ?? "", code, body);
  assert.match(problem["detail"] ?? problem["error"] ?? "", sentence, body);
}

/** Each bad request of the book, against bare workerd: the right status, a stable code, a sentence that helps. */
export async function hostileRequests(): Promise<string> {
  const stack = await startStack({ args: ["--no-agent"] });
  try {
    const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
      stack.request("/api/v1/ingest", { method: "POST", body, headers: { "content-type": "application/json", ...headers } }).then(answer);
    const sample = (value: string) => `{"metrics":[{"name":"m","type":"gauge","value":${value}}]}`;

    refusedWith(
      await answer(await fetch(`${stack.url}/v1/alerts`, { headers: { authorization: "Bearer sl_default_wrong" } })),
      401,
      /^unauthenticated|invalid_token|unauthorized$/,
      /token/i,
    );
    refusedWith(await answer(await fetch(`${stack.url}/v1/alerts`)), 401, /./, /token/i);
    refusedWith(await answer(await stack.request("/v1/nowhere")), 404, /^unknown_route$/, /.{20}/);
    refusedWith(await post('{"metrics": [{"name": }'), 400, /./, /.{20}/);
    refusedWith(await post(sample("NaN")), 400, /./, /.{20}/);
    refusedWith(await post(sample('"NaN"')), 400, /./, /value/);
    refusedWith(await stream(stack, "/api/v1/ingest", 100 * MB, true), 413, /too_large/, /MB|bytes/);
    refusedWith(await stream(stack, "/api/v1/ingest", 100 * MB, false), 413, /too_large/, /MB|bytes/);
    const bomb = gzipSync(Buffer.alloc(512 * MB, 0x20));
    assert.ok(bomb.length < MB, "the bomb is small on the wire");
    refusedWith(await post(bomb, { "content-encoding": "gzip" }), 413, /too_large/, /MB|bytes/);
    refusedWith(await post(Buffer.from("not gzip"), { "content-encoding": "gzip" }), 400, /./, /gzip/);
    refusedWith(await post(sample("1"), { "content-encoding": "br" }), 415, /./, /br/);
    refusedWith(await answer(await stack.request(`/api/v1/query?query=${encodeURIComponent("sum(")}`)), 400, /bad_data/, /parse error/);

    const memory = residentMB(stack.workerdPid());
    assert.ok(memory < 500, `workerd takes ${memory.toFixed(0)} MB after the attacks`);
    assert.equal((await post(sample("42"))).status, 200);
    assert.equal((await instant(stack, "m"))[0]?.value[1], "42");
    return `12 refusals, workerd at ${memory.toFixed(0)} MB afterwards`;
  } finally {
    await stack.stop();
    discard(stack);
  }
}
