/** The files of a disk spool: names, the persisted position, the sender's id. */
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

export interface Position {
  readonly epoch: string;
  readonly durableSeq: number;
  readonly archivedSeq: number;
  readonly lastSeq: number;
  /** Numbers behind the one, up to the other, that no frame has: of frames that are counted as lost, jumped over, or of before a numbering anew. */
  readonly skipped: readonly [after: number, until: number];
  /** Segments named within those numbers get later ones, so many later as these are. */
  readonly renaming: boolean;
  /** Boot of the machine that wrote it: after another boot the tail of the spool may have been lost with the page cache. */
  readonly boot: string;
  /** The spool was closed in order. */
  readonly clean: boolean;
}

const SUFFIX = ".segment";
const NAME = /^\d{16}\.segment$/;

export const segmentPath = (directory: string, firstSeq: number): string =>
  join(directory, `${String(firstSeq).padStart(16, "0")}${SUFFIX}`);

export const firstSeqOf = (path: string): number => Number.parseInt(basename(path), 10);

/** Paths of the segments, oldest first. */
export const segmentPaths = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => NAME.test(name))
    .sort()
    .map((name) => join(directory, name));

/** A reader sees the old file or the new one, never half. */
function replaceFile(path: string, content: string | Uint8Array): void {
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Versions before wrote none. */
function skippedOf(value: unknown): Position["skipped"] {
  const [after, until]: readonly unknown[] = Array.isArray(value) ? value : [];
  return Number.isSafeInteger(after) && Number.isSafeInteger(until) ? [Number(after), Number(until)] : [0, 0];
}

export function readPosition(directory: string): Position | null {
  try {
    const value: unknown = JSON.parse(readFileSync(join(directory, "position.json"), "utf8"));
    if (typeof value !== "object" || value === null) return null;
    const { epoch, durableSeq, archivedSeq, lastSeq, skipped, renaming, boot, clean } = value as Partial<Record<keyof Position, unknown>>;
    if (
      typeof epoch !== "string" ||
      !Number.isSafeInteger(durableSeq) ||
      !Number.isSafeInteger(archivedSeq) ||
      !Number.isSafeInteger(lastSeq)
    )
      return null;
    return {
      epoch,
      durableSeq: Number(durableSeq),
      archivedSeq: Number(archivedSeq),
      lastSeq: Number(lastSeq),
      skipped: skippedOf(skipped),
      renaming: renaming === true,
      boot: typeof boot === "string" ? boot : "",
      clean: clean === true,
    };
  } catch {
    return null;
  }
}

export const writePosition = (directory: string, position: Position): void =>
  replaceFile(join(directory, "position.json"), `${JSON.stringify(position)}\n`);

export function removePosition(directory: string): void {
  try {
    rmSync(join(directory, "position.json"), { force: true });
  } catch {
    // A disk that takes no changes at all refuses the next run's position too, which then knows.
  }
}

const textIn = (path: string): string => {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
};

/**
 * The instance id in `sender-id`, made by `create` the first time, and where another machine than this one wrote there: of two that were made of
 * one image the server would take one's frames for repetitions of the other's. Falls back to an id for this run when the directory cannot be written.
 */
export function readSenderId(directory: string, machine: string, create: () => string): { readonly id: string; readonly isMoved: boolean } {
  const paths = { id: join(directory, "sender-id"), machine: join(directory, "machine") };
  const [known, wrote] = [textIn(paths.id), textIn(paths.machine)];
  const isMoved = known !== "" && wrote !== "" && wrote !== machine;
  const id = known === "" || isMoved ? create() : known;
  if (id === known && wrote === machine) return { id, isMoved };
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (isMoved) removeDurable(directory);
    if (id !== known) replaceFile(paths.id, `${id}\n`);
    replaceFile(paths.machine, `${machine}\n`);
  } catch {
    // The spool itself says that the directory is not writable.
  }
  return { id, isMoved };
}

/** What the server has of the sender that was; under another id it would be asked for again. */
function removeDurable(directory: string): void {
  const position = readPosition(directory);
  if (position === null) return;
  const paths = segmentPaths(directory);
  for (const [at, path] of paths.entries()) {
    const next = paths[at + 1];
    const lastSeq = next === undefined ? (position.clean ? position.lastSeq : Infinity) : firstSeqOf(next) - 1;
    if (lastSeq <= position.durableSeq) rmSync(path, { force: true });
  }
}
