import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, it } from "vitest";
import type { DeliveryOutcome } from "../../worker/src/alerting/delivery-outcome.ts";
import { startMailServer } from "../support/mail-server.ts";
import { freePort, repository } from "../support/stack.ts";
import { until } from "../support/until.ts";

const ENTRY = `
import { connect } from "cloudflare:sockets";
import { sendSmtp } from "./worker/src/alerting/transport/send-smtp.ts";
export default {
  async fetch(request) {
    const ports = {
      connect: (address, secureTransport) => connect(address, { secureTransport, allowHalfOpen: false }),
      wait: (ms, signal) => scheduler.wait(ms, { signal }),
    };
    return Response.json(await sendSmtp(await request.json(), ports));
  },
};`;

const configOf = (port: number): string => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .mailer),
    (name = "outbound", network = (allow = ["127.0.0.0/8"], tlsOptions = (trustedCertificates = [embed "certificate.pem"]))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const mailer :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "2026-10-20",
  globalOutbound = "outbound",
);
`;

const hasOpenSsl = spawnSync("openssl", ["version"]).status === 0;
if (!hasOpenSsl) console.warn("mail over TLS is skipped: openssl, which makes its certificate, is not installed");

it.skipIf(!hasOpenSsl)(
  "bare workerd speaks STARTTLS with a real mail server, and with none that it cannot trust",
  async () => {
    const directory = mkdtempSync(join(tmpdir(), "sightline-mail-"));
    const file = (name: string): string => join(directory, name);
    const certificate = [
      "-keyout",
      file("key.pem"),
      "-out",
      file("certificate.pem"),
      "-subj",
      "/CN=localhost",
      "-addext",
      "subjectAltName=DNS:localhost",
    ];
    expect(spawnSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...certificate]).status).toBe(0);
    const port = await freePort();
    await build({
      stdin: { contents: ENTRY, resolveDir: repository, loader: "js" },
      bundle: true,
      format: "esm",
      external: ["cloudflare:sockets"],
      outfile: file("worker.js"),
      logLevel: "error",
    });
    writeFileSync(file("workerd.capnp"), configOf(port));
    const tls = { key: readFileSync(file("key.pem"), "utf8"), cert: readFileSync(file("certificate.pem"), "utf8") };
    const server = await startMailServer({ authOptional: false, disabledCommands: [], ...tls });
    const workerd = spawn(join(repository, "node_modules/workerd/bin/workerd"), ["serve", file("workerd.capnp")], { stdio: "ignore" });
    const message = {
      from: "a@example.org",
      to: ["b@example.org"],
      subject: "s",
      text: "t",
      html: "h",
      date: 0,
      messageId: "1@x",
      threadId: "2@x",
    };
    const request = {
      transport: "smtp",
      port: server.port,
      credentials: { username: "ada", password: "pässword" },
      requireTls: true,
      message,
    };
    const sendTo = async (host: string): Promise<DeliveryOutcome> =>
      (await (
        await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: JSON.stringify({ ...request, host }) })
      ).json()) as DeliveryOutcome;
    try {
      await until("workerd is there", 10_000, async () => (await fetch(`http://127.0.0.1:${port}/`, { method: "POST" })).status === 500);
      expect(await sendTo("localhost")).toEqual({ outcome: "delivered", status: 250 });
      expect(server.mails).toMatchObject([{ secure: true, user: "ada" }]);
      expect(await sendTo("127.0.0.1")).toMatchObject({ outcome: "failed", reason: expect.stringContaining("bear the name 127.0.0.1") });
      expect(await sendTo("10.255.255.1")).toMatchObject({
        outcome: "failed",
        reason: expect.stringContaining("10.255.255.1 cannot be reached"),
      });
      expect(server.mails).toHaveLength(1);
    } finally {
      workerd.kill();
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    }
  },
  40_000,
);
