import type { LiveRequest } from "@sightline/shared/api/live";
import { type Result, fail, ok } from "@sightline/shared/model/result";

const MAX_SELECTORS = 64;

const isText = (value: unknown, most: number): value is string => typeof value === "string" && value.length > 0 && value.length <= most;

/** Codes: `malformed_json`, `bad_request`. */
export function parseLiveRequest(message: string | ArrayBuffer): Result<LiveRequest> {
  if (typeof message !== "string") return fail("bad_request", "This socket speaks JSON text messages, not binary ones.");
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    return fail("malformed_json", "The message is not JSON.");
  }
  if (typeof value !== "object" || value === null) return fail("bad_request", "A message is a JSON object with a type.");
  const fields = value as Readonly<Record<string, unknown>>;
  const { type, id, selectors, backfillMs = 0, sentAt } = fields;
  if (type === "ping") {
    return typeof sentAt === "number" && Number.isFinite(sentAt)
      ? ok({ type, sentAt })
      : fail("bad_request", "ping needs the number sentAt.");
  }
  if (type !== "subscribe" && type !== "unsubscribe") {
    return fail("bad_request", `There is no message type ${JSON.stringify(type)}; there are subscribe, unsubscribe and ping.`);
  }
  if (!isText(id, 128)) return fail("bad_request", `${type} needs an id of 1 to 128 characters.`);
  if (type === "unsubscribe") return ok({ type, id });
  if (!Array.isArray(selectors) || selectors.length === 0 || selectors.length > MAX_SELECTORS) {
    return fail("bad_request", `subscribe needs 1 to ${MAX_SELECTORS} selectors.`);
  }
  const texts = selectors.filter((selector: unknown) => isText(selector, 4096));
  if (texts.length !== selectors.length) return fail("bad_request", "Selectors are texts of 1 to 4096 characters.");
  if (typeof backfillMs !== "number" || !(backfillMs >= 0))
    return fail("bad_request", "backfillMs is a number of milliseconds, 0 or more.");
  return ok({ type, id, selectors: texts, backfillMs });
}
