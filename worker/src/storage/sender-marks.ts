import type { ByteReader } from "@sightline/shared/encoding/byte-reader";
import type { ByteWriter } from "@sightline/shared/encoding/byte-writer";

/** Frames after `after` up to `seq` that are here although some before them are not. */
export interface Island {
  readonly after: number;
  readonly seq: number;
}

/** Where a sender stands; `at` is the server's time (ms) when its last frame was taken. */
export interface SenderMark {
  readonly sender: string;
  readonly epoch: string;
  /** Every frame up to here is here, or will never come. */
  readonly seq: number;
  readonly at: number;
  readonly hostName: string | null;
  /** What is here beyond a hole that damage has left; ascending. */
  readonly islands?: readonly Island[];
  /** The highest frame of which anything is here: frames up to it may meet their own samples. */
  readonly seen?: number;
}

/** One frame taken. `after`: where its sender stood in this epoch before it; null for the first of an epoch. */
export interface FrameMark {
  readonly sender: string;
  readonly epoch: string;
  readonly seq: number;
  readonly after: number | null;
  readonly at: number;
  readonly hostName: string | null;
}

/**
 * Sequences of all senders. Marks are taken in order of their frames; a mark that does not go on where the sender stood
 * tells of a hole, which damage to the log has left: the sender is asked for what is missing, and what is there beyond it
 * is kept as islands.
 */
export class SenderMarks {
  readonly #marks = new Map<string, SenderMark>();
  readonly #packed = new Map<string, { readonly epoch: string; readonly seq: number }>();

  get all(): Map<string, SenderMark> {
    return this.#marks;
  }

  set(mark: SenderMark): void {
    this.#marks.set(mark.sender, mark);
  }

  take(frame: FrameMark): void {
    const { sender, epoch, at, hostName } = frame;
    const before = this.#marks.get(sender);
    const known = before?.epoch === epoch ? before : null;
    const seen = Math.max(frame.seq, known?.seen ?? 0);
    let seq = known?.seq ?? 0;
    const islands = [...(known?.islands ?? [])];
    if (frame.after === null || frame.after <= seq) seq = Math.max(seq, frame.seq);
    else {
      const last = islands.at(-1);
      if (last?.seq === frame.after) islands[islands.length - 1] = { after: last.after, seq: frame.seq };
      else islands.push({ after: frame.after, seq: frame.seq });
    }
    this.#settle({ sender, epoch, at, hostName: hostName ?? known?.hostName ?? null }, seq, islands, seen);
  }

  /** Some samples of these frames could not be read back: none of them counts as here, and all may meet their own samples. */
  incomplete(frame: FrameMark): void {
    const { sender, epoch, at, hostName } = frame;
    const before = this.#marks.get(sender);
    const known = before?.epoch === epoch ? before : null;
    this.#settle({ sender, epoch, at, hostName }, known?.seq ?? 0, [...(known?.islands ?? [])], Math.max(frame.seq, known?.seen ?? 0));
  }

  /** The sender has nothing before `oldestSeq` any more: holes that end there will never be filled. */
  giveUpBefore(sender: string, epoch: string, oldestSeq: number): void {
    const mark = this.#marks.get(sender);
    if (mark?.epoch !== epoch || mark.islands === undefined || mark.seq >= oldestSeq - 1) return;
    this.#settle(mark, oldestSeq - 1, [...mark.islands], mark.seen ?? 0);
  }

  /** Islands that the mainland has reached are part of it. */
  #settle(mark: Pick<SenderMark, "sender" | "epoch" | "at" | "hostName">, reached: number, islands: readonly Island[], seen: number): void {
    const { sender, epoch, at, hostName } = mark;
    let seq = reached;
    const apart: Island[] = [];
    for (const island of islands.toSorted((a, b) => a.after - b.after)) {
      if (island.after <= seq) seq = Math.max(seq, island.seq);
      else apart.push(island);
    }
    const settled = { sender, epoch, seq, at, hostName };
    this.#marks.set(sender, {
      ...settled,
      ...(apart.length === 0 ? {} : { islands: apart }),
      ...(seen > seq ? { seen } : {}),
    });
  }

  /** True for a frame that is here beyond a hole. */
  holds(sender: string, epoch: string, seq: number): boolean {
    const mark = this.#marks.get(sender);
    if (mark?.epoch !== epoch || mark.islands === undefined) return false;
    return mark.islands.some((island) => island.after < seq && seq <= island.seq);
  }

  /** True for a frame that fills a hole: later samples of its series may be here already. */
  fills(sender: string, epoch: string, seq: number): boolean {
    const mark = this.#marks.get(sender);
    return mark?.epoch === epoch && mark.seen !== undefined && seq <= mark.seen;
  }

  /** Up to where a sender's frames are in blocks, 0 for none: what the log alone holds, damage can still ask for. */
  packedSeq(sender: string, epoch: string): number {
    const packed = this.#packed.get(sender);
    return packed?.epoch === epoch ? packed.seq : 0;
  }

  /** Where every sender stands now. */
  standing(): readonly SenderMark[] {
    return [...this.#marks.values()];
  }

  /** What the log held when senders stood here is in blocks. */
  pack(standing: readonly SenderMark[]): void {
    this.#packed.clear();
    for (const { sender, epoch, seq } of standing) this.#packed.set(sender, { epoch, seq });
  }

  forgetBefore(at: number): void {
    for (const [sender, mark] of this.#marks) if (mark.at < at) this.#marks.delete(sender);
  }
}

/** sender · epoch · sequence varint · server's time varint · host name (may be empty). */
export function writeMark(writer: ByteWriter, mark: Pick<SenderMark, "sender" | "epoch" | "seq" | "at" | "hostName">): void {
  writer.string(mark.sender);
  writer.string(mark.epoch);
  writer.varint(mark.seq);
  writer.varint(mark.at);
  writer.string(mark.hostName ?? "");
}

export function readMark(reader: ByteReader): SenderMark {
  const sender = reader.string();
  const epoch = reader.string();
  const seq = reader.varint();
  const at = reader.varint();
  const hostName = reader.string();
  return { sender, epoch, seq, at, hostName: hostName === "" ? null : hostName };
}

/** A mark, then its highest frame seen varint and its islands: count varint, {after varint, sequence varint}. */
export function writeMarkWithIslands(writer: ByteWriter, mark: SenderMark): void {
  writeMark(writer, mark);
  writer.varint(mark.seen ?? 0);
  writer.varint(mark.islands?.length ?? 0);
  for (const island of mark.islands ?? []) {
    writer.varint(island.after);
    writer.varint(island.seq);
  }
}

export function readMarkWithIslands(reader: ByteReader): SenderMark {
  const mark = readMark(reader);
  const seen = reader.varint();
  const islands: Island[] = [];
  for (let left = reader.varint(); left > 0; left--) islands.push({ after: reader.varint(), seq: reader.varint() });
  return { ...mark, ...(islands.length === 0 ? {} : { islands }), ...(seen > mark.seq ? { seen } : {}) };
}
