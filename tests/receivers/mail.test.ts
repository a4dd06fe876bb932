import type { EmailIntegration } from "@sightline/shared/alerting/receiver";
import type { SMTPServerOptions } from "smtp-server";
import { afterEach, describe, expect, it } from "vitest";
import { encodedHeader } from "../../worker/src/alerting/transport/mail-message.ts";
import { anAlert } from "../support/an-alert.ts";
import { type MailServer, readMail, startMailServer } from "../support/mail-server.ts";
import { aNotification } from "./delivery-desk.ts";
import { sendTo } from "./send-to.ts";

const servers: MailServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function mailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const server = await startMailServer(options);
  servers.push(server);
  return server;
}

const through = ({ port }: MailServer, given: Partial<EmailIntegration> = {}): EmailIntegration => ({
  type: "email",
  smarthost: `127.0.0.1:${port}`,
  requireTls: false,
  from: "Sightline <alerts@example.org>",
  to: ["ada@example.org", "Grace Hopper <grace@example.org>"],
  sendResolved: true,
  ...given,
});

const ada = { username: "ada", password: "pässword" };
const notification = aNotification("g-1/0", {
  alerts: [anAlert({ annotations: { summary: "Grüße 🔥 from web-1", description: ".\n..dots" } })],
});

describe("a mail", () => {
  it("reaches every recipient, as text and as HTML, whatever characters are in it", async () => {
    const server = await mailServer();
    expect(await sendTo(through(server), notification)).toEqual({ outcome: "delivered", status: 250 });
    const [mail] = server.mails;
    expect(mail).toMatchObject({ from: "alerts@example.org", to: ["ada@example.org", "grace@example.org"], secure: false });
    const { headers, parts } = readMail(mail?.text ?? "");
    expect(headers).toMatchObject({
      from: '"Sightline" <alerts@example.org>',
      to: 'ada@example.org, "Grace Hopper" <grace@example.org>',
      subject: "[ERROR] HighCpu (web-1)",
      "auto-submitted": "auto-generated",
      "message-id": expect.stringMatching(/^<[0-9a-f]{32}@example\.org>$/),
    });
    expect(parts["text/plain"]).toContain("Grüße 🔥 from web-1");
    expect(parts["text/plain"]).toContain("..dots");
    expect(parts["text/html"]).toContain("Grüße 🔥 from web-1");
  });

  it("sent again has the same id; the next of its group belongs to the same thread", async () => {
    const server = await mailServer();
    for (const key of ["g-1/0", "g-1/0", "g-2/0"]) await sendTo(through(server), { ...notification, key });
    const headers = server.mails.map(({ text }) => readMail(text).headers);
    expect(new Set(headers.map((each) => each["message-id"])).size).toBe(2);
    expect(new Set(headers.map((each) => each["references"])).size).toBe(1);
  });

  it("has no header that an alert wrote", async () => {
    const server = await mailServer();
    await sendTo(through(server, { subject: "{{ .CommonLabels.host_name }}" }), {
      ...notification,
      alerts: [anAlert({ labels: { host_name: "web\r\nBcc: eve@example.org\r\n\r\nhello" } })],
    });
    const { headers } = readMail(server.mails[0]?.text ?? "");
    expect(headers["subject"]).toBe("web Bcc: eve@example.org hello");
    expect(headers["bcc"]).toBeUndefined();
    expect(server.mails[0]?.to).toHaveLength(2);
  });

  it("folds long subjects into encoded words that no character is divided by", () => {
    const subject = "Größe 🔥 ".repeat(20).trim();
    const words = encodedHeader(subject).split("\r\n ");
    expect(words.every((word) => word.length <= 75)).toBe(true);
    expect(words.map((word) => Buffer.from(word.slice(10, -2), "base64").toString("utf8")).join("")).toBe(subject);
  });
});

describe("a mail server", () => {
  it.each(["PLAIN", "LOGIN"])("that wants a password by AUTH %s gets it over TLS", async (method) => {
    const server = await mailServer({ authMethods: [method], authOptional: false, disabledCommands: [] });
    expect(await sendTo(through(server, { ...ada, requireTls: true }), notification)).toMatchObject({ outcome: "delivered" });
    expect(server.mails).toMatchObject([{ secure: true, user: "ada" }]);
  });

  it("that wants a password and gets another refuses in its own words", async () => {
    const server = await mailServer({ authOptional: false, disabledCommands: [] });
    expect(await sendTo(through(server, { ...ada, password: "wrong" }), notification)).toMatchObject({
      outcome: "refused",
      status: 535,
      reason: expect.stringContaining("Invalid username or password"),
    });
  });

  it("without STARTTLS is told nothing where TLS is required, which it is unless said otherwise", async () => {
    const server = await mailServer({ authOptional: false, disabledCommands: ["STARTTLS"] });
    const { requireTls: _, ...strict } = through(server, ada);
    expect(await sendTo(strict, notification)).toMatchObject({
      outcome: "refused",
      reason: expect.stringContaining("nothing was said in the clear"),
    });
    expect(server.mails).toEqual([]);
  });

  it("that knows no such recipient refuses, one that is busy is asked again", async () => {
    let code = 550;
    const server = await mailServer({
      onRcptTo: (_address, _session, callback) => callback(Object.assign(new Error("mailbox unavailable"), { responseCode: code })),
    });
    expect(await sendTo(through(server), notification)).toMatchObject({ outcome: "refused", status: 550 });
    code = 451;
    expect(await sendTo(through(server), notification)).toMatchObject({ outcome: "failed", status: 451 });
  });

  it("that is not there, hangs, or hangs up is a failure", async () => {
    const server = await mailServer();
    await server.close();
    expect(await sendTo(through(server), notification)).toMatchObject({ outcome: "failed" });
    const rude = await mailServer({
      onConnect: (session, callback) => callback(Object.assign(new Error("go away"), { responseCode: 421, session })),
    });
    expect(await sendTo(through(rude), notification)).toMatchObject({ outcome: "failed" });
    const silent = await mailServer({ onConnect: () => undefined });
    const wait = (ms: number): Promise<void> => (ms === 10_000 ? Promise.resolve() : Promise.reject(new Error(`waited for ${ms} ms`)));
    expect(await sendTo(through(silent), notification, { wait })).toEqual({ outcome: "failed", reason: "no answer within 10 s" });
  });

  it("in a private network that is not opened is not called", async () => {
    const server = await mailServer();
    expect(await sendTo(through(server), notification, { policy: { allowed: [] } })).toMatchObject({ outcome: "refused" });
  });
});
