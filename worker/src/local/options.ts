import { parseDuration } from "@sightline/shared/model/duration";
import { parseArgs } from "node:util";
import { outboundList } from "./outbound-list.ts";

export interface StartOptions {
  readonly host: string;
  readonly port: number;
  readonly dataDirectory: string;
  readonly agent: boolean;
  readonly demo: boolean;
  readonly storeOnly: boolean;
  /** Features by Prometheus's names. */
  readonly features: readonly string[];
  /** How far a sample may lie behind its series' newest, as written; null: the default. */
  readonly outOfOrderWindow: string | null;
  /** Which of two values of one series and time is kept, as written; null: the last. */
  readonly duplicatePolicy: string | null;
  /** GB a shard may take for what is packed, as written; null: the default. */
  readonly storageGB: string | null;
  /** Where days of raw samples go when they are over, as written; null: they leave with the retention. */
  readonly archiveDirectory: string | null;
  /** CIDR blocks outbound requests may reach besides public addresses, and the names that receivers in them may go by. */
  readonly allowOutbound: readonly string[];
  /** Where people reach the server, for links in notifications; null: where it listens. */
  readonly externalUrl: string | null;
  readonly logFormat: "text" | "json";
}

export const START_USAGE = `Usage: npm start -- [options]
  --port PORT            port to listen on (default 8787)
  --host HOST            address to listen on (default 127.0.0.1)
  --data-dir DIR         where everything is kept (default .sightline)
  --no-agent             do not report this host
  --demo                 also run examples/shop with generated traffic
  --store-only           no windows, rules or detectors
  --enable-feature NAME  promql-experimental-functions: more functions, limitk and limit_ratio (repeatable)
  --out-of-order-window DURATION  how far a sample may lie behind its series' newest (default 30m)
  --duplicate-policy POLICY  of two values of one series and time: last (default), first, or reject
  --storage-gb GB        what a shard's packed samples may take before the oldest day leaves (default 9)
  --archive-dir DIR      keep raw samples here for good; without it they leave after 30 days
  --allow-outbound LIST  let receivers lie in these private ranges, under any name or under these:
                         10.0.0.0/8 or receivers.internal,10.0.0.0/8 (repeatable)
  --external-url URL     where people reach the server, for links in notifications (default: where it listens)
  --log-format FORMAT    text (default) or json
  --help                 this text
`;

const FEATURES: ReadonlySet<string> = new Set(["promql-experimental-functions"]);
const POLICIES: ReadonlySet<string> = new Set(["last", "first", "reject"]);

/** Throws an Error whose message names the option, the value and what it should be. */
export function parseStartOptions(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): StartOptions | "help" {
  const { values } = parseArgs({
    args: [...argv],
    allowPositionals: false,
    options: {
      port: { type: "string" },
      host: { type: "string" },
      "data-dir": { type: "string" },
      "no-agent": { type: "boolean" },
      demo: { type: "boolean" },
      "store-only": { type: "boolean" },
      "enable-feature": { type: "string", multiple: true },
      "out-of-order-window": { type: "string" },
      "duplicate-policy": { type: "string" },
      "storage-gb": { type: "string" },
      "archive-dir": { type: "string" },
      "allow-outbound": { type: "string", multiple: true },
      "external-url": { type: "string" },
      "log-format": { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return "help";
  const portText = values.port ?? environment["SIGHTLINE_PORT"] ?? "8787";
  const port = Number(portText);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`--port ${portText}: expected a whole number from 1 to 65535`);
  const logFormat = values["log-format"] ?? "text";
  if (logFormat !== "text" && logFormat !== "json") throw new Error(`--log-format ${logFormat}: expected text or json`);
  const allowOutbound = outboundList(values["allow-outbound"] ?? []);
  const externalUrl = values["external-url"] ?? environment["SIGHTLINE_EXTERNAL_URL"] ?? null;
  if (externalUrl !== null && !/^https?:\/\/[^\s/]+/.test(externalUrl))
    throw new Error(`--external-url ${externalUrl}: expected a URL such as https://sightline.example.org`);
  const features = (values["enable-feature"] ?? []).flatMap((names) => names.split(","));
  for (const name of features) {
    if (!FEATURES.has(name)) throw new Error(`--enable-feature ${name}: expected ${[...FEATURES].join(" or ")}`);
  }
  const window = values["out-of-order-window"] ?? null;
  const duration = window === null ? null : parseDuration(window);
  if (duration?.ok === false) throw new Error(`--out-of-order-window ${window}: ${duration.error.message}`);
  const duplicatePolicy = values["duplicate-policy"] ?? null;
  if (duplicatePolicy !== null && !POLICIES.has(duplicatePolicy))
    throw new Error(`--duplicate-policy ${duplicatePolicy}: expected ${[...POLICIES].join(", ")}`);
  const storageGB = values["storage-gb"] ?? null;
  if (storageGB !== null && !(Number(storageGB) > 0)) throw new Error(`--storage-gb ${storageGB}: expected a number above zero`);
  if (values["archive-dir"] === "") throw new Error("--archive-dir: expected a folder");
  return {
    host: values.host ?? "127.0.0.1",
    port,
    dataDirectory: values["data-dir"] ?? environment["SIGHTLINE_DATA_DIR"] ?? ".sightline",
    agent: values["no-agent"] !== true,
    demo: values.demo === true,
    storeOnly: values["store-only"] === true,
    features,
    outOfOrderWindow: window,
    duplicatePolicy,
    storageGB,
    archiveDirectory: values["archive-dir"] ?? null,
    allowOutbound,
    externalUrl,
    logFormat,
  };
}
