/** The one table from codes of failures to HTTP statuses (CONTRACT.md). */
const STATUS: Readonly<Record<string, number>> = {
  bad_request: 400,
  bad_data: 400,
  malformed: 400,
  malformed_json: 400,
  nothing_acceptable: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  unknown_route: 404,
  method_not_allowed: 405,
  conflict: 409,
  sender_taken: 409,
  too_large: 413,
  unsupported_encoding: 415,
  unsupported_media_type: 415,
  idempotency_key_reused: 422,
  execution: 422,
  limit: 422,
  limit_exceeded: 422,
  too_fast: 429,
  internal: 500,
  archive_damaged: 500,
  archive_unbound: 500,
  unavailable: 503,
  overloaded: 503,
  moved: 503,
  timeout: 503,
  canceled: 503,
};

/** Codes that the table does not know are refusals of what the caller sent. */
export function statusOf(code: string): number {
  const known = STATUS[code];
  if (known !== undefined) return known;
  if (code.startsWith("too_many") || code.endsWith("_limit")) return 422;
  return 400;
}

const TITLES: Readonly<Record<number, string>> = {
  400: "The request cannot be understood",
  401: "A token is needed",
  403: "This token may not do that",
  404: "Not found",
  405: "This route has no such method",
  409: "In conflict with what is there",
  413: "Too large",
  415: "Unsupported encoding",
  422: "Outside the limits",
  429: "Too fast",
  500: "Something broke on our side",
  503: "Not now",
};

export const titleOf = (status: number): string => TITLES[status] ?? "Error";
