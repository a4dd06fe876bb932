/** The namespaces are untyped here so that the objects can name `Env`; `objects/stubs.ts` gives them their interfaces. */
export interface Env {
  readonly SERIES_SHARD: DurableObjectNamespace;
  readonly PROJECT: DurableObjectNamespace;
  readonly LIVE_HUB: DurableObjectNamespace;
  /** Keeps finished days of raw samples for good; without it they leave with the retention. */
  readonly ARCHIVE?: R2Bucket;
  /** The same in a folder of the local stack, behind workerd's disk service (`--archive-dir`). */
  readonly ARCHIVE_DIRECTORY?: Fetcher;
  /** SHA-256 (hex) of the bootstrap admin token of project `default`. */
  readonly ADMIN_TOKEN_SHA256?: string;
  /** "1": no windows, rules or detectors (benchmarks, pure storage nodes). */
  readonly STORE_ONLY?: string;
  /** "cloudflare" or "local": picks bounds and the group-commit profile. */
  readonly PROFILE?: string;
  /** When the local server was started, RFC 3339. */
  readonly STARTED_AT?: string;
  /** Comma-separated features by Prometheus's names; there is `promql-experimental-functions`. */
  readonly ENABLE_FEATURE?: string;
  /** How far a sample may lie behind the newest of its series, e.g. "2h"; default 30m. */
  readonly OUT_OF_ORDER_WINDOW?: string;
  /** Of two values of one series and time: "last" written is kept (default), "first", or "reject": the first, and the other is an error. */
  readonly DUPLICATE_POLICY?: string;
  /** GB a shard may take for packed samples and aggregates; default 9, on Cloudflare 4.5 to fit the free plan. The oldest day leaves first. */
  readonly STORAGE_GB?: string;
  /** Database files of objects that the local start found damaged (`http/damage-notices.ts`), as JSON. */
  readonly DAMAGE?: string;
  /** Comma-separated origins whose pages may call; `*` for all, yet not with a password that the browser keeps (`http/kept-password.ts`). */
  readonly CORS_ORIGINS?: string;
  /** Where people reach this server, for the links in notifications; without it they have none. */
  readonly EXTERNAL_URL?: string;
  /** Comma-separated CIDRs of private networks that webhooks may reach; the network's own allow-list must name them too. */
  readonly ALLOW_OUTBOUND?: string;
}
