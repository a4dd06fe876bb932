/** What a server remembers of one sender; `durableSeq` 0 before its first frame. */
export interface SequenceState {
  readonly epoch: string;
  readonly durableSeq: number;
}

/**
 * - `append`: the next frame, take it.
 * - `duplicate`: already taken; acknowledge and do nothing.
 * - `new_epoch`: the first frame of a numbering not seen before; take it and remember epoch and seq.
 * - `gap`: frames before it are missing and the sender has them; answer ERROR `sequence_gap` and take nothing.
 */
export type SequenceVerdict = "append" | "duplicate" | "gap" | "new_epoch";

/**
 * Exactly once: frames of an epoch are numbered 1, 2, 3, … `oldestSeq` is the oldest frame the sender still has (of
 * DecodedFrame); a hole that ends there will never be filled, so it is no reason to wait.
 */
export function judgeSequence(state: SequenceState | null, epoch: string, seq: number, oldestSeq: number): SequenceVerdict {
  if (state === null || state.epoch !== epoch) return seq === oldestSeq ? "new_epoch" : "gap";
  if (seq <= state.durableSeq) return "duplicate";
  return seq === state.durableSeq + 1 || seq === oldestSeq ? "append" : "gap";
}
