import type { DataSourceError } from "../../api/data-source.ts";
import { notice } from "../dom/notice.ts";

const NEXT: Readonly<Record<string, string>> = {
  unreachable: "The panel fills by itself when the server answers again.",
  unauthenticated: "Sign in again with a valid token.",
};

/** The server's sentence, and what follows from it. */
export function failureNotice(error: DataSourceError, compact = false): HTMLElement {
  const title =
    error.code === "unreachable"
      ? "The server does not answer"
      : error.status === 401
        ? "The token was refused"
        : "The server refused the query";
  const detail = [error.message, NEXT[error.code] ?? ""].join(" ").trim();
  if (!compact) return notice({ title, detail, tone: "error" });
  const short = notice({ title, detail: NEXT[error.code] ?? error.message, tone: "error" });
  short.title = detail;
  return short;
}
