import assert from "node:assert/strict";
import { type Server, type ServerResponse, createServer } from "node:http";
import type { ChannelHealth, DeadLetter } from "@sightline/shared/api/receiver-responses";
import { isAlive } from "../support/processes.ts";
import { ingest } from "../support/prometheus.ts";
import { type Stack, discard, freePort, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";
import { type Answer, type VendorRequest, answering, breakingOff, hanging } from "../support/vendor-server.ts";
import type { FaultOptions } from "./fault-options.ts";

/** What a receiver does that is not there for its senders; `null`: nothing listens. */
const TROUBLES: Readonly<Record<string, Answer | null>> = {
  down: null,
  hanging,
  "breaking off": breakingOff,
  "answering 500": answering(500, "oops"),
  "answering 429": answering(429, "slow down", { "retry-after": "1" }),
};

interface WebhookBody {
  readonly alerts: readonly { readonly status: "firing" | "resolved"; readonly labels: Readonly<Record<string, string>> }[];
}

/** A webhook at one address that comes and goes, and remembers what it took. */
class FlakyReceiver {
  readonly #port: number;
  #server: Server | null = null;
  #answer: Answer | null = null;
  /** Requests since the last change of mind. */
  asked = 0;
  /** `host status`, in the order in which they were taken. */
  readonly taken: string[] = [];

  constructor(port: number) {
    this.#port = port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async become(answer: Answer | null): Promise<void> {
    this.#answer = answer;
    this.asked = 0;
    const old = this.#server;
    this.#server = null;
    if (old !== null) {
      const closed = new Promise((resolve) => old.close(resolve));
      old.closeAllConnections();
      await closed;
    }
    if (answer === null) return;
    const server = createServer((request, response) => {
      let text = "";
      request.setEncoding("utf8");
      request.on("data", (chunk: string) => (text += chunk));
      request.on("end", () => this.#take(text, response));
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
  }

  #take(text: string, response: ServerResponse): void {
    this.asked++;
    const body = JSON.parse(text) as WebhookBody;
    if (this.#answer === well) for (const { status, labels } of body.alerts) this.taken.push(`${labels["host"] ?? ""} ${status}`);
    const request: VendorRequest = { path: "/", headers: {}, text, body, faults: [], at: Date.now() };
    this.#answer?.(response, request);
  }
}

const well = answering(200, "");

const put = (stack: Stack, path: string, body: unknown): Promise<unknown> =>
  stack.json(path, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

async function kill(stack: Stack): Promise<void> {
  const pid = stack.workerdPid();
  process.kill(pid, "SIGKILL");
  await until("workerd is gone", 5_000, () => !isAlive(pid));
  await until(
    "workerd is back",
    20_000,
    async () => stack.workerdPid() !== pid && (await stack.request("/readyz").catch(() => null))?.ok === true,
  );
}

/**
 * A receiver is away in every way there is, each time with workerd killed outright while messages wait for it. Once it
 * is back it hears of every alert, firing before resolved, and nothing is a dead letter.
 */
export async function absentReceiver({ smoke }: FaultOptions): Promise<string> {
  // Twenty groups at most: more that wait are told in one message, which counts what began and ended meanwhile.
  const hostsEach = smoke ? 3 : 4;
  const receiver = new FlakyReceiver(await freePort());
  const stack = await startStack({ args: ["--no-agent", "--allow-outbound", "127.0.0.0/8"] });
  const putReceiver = () => put(stack, "/v1/receivers/ops", { url: receiver.url });
  const waiting = async (): Promise<number> => {
    const { receivers } = await stack.json<{ receivers: readonly ChannelHealth[] }>("/v1/status");
    return receivers.find((channel) => channel.receiver === "ops")?.waiting ?? 0;
  };
  const say = (hosts: readonly string[], value: number) =>
    ingest(
      stack,
      hosts.map((host) => ({ name: "receiver_fault", type: "gauge", labels: { host }, value })),
    );
  try {
    await putReceiver();
    const routes = [
      { receiver: "ops", matchers: ['alertname="ReceiverFault"'], group_by: ["alertname", "host"], group_wait: "0s", group_interval: "1s" },
    ];
    await put(stack, "/v1/routes", { route: { receiver: "editor", routes } });
    const rules = [{ alert: "ReceiverFault", expr: "receiver_fault > 10", labels: { severity: "warning" } }];
    await put(stack, "/v1/rules", { groups: [{ name: "receiver-fault", rules }] });
    const all: string[] = [];
    for (const [trouble, answer] of Object.entries(TROUBLES)) {
      await receiver.become(answer);
      // Whoever was given up on is asked anew, so that each trouble is met.
      await putReceiver();
      const hosts = Array.from({ length: hostsEach }, (_, i) => `${trouble.replaceAll(" ", "-")}-${i}`);
      const before = await waiting();
      await say(hosts, 50);
      await until(`${trouble}: the news of what fires waits`, 20_000, async () => (await waiting()) >= before + hosts.length, 50);
      if (answer !== null) await until(`${trouble}: the receiver was asked`, 20_000, () => receiver.asked > 0, 20);
      await kill(stack);
      await say(hosts, 5);
      await until(`${trouble}: the news of its end waits`, 20_000, async () => (await waiting()) >= before + 2 * hosts.length, 50);
      all.push(...hosts);
    }
    assert.deepEqual(receiver.taken, []);
    await receiver.become(well);
    // What waits longest is tried after five minutes at most; that is for the long run.
    if (smoke) await putReceiver();
    const heard = (host: string): readonly string[] => [...new Set(receiver.taken.filter((line) => line.startsWith(`${host} `)))];
    await until("it has heard everything", smoke ? 30_000 : 420_000, () => all.every((host) => heard(host).length === 2), 50);
    for (const host of all) assert.deepEqual(heard(host), [`${host} firing`, `${host} resolved`]);
    await until("nothing waits", 20_000, async () => (await waiting()) === 0, 50);
    assert.deepEqual((await stack.json<{ deadLetters: readonly DeadLetter[] }>("/v1/dead-letters")).deadLetters, []);
    const kinds = Object.keys(TROUBLES);
    return `${kinds.length} kill -9 while it was ${kinds.join(", ")}: ${all.length} alerts told when they fired and when they were over, in order`;
  } finally {
    await receiver.become(null);
    await stack.stop();
    discard(stack);
  }
}
