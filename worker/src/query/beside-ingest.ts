import type { IngestGate } from "../shard/ingest-gate.ts";
import { type LongReader, READER_TURNS, type ReaderTurns, type RULES, type Wait } from "./reader-turns.ts";

/** Turns that a query leaves to what is on its way to the disk. */
const TURNS = 4;

/** Lets others go first, other readers among them; until `deadlineMs` at the latest, if it is given. */
export type Pause = (reader?: LongReader | typeof RULES, deadlineMs?: number) => Promise<void>;

/** How a query lets others go first: until what has come meanwhile is accepted and on the disk, or for some ms, and until it is its turn. */
export function pauseBeside(gate: Pick<IngestGate, "bytes">, wait: Wait, readers: ReaderTurns = READER_TURNS): Pause {
  const enough = (turns: number): boolean => turns >= TURNS || (gate.bytes === 0 && !readers.hasArriving);
  return (reader, deadlineMs) => readers.turn(wait, enough, reader, gate, deadlineMs);
}
