import { isNamedOrigin } from "./cors.ts";
import { HttpFailure } from "./http-failure.ts";

/**
 * A browser that was told the token as a password, for /docs, keeps it, and sends it with what any page has it send here. Such a page
 * reads no answers, and must change nothing, nor open a stream. As `CrossOriginProtection` of Go's net/http decides; other schemes no
 * browser adds by itself. `allowed` is `CORS_ORIGINS`, whose `*` says that any page may call with a token that it has, not with one that it has not.
 * Throws `forbidden`.
 */
export function refuseForged(request: Request, allowed: string): void {
  const { headers, method } = request;
  const origin = headers.get("origin");
  if (origin === null || !/^basic /i.test(headers.get("authorization") ?? "")) return;
  if ((method === "GET" || method === "HEAD") && headers.get("upgrade") === null) return;
  if (headers.get("sec-fetch-site") === "same-origin" || isNamedOrigin(allowed, origin)) return;
  if (URL.canParse(origin) && new URL(origin).host === new URL(request.url).host) return;
  throw new HttpFailure(
    "forbidden",
    `A page of ${origin} sent this with the password that the browser keeps. Send the token as Authorization: Bearer, or add the origin itself to CORS_ORIGINS. Nothing was changed.`,
  );
}
