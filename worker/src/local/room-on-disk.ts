import { existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";

/** For lock, lists and configuration, and for the files that SQLite opens beside its databases, 32 kB each. */
const LEAST_FREE = 1_000_000;
const KEPT = "Nothing that is stored was changed, and agents keep what they collect and send it once this runs again.";
const MAKE_ROOM = `${KEPT} Make room on that disk (a damaged database that was set aside, *.damaged-*, may go), or choose another --data-dir, and start again.`;

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/**
 * Refuses a start on a full disk in words before it has touched anything: half-way it would leave an empty token or lock behind,
 * and SQLite reads no database where there is no room for its shared memory. `more`: what the start itself writes, bytes.
 */
export function requireRoom(directory: string, more: number): void {
  let place = directory;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const needed = LEAST_FREE + Math.max(0, more);
  // Some file systems count nothing.
  if (bsize > 0 && free < needed)
    throw new Error(
      `the disk of ${directory} is full: ${megabytes(free)} are free there, and a start needs ${megabytes(needed)}. ${MAKE_ROOM}`,
    );
}

/** What the system says of a disk that takes nothing, in words; other errors as they are. */
export function inWords(error: unknown, directory: string): Error {
  const { code, message, path, syscall } = error as NodeJS.ErrnoException;
  const where = path === undefined ? directory : path;
  if (code === "ENOSPC" || code === "EDQUOT")
    return new Error(`the disk of ${where} ${code === "ENOSPC" ? "is full" : "has reached its quota"} (${message}). ${MAKE_ROOM}`, {
      cause: error,
    });
  if (code === "EROFS")
    return new Error(
      `${where} cannot be written: its disk is mounted read-only (${message}). ${KEPT} Mount it writable, or choose another --data-dir, and start again.`,
      { cause: error },
    );
  if (code === "ENOENT" && syscall === "mkdir")
    return new Error(
      `${where} cannot be made: what it lies in takes no folders (${message}). ${KEPT} Choose another folder, and start again.`,
      {
        cause: error,
      },
    );
  if ((code === "EACCES" || code === "EPERM") && path !== undefined && syscall?.startsWith("spawn") === false)
    return new Error(
      `${where} cannot be written by this user (${message}). Give it to the user who starts Sightline, or choose another --data-dir.`,
      {
        cause: error,
      },
    );
  return error instanceof Error ? error : new Error(String(error));
}
