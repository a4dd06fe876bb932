/**
 * A project's configuration as files: which document each file holds, by its own first keys. Prometheus rule files,
 * alertmanager.yml, OpenSLO, and our lists of users, schedules, policies, SLOs, silences, dependencies, receivers and templates. JSON is YAML;
 * a `.tmpl` file is a template.
 */
import { plainYaml } from "../format/plain-yaml.ts";
import { faultInWords, readYaml } from "../format/read-yaml.ts";
import { type Result, fail, ok } from "../model/result.ts";

export interface CodeFile {
  /** As the person knows it; said in every complaint. */
  readonly path: string;
  readonly text: string;
}

/** Kinds whose documents are items of a list under the kind's key. */
export const LISTED_KINDS = ["users", "schedules", "policies", "slos", "silences", "dependencies"] as const;
export type ListedKind = (typeof LISTED_KINDS)[number];

/** Kinds of our own whose lists share a key with Alertmanager's: an item is ours when it has this field. */
const SHARED_KINDS = { receivers: "integrations", templates: "text" } as const;
type SharedKind = keyof typeof SHARED_KINDS;

export type CodeDocument =
  | { readonly kind: "rules"; readonly path: string; readonly text: string }
  | { readonly kind: "alertmanager"; readonly path: string; readonly value: Readonly<Record<string, unknown>> }
  | { readonly kind: "openslo"; readonly path: string; readonly value: Readonly<Record<string, unknown>> }
  /** Prices, demand and declared resources: one mapping, whole. */
  | { readonly kind: "capacity"; readonly path: string; readonly value: Readonly<Record<string, unknown>> }
  /** Selectors of pinned series, whole. */
  | { readonly kind: "pins"; readonly path: string; readonly value: readonly unknown[] }
  /** `value`: the item without its `id`, `name` or `service`, which is `name` here. */
  | {
      readonly kind: ListedKind | SharedKind;
      readonly path: string;
      readonly name: string;
      readonly value: Readonly<Record<string, unknown>>;
    };

const ALERTMANAGER_KEYS = new Set([
  "route",
  "receivers",
  "inhibit_rules",
  "time_intervals",
  "mute_time_intervals",
  "global",
  "templates",
  "tracing",
]);
const RULE_TEST_KEYS = new Set(["tests", "rule_files", "evaluation_interval", "group_eval_order"]);
/** What a list's items are named by. */
const NAME_KEYS: Readonly<Record<ListedKind | SharedKind, "id" | "name" | "service">> = {
  users: "id",
  schedules: "name",
  policies: "name",
  slos: "id",
  silences: "name",
  dependencies: "service",
  receivers: "name",
  templates: "name",
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isListed = (key: string): key is ListedKind => (LISTED_KINDS as readonly string[]).includes(key);

function itemsOf(kind: ListedKind | SharedKind, value: unknown, path: string): Result<readonly CodeDocument[]> {
  if (!Array.isArray(value)) return fail("bad_file", `${path}: \`${kind}\` must be a list.`);
  const documents: CodeDocument[] = [];
  for (const [i, item] of (value as readonly unknown[]).entries()) {
    const key = NAME_KEYS[kind];
    if (!isRecord(item)) return fail("bad_file", `${path}: ${kind}[${i}] must have fields.`);
    const { [key]: name, ...rest } = item;
    if (typeof name !== "string" || name === "") return fail("bad_file", `${path}: ${kind}[${i}] needs \`${key}\`.`);
    documents.push({ kind, path, name, value: rest });
  }
  return ok(documents);
}

/** Items in our own notation out of a file of Alertmanager's keys, and the file with the others. */
function alertmanagerOf(value: Readonly<Record<string, unknown>>, path: string): Result<readonly CodeDocument[]> {
  const rest: Record<string, unknown> = { ...value };
  const own: CodeDocument[] = [];
  for (const kind of ["templates", "receivers"] as const) {
    const list = value[kind];
    if (!Array.isArray(list)) continue;
    const isOwn = (item: unknown): boolean => isRecord(item) && Object.hasOwn(item, SHARED_KINDS[kind]);
    const items = list as readonly unknown[];
    const found = itemsOf(kind, items.filter(isOwn), path);
    if (!found.ok) return found;
    own.push(...found.value);
    rest[kind] = items.filter((item) => !isOwn(item));
    if ((rest[kind] as readonly unknown[]).length === 0) delete rest[kind];
  }
  return ok(Object.keys(rest).length === 0 ? own : [...own, { kind: "alertmanager", path, value: rest }]);
}

function documentsOf(value: unknown, path: string, text: string): Result<readonly CodeDocument[]> {
  if (value === null || value === undefined) return ok([]);
  if (!isRecord(value))
    return fail("bad_file", `${path} holds no configuration: its top level must have keys such as groups, route or schedules.`);
  if (typeof value["apiVersion"] === "string" && value["apiVersion"].startsWith("openslo/")) return ok([{ kind: "openslo", path, value }]);
  const keys = Object.keys(value);
  // Unit tests of rules lie beside the rules.
  if (Array.isArray(value["tests"]) && keys.every((key) => RULE_TEST_KEYS.has(key))) return ok([]);
  if (keys.includes("groups")) return ok([{ kind: "rules", path, text }]);
  if (Object.hasOwn(value, "capacity")) {
    const { capacity, ...others } = value;
    if (!isRecord(capacity)) return fail("bad_file", `${path}: \`capacity\` must have fields.`);
    const rest = Object.keys(others).length === 0 ? ok([]) : documentsOf(others, path, text);
    return rest.ok ? ok([...rest.value, { kind: "capacity", path, value: capacity }]) : rest;
  }
  if (Object.hasOwn(value, "pins")) {
    const { pins, ...others } = value;
    if (!Array.isArray(pins)) return fail("bad_file", `${path}: \`pins\` must be a list of series selectors.`);
    const rest = Object.keys(others).length === 0 ? ok([]) : documentsOf(others, path, text);
    return rest.ok ? ok([...rest.value, { kind: "pins", path, value: pins }]) : rest;
  }
  const stranger = keys.find((key) => !isListed(key) && !ALERTMANAGER_KEYS.has(key));
  if (stranger !== undefined || keys.length === 0) {
    const known = [
      "groups (rules)",
      "route, receivers, inhibit_rules, time_intervals (alertmanager.yml)",
      "apiVersion: openslo/v1",
      ...LISTED_KINDS,
      "receivers, templates",
      "capacity",
      "pins",
    ];
    const what = stranger === undefined ? "holds nothing" : `has the key ${JSON.stringify(stranger)}, which nothing here knows`;
    return fail("bad_file", `${path} ${what}; there are ${known.join("; ")}.`);
  }
  const alertmanager = alertmanagerOf(Object.fromEntries(Object.entries(value).filter(([key]) => !isListed(key))), path);
  if (!alertmanager.ok) return alertmanager;
  const all: CodeDocument[] = [...alertmanager.value];
  for (const key of keys) {
    const items = isListed(key) ? itemsOf(key, value[key], path) : ok([]);
    if (!items.ok) return items;
    all.push(...items.value);
  }
  return ok(all);
}

/** In the order of the files. A file of several YAML documents holds several. Codes: `bad_file`. */
export function readCodeFiles(files: readonly CodeFile[]): Result<readonly CodeDocument[]> {
  const all: CodeDocument[] = [];
  for (const { path, text } of files) {
    if (path.endsWith(".tmpl")) {
      const name = path.slice(path.lastIndexOf("/") + 1);
      all.push({ kind: "templates", path, name, value: { text } });
      continue;
    }
    const { documents, faults } = readYaml(text);
    const [fault] = faults;
    if (fault !== undefined) return fail("bad_file", `${path}: ${faultInWords(text, fault)}`);
    for (const parsed of documents) {
      const value = plainYaml(parsed, text);
      if (!value.ok) return fail("bad_file", `${path}: ${value.error.message}`);
      const found = documentsOf(value.value, path, text);
      if (!found.ok) return found;
      all.push(...found.value);
    }
  }
  return ok(all);
}
