import { seriesKey } from "@sightline/shared/model/labels";
import type { Result } from "@sightline/shared/model/result";
import type { BatchSeries } from "@sightline/shared/model/sample";
import { type DecodedFrame, FrameDecoder, FrameEncoder, type NewSeries } from "@sightline/shared/protocol/frame";
import { encodeMessages, splitMessages } from "@sightline/shared/protocol/message-stream";
import type { Message } from "@sightline/shared/protocol/messages";
import { decodeMessage, encodeMessage } from "@sightline/shared/protocol/messages";
import { bestShard } from "../project/shard-owners.ts";
import type { FrameSession, SessionIdentity } from "./frame-session.ts";

/** Where a sender stood when it was divided: frames up to here are in this shard whole. */
export interface DivisionBase {
  readonly epoch: string;
  readonly seq: number;
}

export interface DividedPorts {
  readonly self: string;
  /** The sender's shards, this one first. */
  readonly shards: readonly string[];
  /** Takes this shard's share. */
  readonly own: FrameSession;
  /** Another shard's share: a request of HELLO and FRAME. */
  readonly forward: (shard: string, body: ArrayBuffer) => Promise<Result<ArrayBuffer>>;
  /** Remembered before the first frame is divided. */
  readonly base: (sender: string) => Promise<DivisionBase>;
}

type Answer = Extract<Message, { readonly type: "welcome" | "ack" | "error" }>;

const unavailable = (shard: string, message: string, seq: number): Answer => ({
  type: "error",
  code: "unavailable",
  message: `the shard ${shard} did not take its share (${message}); connect again and send what is not acknowledged`,
  retryAfterMs: 1000,
  seq,
});

/**
 * The connection of a sender whose series are divided among several shards by the hash of their labels. Every shard gets
 * every frame's number with its own share, though it be empty, and judges the sequence for itself; what is acknowledged is
 * what all of them have. A share sent again is a duplicate where it was taken.
 */
export class DividedSession {
  readonly #ports: DividedPorts;
  readonly #decoder = new FrameDecoder();
  #entries: { readonly series: NewSeries; readonly shard: string }[] = [];
  #base: DivisionBase | null = null;
  /** HELLO is answered before the frames behind it are looked at; frames then go out in their order. */
  #ready: Promise<unknown> | null = null;

  constructor(ports: DividedPorts) {
    this.#ports = ports;
  }

  get identity(): SessionIdentity {
    return this.#ports.own.identity;
  }

  async receive(bytes: Uint8Array): Promise<Uint8Array> {
    const message = decodeMessage(bytes);
    if (message.ok && message.value.type === "hello") {
      this.#decoder.reset();
      this.#entries = [];
      const answering = this.#hello(bytes);
      this.#ready = answering.catch(() => undefined);
      return answering;
    }
    // After hibernation a FRAME comes without HELLO.
    this.#ready ??= this.#learnBase();
    await this.#ready;
    if (!message.ok || message.value.type !== "frame" || this.identity.sender === "") return this.#ports.own.receive(bytes);
    const frame = this.#decoder.decode(message.value.bytes);
    if (frame.ok) return this.#frame(frame.value, await this.#learnBase());
    return encodeMessage({ type: "error", code: frame.error.code, message: frame.error.message, retryAfterMs: 0, seq: 0 });
  }

  async #learnBase(): Promise<DivisionBase> {
    const { sender } = this.identity;
    return (this.#base ??= sender === "" ? { epoch: "", seq: 0 } : await this.#ports.base(sender));
  }

  get #others(): readonly string[] {
    return this.#ports.shards.filter((shard) => shard !== this.#ports.self);
  }

  async #hello(bytes: Uint8Array): Promise<Uint8Array> {
    const own = await this.#ports.own.receive(bytes);
    const welcome = decodeMessage(own);
    if (!welcome.ok || welcome.value.type !== "welcome") return own;
    const { sender, epoch } = this.identity;
    this.#base = await this.#ports.base(sender);
    const floor = this.#base.epoch === epoch ? this.#base.seq : 0;
    let { durableSeq, archivedSeq, window } = welcome.value;
    for (const answer of await Promise.all(this.#others.map((shard) => this.#ask(shard, [bytes], 0)))) {
      if (answer.type === "error") return encodeMessage(answer);
      durableSeq = Math.min(durableSeq, Math.max(floor, answer.durableSeq));
      archivedSeq = Math.min(archivedSeq, Math.max(floor, answer.archivedSeq));
      window = Math.min(window, answer.window);
    }
    return encodeMessage({ ...welcome.value, durableSeq, archivedSeq, window });
  }

  async #frame(frame: DecodedFrame, base: DivisionBase): Promise<Uint8Array> {
    const { shards, self, own } = this.#ports;
    const { sender } = this.identity;
    for (const series of frame.newSeries) this.#entries.push({ series, shard: bestShard(shards, seriesKey(series.labels)) });
    const shares = new Map<string, BatchSeries[]>(shards.map((shard) => [shard, []]));
    for (const { ref, ...samples } of frame.columns) {
      const entry = this.#entries[ref];
      if (entry === undefined) continue;
      const { labels, metadata, temporality } = entry.series;
      shares.get(entry.shard)?.push({ labels, metadata, temporality, ...samples });
    }
    const whole = frame.epoch === base.epoch && frame.seq <= base.seq;
    const answering = [...shares].map(([shard, series]): Promise<Answer> => {
      // Sent again from before the division: here it is a duplicate, and the others have nothing of it.
      const first = shard === self || base.epoch !== frame.epoch ? frame.oldestSeq : Math.max(frame.oldestSeq, base.seq + 1);
      if (shard !== self && whole) return Promise.resolve(acknowledgedBefore(frame));
      const hello = encodeMessage({ type: "hello", versions: [1], sender, epoch: frame.epoch, capabilities: [] });
      const share = new FrameEncoder().encode(frame.epoch, frame.seq, { series }, first);
      return shard === self ? this.#share(own, hello, share, frame.seq) : this.#ask(shard, [hello, share], frame.seq);
    });
    return encodeMessage(together(await Promise.all(answering), frame));
  }

  /** This shard's share, in a dictionary of its own like everybody's. */
  async #share(own: FrameSession, hello: Uint8Array, share: Uint8Array, seq: number): Promise<Answer> {
    const [, answer] = await Promise.all([own.receive(hello), own.receive(share)]);
    return answerOf(answer, this.#ports.self, seq);
  }

  async #ask(shard: string, messages: readonly Uint8Array[], seq: number): Promise<Answer> {
    try {
      const answer = await this.#ports.forward(shard, encodeMessages(messages).buffer);
      if (!answer.ok) return unavailable(shard, answer.error.message, seq);
      const answers = splitMessages(new Uint8Array(answer.value));
      const last = answers.ok ? answers.value.at(-1) : undefined;
      return last === undefined ? unavailable(shard, "it gave no answer", seq) : answerOf(last, shard, seq);
    } catch (error) {
      return unavailable(shard, error instanceof Error ? error.message : String(error), seq);
    }
  }
}

function answerOf(bytes: Uint8Array, shard: string, seq: number): Answer {
  const message = decodeMessage(bytes);
  if (!message.ok) return unavailable(shard, message.error.message, seq);
  const { value } = message;
  return value.type === "welcome" || value.type === "ack" || value.type === "error" ? value : unavailable(shard, "it gave no answer", seq);
}

const acknowledgedBefore = ({ epoch, seq }: DecodedFrame): Answer => ({
  type: "ack",
  epoch,
  durableSeq: seq,
  archivedSeq: seq,
  window: Number.MAX_SAFE_INTEGER,
  rejected: {},
});

/** What all shards have, or the first error. */
function together(answers: readonly Answer[], { epoch }: DecodedFrame): Message {
  let durableSeq = Infinity;
  let archivedSeq = Infinity;
  let window = Infinity;
  const rejected: Record<string, number> = {};
  for (const answer of answers) {
    if (answer.type === "error") return answer;
    durableSeq = Math.min(durableSeq, answer.durableSeq);
    archivedSeq = Math.min(archivedSeq, answer.archivedSeq);
    window = Math.min(window, answer.window);
    if (answer.type === "ack") for (const [code, count] of Object.entries(answer.rejected)) rejected[code] = (rejected[code] ?? 0) + count;
  }
  return { type: "ack", epoch, durableSeq, archivedSeq, window, rejected };
}
