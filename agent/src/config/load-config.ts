import { join } from "node:path";
import { isMap } from "yaml";
import { plainYaml } from "@sightline/shared/format/plain-yaml";
import { Fault } from "@sightline/shared/format/yaml-node-fault";
import { isThere, strings } from "@sightline/shared/rules/yaml-fields";
import { faultInWords, readYaml } from "@sightline/shared/format/read-yaml";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import { type AgentConfig, COLLECTOR_NAMES } from "./agent-config.ts";

export interface ConfigSources {
  /** By flag name without dashes; strings as typed. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Throws when the file cannot be read, with Node's code `ENOENT` when it is not there. */
  readonly readFile: (path: string) => string;
  readonly home: string;
  readonly hostName: string;
}

/** Key in the file, flag, environment variable: one row a setting. */
const SETTINGS = [
  { key: "url", flag: "url", env: "SIGHTLINE_URL" },
  { key: "token", flag: "token", env: "SIGHTLINE_TOKEN" },
  { key: "tokenFile", flag: "token-file", env: "SIGHTLINE_TOKEN_FILE" },
  { key: "spoolDir", flag: "spool-dir", env: "SIGHTLINE_SPOOL_DIR" },
  { key: "spoolMaxBytes", flag: "spool-max-bytes", env: "SIGHTLINE_SPOOL_MAX_BYTES" },
  { key: "hostName", flag: "host-name", env: "SIGHTLINE_HOST_NAME" },
  { key: "serviceName", flag: "service-name", env: "SIGHTLINE_SERVICE_NAME" },
  { key: "labels", flag: "labels", env: "SIGHTLINE_LABELS" },
  { key: "disabledCollectors", flag: "disable-collectors", env: "SIGHTLINE_DISABLE_COLLECTORS" },
  { key: "topProcesses", flag: "top-processes", env: "SIGHTLINE_TOP_PROCESSES" },
  { key: "logFormat", flag: "log-format", env: "SIGHTLINE_LOG_FORMAT" },
] as const;
type Key = (typeof SETTINGS)[number]["key"];

export const CONFIG_FLAGS: readonly string[] = [...SETTINGS.map((setting) => setting.flag), "config"];

interface Setting {
  readonly value: unknown;
  /** Where it was said, for messages. */
  readonly from: string;
}

class ConfigError extends Error {}
const refuse = (setting: Setting, key: string, fix: string): never => {
  throw new ConfigError(`${key} (${setting.from}) is ${JSON.stringify(setting.value)}: ${fix}`);
};

/** Flags over environment over file over defaults. Error `invalid_config` names the setting, its value and the fix. */
export function loadConfig(sources: ConfigSources): Result<AgentConfig> {
  try {
    return ok(resolve(sources, gather(sources)));
  } catch (error) {
    if (error instanceof ConfigError) return fail("invalid_config", error.message);
    throw error;
  }
}

function gather(sources: ConfigSources): Map<Key, Setting> {
  const settings = new Map<Key, Setting>();
  const explicit = sources.flags["config"] ?? sources.environment["SIGHTLINE_CONFIG"];
  for (const [key, value] of Object.entries(readFile(sources, explicit))) {
    const setting = SETTINGS.find((one) => one.key === key);
    if (setting === undefined)
      throw new ConfigError(
        `${key} in ${explicit ?? "sightline.yaml"} is no setting; known are ${SETTINGS.map((one) => one.key).join(", ")}`,
      );
    settings.set(setting.key, { value, from: explicit ?? "sightline.yaml" });
  }
  // A token said closer by replaces a token file said further away, and the other way round.
  const put = (key: Key, value: string, from: string): void => {
    if (key === "token") settings.delete("tokenFile");
    if (key === "tokenFile") settings.delete("token");
    settings.set(key, { value, from });
  };
  for (const { key, env } of SETTINGS) {
    const value = sources.environment[env];
    if (value !== undefined && value !== "") put(key, value, env);
  }
  for (const { key, flag } of SETTINGS) {
    const value = sources.flags[flag];
    if (value !== undefined) put(key, value, `--${flag}`);
  }
  return settings;
}

function readFile(sources: ConfigSources, explicit: string | undefined): Record<string, unknown> {
  let text: string;
  try {
    text = sources.readFile(explicit ?? "sightline.yaml");
  } catch (error) {
    // Only the file that nobody named need not be there; one that is there and cannot be read holds settings that someone counts on.
    if (explicit === undefined && (error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new ConfigError(
      `the configuration file ${explicit ?? "sightline.yaml"} cannot be read: ${error instanceof Error ? error.message : String(error)}; correct ${explicit === undefined ? "it" : "--config or SIGHTLINE_CONFIG"}`,
    );
  }
  const { documents, faults } = readYaml(text);
  const [fault] = faults;
  if (fault !== undefined) throw new ConfigError(`${explicit ?? "sightline.yaml"}: ${faultInWords(text, fault)}`);
  const [only, ...others] = documents;
  if (others.length > 0) throw new ConfigError(`${explicit ?? "sightline.yaml"} holds ${documents.length} documents of YAML: leave one`);
  const plain = only === undefined ? ok(null) : plainYaml(only, text);
  if (!plain.ok) throw new ConfigError(`${explicit ?? "sightline.yaml"}: ${plain.error.message}`);
  const document = plain.value;
  if (document === null || document === undefined) return {};
  if (typeof document !== "object" || Array.isArray(document))
    throw new ConfigError(`${explicit ?? "sightline.yaml"} must be a list of "key: value" lines`);
  return { ...document, ...labelsAsWritten(only?.contents, explicit ?? "sightline.yaml") };
}

/** The text `1.10` is not `1.1`, whatever YAML makes of it. */
function labelsAsWritten(node: unknown, file: string): { readonly labels?: Readonly<Record<string, string | null>> } {
  const map: unknown = isMap(node) ? node.get("labels", true) : null;
  if (!isMap(node) || !isMap(map)) return {};
  try {
    const written = strings(node, "labels");
    // What is left empty is no text.
    const empty = map.items.filter(({ value }) => !isThere(value)).map(({ key }) => String(key));
    return { labels: { ...written, ...Object.fromEntries(empty.map((name) => [name, null])) } };
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    throw new ConfigError(`${file}: labels: ${fault.message}`);
  }
}

function resolve(sources: ConfigSources, settings: Map<Key, Setting>): AgentConfig {
  const text = (key: Key, fallback: string): string => {
    const setting = settings.get(key);
    if (setting === undefined) return fallback;
    return typeof setting.value === "string" && setting.value !== "" ? setting.value : refuse(setting, key, "give a text");
  };
  const integer = (key: Key, fallback: number, least: number, most: number): number => {
    const setting = settings.get(key);
    if (setting === undefined) return fallback;
    const value = Number(setting.value);
    return Number.isInteger(value) && value >= least && value <= most
      ? value
      : refuse(setting, key, `give a whole number from ${least} to ${most}`);
  };
  return {
    url: checkUrl(settings.get("url") ?? { value: "http://127.0.0.1:8787", from: "default" }),
    token: token(sources, settings),
    spoolDir: text("spoolDir", join(sources.home, ".sightline", "spool")),
    spoolMaxBytes: integer("spoolMaxBytes", 256 * 1024 * 1024, 1024 * 1024, 2 ** 40),
    hostName: text("hostName", sources.hostName),
    serviceName: text("serviceName", "sightline-agent"),
    labels: labels(settings.get("labels")),
    disabledCollectors: collectors(settings.get("disabledCollectors")),
    topProcesses: integer("topProcesses", 5, 0, 50),
    logFormat: logFormat(settings.get("logFormat")),
  };
}

function checkUrl(setting: Setting): string {
  const url = typeof setting.value === "string" && URL.canParse(setting.value) ? new URL(setting.value) : null;
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:"))
    return refuse(setting, "url", "give the server's address as http://HOST:PORT or https://HOST");
  return url.href;
}

function token(sources: ConfigSources, settings: Map<Key, Setting>): string | null {
  const said = settings.get("token");
  if (said !== undefined)
    return typeof said.value === "string" ? said.value.trim() : refuse({ ...said, value: "…" }, "token", "give a text");
  const file = settings.get("tokenFile");
  if (file === undefined) return null;
  if (typeof file.value !== "string") return refuse(file, "tokenFile", "give the path of a file");
  try {
    return sources.readFile(file.value).trim();
  } catch (error) {
    return refuse(
      file,
      "tokenFile",
      `it cannot be read (${error instanceof Error ? error.message : String(error)}); give the path of a file that holds the token`,
    );
  }
}

function labels(setting: Setting | undefined): Record<string, string> {
  if (setting === undefined) return {};
  const pairs: Record<string, unknown> =
    typeof setting.value === "string"
      ? Object.fromEntries(
          setting.value
            .split(",")
            .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.includes("=") ? pair.slice(pair.indexOf("=") + 1) : null]),
        )
      : { ...(setting.value as object | null) };
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(pairs)) {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) || typeof value !== "string")
      return refuse(setting, "labels", `give name=value pairs, names of letters, digits and _ (wrong: "${name}")`);
    checked[name] = value;
  }
  return checked;
}

function collectors(setting: Setting | undefined): string[] {
  if (setting === undefined) return [];
  const names: unknown[] =
    typeof setting.value === "string"
      ? setting.value.split(",")
      : Array.isArray(setting.value)
        ? setting.value
        : refuse(setting, "disabledCollectors", "give a list of names");
  return names.map((name) => {
    const trimmed = String(name).trim();
    return COLLECTOR_NAMES.some((known) => known === trimmed)
      ? trimmed
      : refuse(setting, "disabledCollectors", `"${trimmed}" is no collector; there are ${COLLECTOR_NAMES.join(", ")}`);
  });
}

function logFormat(setting: Setting | undefined): "text" | "json" {
  if (setting === undefined) return "text";
  return setting.value === "text" || setting.value === "json" ? setting.value : refuse(setting, "logFormat", "give text or json");
}
