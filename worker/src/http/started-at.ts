import type { Env } from "../env.ts";

/** Of an isolate at Cloudflare, which does not know when it began: its clock stands still until the first request. */
let firstAskedAt = 0;

/** When the server was started, RFC 3339; where nobody started one, since when this isolate is asked. */
export const startedAt = ({ STARTED_AT }: Pick<Env, "STARTED_AT">): string =>
  STARTED_AT ?? new Date((firstAskedAt ||= Date.now())).toISOString();
