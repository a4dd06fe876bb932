/** One mail over SMTP (RFC 5321), with STARTTLS (RFC 3207) and AUTH PLAIN or LOGIN (RFC 4954). */
import type { DeliveryOutcome } from "../delivery-outcome.ts";
import type { SmtpRequest } from "../receivers/integration-kind.ts";
import { Late, type Wait, withDeadline } from "./deadline.ts";
import { bareAddress, mailText } from "./mail-message.ts";
import { unreachableReason } from "./unreachable.ts";

/** What `connect` of cloudflare:sockets gives. */
export interface MailSocket {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  startTls(): MailSocket;
  close(): Promise<void>;
}

export interface SmtpPorts {
  readonly connect: (address: { readonly hostname: string; readonly port: number }, tls: "on" | "starttls") => MailSocket;
  readonly wait: Wait;
}

/** Where TLS comes before the first word (RFC 8314). */
const IMPLICIT_TLS_PORT = 465;
const MAX_REPLY = 16_384;

class SmtpRefusal extends Error {
  readonly code: number;
  constructor(step: string, reply: Reply) {
    super(`${step} was answered ${reply.text.replaceAll(/\s+/g, " ").slice(0, 200)}`);
    this.code = reply.code;
  }
}

interface Reply {
  readonly code: number;
  readonly text: string;
}

class SmtpSession {
  #socket: MailSocket;
  #reader: ReadableStreamDefaultReader<Uint8Array>;
  #writer: WritableStreamDefaultWriter<Uint8Array>;
  #pending = "";
  /** What the platform's errors leave out: how far the session had come. */
  stage: "connecting" | "TLS" | "open" = "connecting";

  constructor(socket: MailSocket) {
    this.#socket = socket;
    this.#reader = socket.readable.getReader();
    this.#writer = socket.writable.getWriter();
  }

  /** Lines up to the one whose code a space follows. */
  async reply(): Promise<Reply> {
    for (;;) {
      const end = /^\d{3}(?: .*)?\r?\n/m.exec(this.#pending);
      if (end !== null) {
        const text = this.#pending.slice(0, end.index + end[0].length);
        this.#pending = this.#pending.slice(text.length);
        this.stage = "open";
        return { code: Number(end[0].slice(0, 3)), text };
      }
      const { done, value } = await this.#reader.read();
      if (done) throw new Error("the mail server closed the connection");
      this.#pending += new TextDecoder().decode(value);
      if (this.#pending.length > MAX_REPLY) throw new Error("the mail server's answer does not end");
    }
  }

  async say(line: string, step: string, expected: number): Promise<Reply> {
    await this.#writer.write(new TextEncoder().encode(`${line}\r\n`));
    return this.expect(step, expected);
  }

  async expect(step: string, expected: number): Promise<Reply> {
    const reply = await this.reply();
    if (Math.floor(reply.code / 100) !== expected) throw new SmtpRefusal(step, reply);
    return reply;
  }

  /** What was said in the clear is forgotten with it (RFC 3207, 4.2). */
  startTls(): void {
    this.stage = "TLS";
    this.#reader.releaseLock();
    this.#writer.releaseLock();
    this.#socket = this.#socket.startTls();
    this.#reader = this.#socket.readable.getReader();
    this.#writer = this.#socket.writable.getWriter();
    this.#pending = "";
  }

  async close(): Promise<void> {
    await this.#socket.close();
  }
}

const offers = (greeting: Reply, extension: RegExp): boolean => greeting.text.split(/\r?\n/).some((line) => extension.test(line.slice(4)));

async function logIn(
  session: SmtpSession,
  greeting: Reply,
  { username, password }: NonNullable<SmtpRequest["credentials"]>,
): Promise<void> {
  const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
  if (offers(greeting, /^AUTH[ =](?:.*\s)?PLAIN\b/i)) {
    await session.say(`AUTH PLAIN ${base64(`\0${username}\0${password}`)}`, "AUTH PLAIN", 2);
    return;
  }
  if (!offers(greeting, /^AUTH[ =](?:.*\s)?LOGIN\b/i)) throw new SmtpRefusal("EHLO", { code: 504, text: "without AUTH PLAIN or LOGIN" });
  await session.say("AUTH LOGIN", "AUTH LOGIN", 3);
  await session.say(base64(username), "the user name", 3);
  await session.say(base64(password), "the password", 2);
}

async function converse(session: SmtpSession, request: SmtpRequest): Promise<void> {
  const { message, credentials, requireTls } = request;
  const encrypted = request.port === IMPLICIT_TLS_PORT;
  const me = /@([A-Za-z0-9.-]+)$/.exec(bareAddress(message.from))?.[1] ?? "sightline.invalid";
  await session.expect("the connection", 2);
  let greeting = await session.say(`EHLO ${me}`, "EHLO", 2);
  if (!encrypted && offers(greeting, /^STARTTLS\b/i)) {
    await session.say("STARTTLS", "STARTTLS", 2);
    session.startTls();
    greeting = await session.say(`EHLO ${me}`, "EHLO", 2);
  } else if (!encrypted && requireTls) {
    const text = "without STARTTLS, which this receiver requires (requireTls); nothing was said in the clear";
    throw new SmtpRefusal("EHLO", { code: 530, text });
  }
  if (credentials !== null) await logIn(session, greeting, credentials);
  await session.say(`MAIL FROM:<${bareAddress(message.from)}>`, "MAIL FROM", 2);
  for (const recipient of message.to) await session.say(`RCPT TO:<${bareAddress(recipient)}>`, `RCPT TO ${bareAddress(recipient)}`, 2);
  await session.say("DATA", "DATA", 3);
  await session.say(`${mailText(message)}.`, "the message", 2);
}

const WORDS = {
  connecting: (host: string, why: string) => `the mail server ${host} cannot be reached (${why})`,
  TLS: (host: string, why: string) =>
    `TLS was not agreed on with the mail server: its certificate must be trusted and bear the name ${host} (${why})`,
  open: (_host: string, why: string) => why,
} as const;

/** A reply of 4xx passes, one of 5xx doesn't; what is no reply may pass. */
export async function sendSmtp(request: SmtpRequest, { connect, wait }: SmtpPorts): Promise<DeliveryOutcome> {
  const open: { session: SmtpSession | null } = { session: null };
  try {
    await withDeadline(wait, async () => {
      const tls = request.port === IMPLICIT_TLS_PORT ? "on" : "starttls";
      open.session = new SmtpSession(connect({ hostname: request.host, port: request.port }, tls));
      await converse(open.session, request);
    });
    return { outcome: "delivered", status: 250 };
  } catch (error) {
    if (error instanceof SmtpRefusal)
      return { outcome: error.code >= 500 ? "refused" : "failed", reason: error.message, status: error.code };
    const why = unreachableReason(error);
    return { outcome: "failed", reason: error instanceof Late ? why : WORDS[open.session?.stage ?? "connecting"](request.host, why) };
  } finally {
    // The mail is taken or not; how the farewell goes changes nothing.
    await open.session?.close().catch(() => undefined);
  }
}
