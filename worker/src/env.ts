import type { LiveHub } from "./objects/live-hub.ts";
import type { Project } from "./objects/project.ts";
import type { SeriesShard } from "./objects/series-shard.ts";

export interface Env {
  readonly SERIES_SHARD: DurableObjectNamespace<SeriesShard>;
  readonly PROJECT: DurableObjectNamespace<Project>;
  readonly LIVE_HUB: DurableObjectNamespace<LiveHub>;
  /** SHA-256 (hex) of the bootstrap admin token of project `default`. */
  readonly ADMIN_TOKEN_SHA256?: string;
  /** "1": no windows, rules or detectors (benchmarks, pure storage nodes). */
  readonly STORE_ONLY?: string;
  /** "cloudflare" or "local": picks bounds and the group-commit profile. */
  readonly PROFILE?: string;
  /** Comma-separated origins allowed to call with a bearer token. */
  readonly CORS_ORIGINS?: string;
}
