import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { FrameDecoder } from "@sightline/shared/protocol/frame";
import { encodeMessages, splitMessages } from "@sightline/shared/protocol/message-stream";
import { decodeMessage, encodeMessage } from "@sightline/shared/protocol/messages";
import { judgeSequence } from "@sightline/shared/protocol/sequence";
import { type WebSocket, WebSocketServer } from "ws";

/** A server that speaks the protocol over real loopback sockets and forgets, refuses or breaks on command. */
export class FakeServer {
  /** First value of each frame, in the order taken; every one is told apart by it. */
  readonly taken: number[] = [];
  readonly tokens: (string | undefined)[] = [];
  readonly senders = new Set<string>();
  state: { epoch: string; durableSeq: number } | null = null;
  duplicates = 0;
  hellos = 0;
  posts = 0;
  /** HTTP status for upgrades; 101 takes them. */
  upgradeStatus = 101;
  /** Code with which to refuse a frame, or null to take it. */
  refuse: (seq: number, value: number) => string | null = () => null;
  /** Take frames without answering them. */
  mute = false;
  window = 16;
  archives = true;
  /** What every ACK says of samples that were refused, by code. */
  rejected: Readonly<Record<string, number>> = {};
  readonly #server: Server;
  readonly #sockets = new Set<WebSocket>();
  readonly #decoders = new Set<FrameDecoder>();
  #waiting: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];

  constructor() {
    const sockets = new WebSocketServer({ noServer: true });
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        this.posts++;
        const messages = splitMessages(new Uint8Array(Buffer.concat(chunks)));
        const decoder = new FrameDecoder();
        const answers = messages.ok ? messages.value.flatMap((message) => this.#answer(decoder, message)) : [];
        response.end(Buffer.from(encodeMessages(answers)));
        this.#check();
      });
    });
    this.#server.on("upgrade", (request, socket, head) => {
      this.tokens.push(request.headers.authorization);
      if (this.upgradeStatus !== 101) {
        socket.end(`HTTP/1.1 ${this.upgradeStatus} No\r\ncontent-length: 0\r\n\r\n`);
        this.#check();
        return;
      }
      sockets.handleUpgrade(request, socket, head, (webSocket) => this.#converse(webSocket));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  listen(port = 0): Promise<void> {
    return new Promise((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
  }

  /** Resolves once `holds`; asked after every message. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ holds, resolve });
      this.#check();
    });
  }

  /** Cuts every connection without a word. */
  cut(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  /** What a Durable Object does after ten idle seconds: sockets stay, dictionaries go. */
  hibernate(): void {
    for (const decoder of this.#decoders) decoder.reset();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #converse(socket: WebSocket): void {
    const decoder = new FrameDecoder();
    this.#sockets.add(socket);
    this.#decoders.add(decoder);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => undefined);
    socket.on("message", (content: Buffer) => {
      for (const answer of this.#answer(decoder, new Uint8Array(content))) socket.send(answer);
      this.#check();
    });
  }

  #answer(decoder: FrameDecoder, bytes: Uint8Array): Uint8Array[] {
    const message = decodeMessage(bytes);
    if (!message.ok) return [encodeMessage({ type: "error", ...message.error, retryAfterMs: 0, seq: 0 })];
    if (message.value.type === "hello") {
      this.hellos++;
      this.senders.add(message.value.sender);
      decoder.reset();
      const durableSeq = this.state?.epoch === message.value.epoch ? this.state.durableSeq : 0;
      return [
        encodeMessage({
          type: "welcome",
          version: 1,
          durableSeq,
          archivedSeq: this.archives ? durableSeq : 0,
          maxFrameBytes: 1 << 22,
          window: this.window,
        }),
      ];
    }
    if (message.value.type !== "frame") return [];
    const frame = decoder.decode(bytes);
    if (!frame.ok) return [encodeMessage({ type: "error", ...frame.error, retryAfterMs: 0, seq: 0 })];
    const { epoch, seq, oldestSeq, columns } = frame.value;
    const value = columns[0]?.values[0] ?? Number.NaN;
    const code = this.refuse(seq, value);
    if (code !== null) return [encodeMessage({ type: "error", code, message: `no ${code}`, retryAfterMs: 0, seq })];
    const verdict = judgeSequence(this.state, epoch, seq, oldestSeq);
    if (verdict === "gap") return [encodeMessage({ type: "error", code: "sequence_gap", message: "a gap", retryAfterMs: 0, seq })];
    if (verdict === "duplicate") this.duplicates++;
    else {
      this.taken.push(value);
      this.state = { epoch, durableSeq: seq };
    }
    if (this.mute) return [];
    const durableSeq = this.state?.durableSeq ?? 0;
    return [
      encodeMessage({
        type: "ack",
        epoch,
        durableSeq,
        archivedSeq: this.archives ? durableSeq : 0,
        window: this.window,
        rejected: this.rejected,
      }),
    ];
  }

  #check(): void {
    const held = this.#waiting.filter((one) => one.holds());
    this.#waiting = this.#waiting.filter((one) => !held.includes(one));
    for (const one of held) one.resolve();
  }
}
