import type { Failure } from "@sightline/shared/model/result";
import { fullDisk } from "../objects/full-disk.ts";
import { HttpFailure } from "./http-failure.ts";

const DAMAGED =
  "The database file of this server is damaged. Nothing of this request was kept. Stop the server and start it again: a local start keeps the damaged file beside, under a name with the date, and goes on with all rows that can be read; on Cloudflare it takes the platform's point-in-time recovery.";

/** What SQLite says of its disk, by its result code. */
const STORAGE: Readonly<Record<string, string>> = {
  FULL: "The disk of this server is full. Nothing of this request was kept; free some space and send it again.",
  READONLY: "The storage of this server cannot be written. Nothing of this request was kept; make it writable and send it again.",
  CORRUPT: DAMAGED,
  NOTADB: DAMAGED,
  IOERR: "The disk of this server fails. Nothing of this request was kept; look at the disk, then send it again.",
};

/** What a thrown thing means to the caller. What nobody foresaw is logged under its request id and told without details. */
export function failureOf(
  error: unknown,
  requestId: string,
): { readonly failure: Failure; readonly headers: Readonly<Record<string, string>> } {
  if (error instanceof HttpFailure) return { failure: error.failure, headers: error.headers };
  // The platform marks errors of a Durable Object that is overloaded or was moved.
  const flags = error as { readonly overloaded?: boolean; readonly retryable?: boolean } | null;
  if (flags?.overloaded === true) {
    return {
      failure: {
        code: "overloaded",
        message: "The storage for this project is busy. Nothing was kept; try again shortly.",
        retryAfterMs: 2000,
      },
      headers: {},
    };
  }
  if (flags?.retryable === true) {
    return {
      failure: { code: "unavailable", message: "The storage for this project is restarting. Try again.", retryAfterMs: 1000 },
      headers: {},
    };
  }
  const storage = error instanceof Error ? /SQLITE_(FULL|READONLY|IOERR|CORRUPT|NOTADB)/.exec(error.message)?.[1] : undefined;
  if (storage !== undefined) {
    fullDisk.saw(error, Date.now());
    console.error(JSON.stringify({ level: "error", requestId, error: error instanceof Error ? error.message : String(error) }));
    return { failure: { code: "unavailable", message: STORAGE[storage] ?? "", retryAfterMs: 5000 }, headers: {} };
  }
  // An object that could not be opened or committed: the platform keeps the reason for its own log, which is the server's.
  const reference = error instanceof Error ? /^internal error; reference = (\w+)/.exec(error.message)?.[1] : undefined;
  if (reference !== undefined) {
    console.error(JSON.stringify({ level: "error", requestId, error: `the platform's ${reference}` }));
    const message = `The storage for this project cannot be used at present; nothing of this request was kept. The server's log says why near ${reference}; most often its disk is full. Try again; when it stays so, stop the server and start it again: a start looks over its database files, sets aside what is damaged and brings over what can be read.`;
    return { failure: { code: "unavailable", message, retryAfterMs: 5000 }, headers: {} };
  }
  console.error(
    JSON.stringify({ level: "error", requestId, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
  return {
    failure: { code: "internal", message: `Something broke on our side; the log has it under request id ${requestId}.` },
    headers: {},
  };
}
