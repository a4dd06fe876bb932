import { isBlock } from "./outbound-list.ts";

export interface WorkerdConfig {
  readonly bindings: Readonly<Record<string, string>>;
  readonly compatibilityDate: string;
  /** Blocks of addresses; names among them are not the network's affair. */
  readonly allowOutbound: readonly string[];
  /** Shards find a folder bound as ARCHIVE_DIRECTORY: that given as `--directory-path=archive=…`. */
  readonly archive: boolean;
  /** Embedded by path, relative to the configuration file. */
  readonly modules: readonly { readonly name: string; readonly path: string; readonly kind: "esModule" | "wasm" | "text" }[];
}

const OBJECTS = [
  ["SERIES_SHARD", "SeriesShard"],
  ["PROJECT", "Project"],
  ["LIVE_HUB", "LiveHub"],
] as const;

const text = (value: string): string => JSON.stringify(value);

/**
 * V8 gets a small nursery: what a request leaves behind is dead when the next one comes, and the default would hold three
 * times 16 MB for it (13 MB less under load, at no cost in CPU). Its last compiler comes when code has run a hundred times as
 * long as it would wait, the one before it twice: what they compile in the first seconds hardly pays (2.5 M samples sent
 * to a server just started: 15% less CPU and 2 MB less where it only stores, even with detectors; queries are as fast as before).
 * Where exactly matters little: turbofan from 60,000, 300,000 and 1,000,000 and maglev from 400 to 6,400 differ by 3% at most in
 * seven alternated runs each, which is less than one run differs from the next. Where small questions are asked it matters more: an
 * instant query takes a tenth less CPU from its 800th on than before its 1,600th (15 alternated rounds of 200), at 2 MB more. A nursery of 2 MB is not worth handing to several
 * threads (4–6% of the same load's CPU, 18 alternated runs).
 * The first full collection comes at 24 MB of old objects, or 48 with buffers, not at 32 and 64: of each request the platform keeps some 10 kB
 * outside the nursery until there is one, and the first would come after 5 M samples (10,000 series: 151 MB and 141 at
 * 2.5 M samples, 161 and 142 at 4 M, at equal CPU in eight alternated runs).
 */
const V8_FLAGS = [
  "--max-semi-space-size=2",
  "--initial-old-space-size=24",
  "--invocation-count-for-maglev=800",
  "--invocation-count-for-turbofan=300000",
  "--invocation-count-for-osr=100000",
  "--osr-from-maglev=0",
  "--no-parallel-scavenge",
];

/** Cap'n Proto text for `workerd serve`. `localDisk` storage lives in the directory given as `--directory-path=state=…`. */
export function workerdConfig(config: WorkerdConfig): string {
  const modules = config.modules.map(({ name, path, kind }) => `(name = ${text(name)}, ${kind} = embed ${text(path)})`);
  const objects = OBJECTS.map(([, name]) => `(className = ${text(name)}, uniqueKey = ${text(`sightline-${name}`)}, enableSql = true)`);
  const bindings = [
    ...OBJECTS.map(([binding, name]) => `(name = ${text(binding)}, durableObjectNamespace = ${text(name)})`),
    ...Object.entries(config.bindings).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`),
    ...(config.archive ? ['(name = "ARCHIVE_DIRECTORY", service = "archive")'] : []),
  ];
  const allow = ["public", ...config.allowOutbound.filter(isBlock)].map(text).join(", ");
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  v8Flags = [${V8_FLAGS.map(text).join(", ")}],
  services = [
    (name = "sightline", worker = .sightline),
    (name = "state", disk = (path = "", writable = true)),
${config.archive ? '    (name = "archive", disk = (path = "", writable = true)),\n' : ""}    (name = "outbound", network = (allow = [${allow}], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", http = (), service = "sightline")],
);

const sightline :Workerd.Worker = (
  modules = [
    ${modules.join(",\n    ")}
  ],
  compatibilityDate = ${text(config.compatibilityDate)},
  durableObjectNamespaces = [
    ${objects.join(",\n    ")}
  ],
  durableObjectStorage = (localDisk = "state"),
  globalOutbound = "outbound",
  bindings = [
    ${bindings.join(",\n    ")}
  ],
);
`;
}
