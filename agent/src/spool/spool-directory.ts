/** The files of a disk spool: names, the persisted position, the sender's id. */
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Position {
  readonly epoch: string;
  readonly durableSeq: number;
  readonly archivedSeq: number;
  readonly lastSeq: number;
  /** Boot of the machine that wrote it: after another boot the tail of the spool may have been lost with the page cache. */
  readonly boot: string;
  /** The spool was closed in order. */
  readonly clean: boolean;
}

const SUFFIX = ".segment";

export const segmentPath = (directory: string, firstSeq: number): string =>
  join(directory, `${String(firstSeq).padStart(16, "0")}${SUFFIX}`);

/** Paths of the segments, oldest first. */
export const segmentPaths = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith(SUFFIX))
    .sort()
    .map((name) => join(directory, name));

/** A reader sees the old file or the new one, never half. */
function replaceFile(path: string, content: string | Uint8Array): void {
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function readPosition(directory: string): Position | null {
  try {
    const value: unknown = JSON.parse(readFileSync(join(directory, "position.json"), "utf8"));
    if (typeof value !== "object" || value === null) return null;
    const { epoch, durableSeq, archivedSeq, lastSeq, boot, clean } = value as Partial<Record<keyof Position, unknown>>;
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

/** The instance id in `sender-id`, made by `create` the first time. Falls back to an id for this run when the directory cannot be written. */
export function readSenderId(directory: string, create: () => string): string {
  const path = join(directory, "sender-id");
  try {
    const id = readFileSync(path, "utf8").trim();
    if (id !== "") return id;
  } catch {
    // First start here.
  }
  const id = create();
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    replaceFile(path, `${id}\n`);
  } catch {
    // The spool itself says that the directory is not writable.
  }
  return id;
}
