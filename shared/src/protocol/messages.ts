import type { ByteReader } from "../encoding/byte-reader.ts";
import type { Result } from "../model/result.ts";
import { ACK, ERROR, FRAME, HELLO, WELCOME, openEnvelope, readEnvelope, sealEnvelope } from "./envelope.ts";
import { MAX_FRAME_BYTES, MAX_ID_BYTES } from "./limits.ts";
import { WireError, decoding } from "./wire-error.ts";

/** Opens a connection, and may be sent again on it at any time to start over with an empty dictionary. */
export interface Hello {
  readonly type: "hello";
  /** Protocol versions the sender can speak. */
  readonly versions: readonly number[];
  /** Instance id of the sender: stable over restarts. */
  readonly sender: string;
  /** Names one numbering of frames; a sender that lost its spool starts a new one. */
  readonly epoch: string;
  /** Words for optional abilities; unknown ones are ignored. None are defined in version 1. */
  readonly capabilities: readonly string[];
}

/** The server's answer to HELLO. Sequences are of the HELLO's epoch, 0 when it has nothing of it. */
export interface Welcome {
  readonly type: "welcome";
  readonly version: number;
  readonly durableSeq: number;
  readonly archivedSeq: number;
  /** Bytes the server takes in one FRAME. */
  readonly maxFrameBytes: number;
  /** FRAMEs that may be on their way unacknowledged. */
  readonly window: number;
}

export interface Ack {
  readonly type: "ack";
  readonly epoch: string;
  /** Every frame up to here is on the server's disk. */
  readonly durableSeq: number;
  /** Every frame up to here is archived: the sender may forget it. */
  readonly archivedSeq: number;
  readonly window: number;
  /** Samples refused since the previous ACK, by code. The frames that carried them count as received. */
  readonly rejected: Readonly<Record<string, number>>;
}

export interface ErrorMessage {
  readonly type: "error";
  readonly code: string;
  readonly message: string;
  /** Ms to wait before the next try; 0 says nothing about it. */
  readonly retryAfterMs: number;
  /** Of the frame it is about; 0 when it is about none. */
  readonly seq: number;
}

/** A FRAME is left as bytes for the connection's FrameDecoder. */
export interface FrameMessage {
  readonly type: "frame";
  readonly bytes: Uint8Array;
}

export type Message = Hello | Welcome | Ack | ErrorMessage | FrameMessage;

export function encodeMessage(message: Message): Uint8Array {
  if (message.type === "frame") return message.bytes;
  if (message.type === "hello") {
    const writer = openEnvelope(HELLO, 128);
    writer.varint(message.versions.length);
    for (const version of message.versions) writer.varint(version);
    writer.string(message.sender);
    writer.string(message.epoch);
    writer.varint(message.capabilities.length);
    for (const capability of message.capabilities) writer.string(capability);
    return sealEnvelope(writer);
  }
  if (message.type === "welcome") {
    const writer = openEnvelope(WELCOME, 64);
    writer.varint(message.version);
    writer.varint(message.durableSeq);
    writer.varint(message.archivedSeq);
    writer.varint(message.maxFrameBytes);
    writer.varint(message.window);
    return sealEnvelope(writer);
  }
  if (message.type === "ack") {
    const writer = openEnvelope(ACK, 64);
    writer.string(message.epoch);
    writer.varint(message.durableSeq);
    writer.varint(message.archivedSeq);
    writer.varint(message.window);
    const rejected = Object.entries(message.rejected);
    writer.varint(rejected.length);
    for (const [code, count] of rejected) {
      writer.string(code);
      writer.varint(count);
    }
    return sealEnvelope(writer);
  }
  const writer = openEnvelope(ERROR, 128);
  writer.string(message.code);
  writer.string(message.message);
  writer.varint(Math.max(0, Math.ceil(message.retryAfterMs)));
  writer.varint(message.seq);
  return sealEnvelope(writer);
}

/**
 * Bytes after the fields known here are skipped, so that a later version may add some. Errors: `too_large`, `truncated`,
 * `checksum_mismatch`, `malformed`. A FRAME's checksum is checked by FrameDecoder.
 */
export function decodeMessage(bytes: Uint8Array): Result<Message> {
  return decoding("message", () => {
    if (bytes.length > MAX_FRAME_BYTES)
      throw new WireError("too_large", `${bytes.length} bytes, at most ${MAX_FRAME_BYTES}; split the batch`);
    if (bytes[0] === FRAME) return { type: "frame", bytes } as const;
    const { type, reader } = readEnvelope(bytes);
    switch (type) {
      case HELLO:
        return {
          type: "hello",
          versions: list(reader, 64, () => reader.varint()),
          sender: shortText(reader, MAX_ID_BYTES),
          epoch: shortText(reader, MAX_ID_BYTES),
          capabilities: list(reader, 64, () => shortText(reader, MAX_ID_BYTES)),
        } as const;
      case WELCOME:
        return {
          type: "welcome",
          version: reader.varint(),
          durableSeq: reader.varint(),
          archivedSeq: reader.varint(),
          maxFrameBytes: reader.varint(),
          window: reader.varint(),
        } as const;
      case ACK:
        return {
          type: "ack",
          epoch: shortText(reader, MAX_ID_BYTES),
          durableSeq: reader.varint(),
          archivedSeq: reader.varint(),
          window: reader.varint(),
          rejected: Object.fromEntries(list(reader, 64, () => [shortText(reader, MAX_ID_BYTES), reader.varint()] as const)),
        } as const;
      case ERROR:
        return {
          type: "error",
          code: shortText(reader, MAX_ID_BYTES),
          message: shortText(reader, 64 * 1024),
          retryAfterMs: reader.varint(),
          seq: reader.varint(),
        } as const;
      default:
        throw new WireError("malformed", `unknown type ${type}`);
    }
  });
}

function list<T>(reader: ByteReader, most: number, read: () => T): T[] {
  const count = reader.varint();
  if (count > most) throw new WireError("limit_exceeded", `a list of ${count}, at most ${most}`);
  const items: T[] = [];
  for (let i = 0; i < count; i++) items.push(read());
  return items;
}

function shortText(reader: ByteReader, most: number): string {
  const start = reader.offset;
  const length = reader.varint();
  if (length > most) throw new WireError("limit_exceeded", `a text of ${length} bytes, at most ${most}`);
  reader.offset = start;
  return reader.string();
}
