/**
 * A project's configuration as files: which document each file holds, by its own first keys. Prometheus rule files,
 * alertmanager.yml, OpenSLO, and our lists of users, schedules, policies and SLOs. JSON is YAML.
 */
import { parseAllDocuments } from "yaml";
import { type Result, fail, ok } from "../model/result.ts";

export interface CodeFile {
  /** As the person knows it; said in every complaint. */
  readonly path: string;
  readonly text: string;
}

/** Kinds whose documents are items of a list under the kind's key. */
export const LISTED_KINDS = ["users", "schedules", "policies", "slos"] as const;
export type ListedKind = (typeof LISTED_KINDS)[number];

export type CodeDocument =
  | { readonly kind: "rules"; readonly path: string; readonly text: string }
  | { readonly kind: "alertmanager"; readonly path: string; readonly value: Readonly<Record<string, unknown>> }
  | { readonly kind: "openslo"; readonly path: string; readonly value: Readonly<Record<string, unknown>> }
  /** `value`: the item without its `id` or `name`, which is `name` here. */
  | { readonly kind: ListedKind; readonly path: string; readonly name: string; readonly value: Readonly<Record<string, unknown>> };

const ALERTMANAGER_KEYS = new Set(["route", "receivers", "inhibit_rules", "time_intervals", "mute_time_intervals", "global", "templates"]);
/** What a list's items are named by. */
const NAME_KEYS: Readonly<Record<ListedKind, "id" | "name">> = { users: "id", schedules: "name", policies: "name", slos: "id" };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isListed = (key: string): key is ListedKind => (LISTED_KINDS as readonly string[]).includes(key);

function itemsOf(kind: ListedKind, value: unknown, path: string): Result<readonly CodeDocument[]> {
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

function documentsOf(value: unknown, path: string, text: string): Result<readonly CodeDocument[]> {
  if (value === null || value === undefined) return ok([]);
  if (!isRecord(value))
    return fail("bad_file", `${path} holds no configuration: its top level must have keys such as groups, route or schedules.`);
  if (typeof value["apiVersion"] === "string" && value["apiVersion"].startsWith("openslo/")) return ok([{ kind: "openslo", path, value }]);
  const keys = Object.keys(value);
  if (keys.includes("groups")) return ok([{ kind: "rules", path, text }]);
  if (keys.length > 0 && keys.every((key) => ALERTMANAGER_KEYS.has(key))) return ok([{ kind: "alertmanager", path, value }]);
  const stranger = keys.find((key) => !isListed(key));
  if (stranger !== undefined || keys.length === 0) {
    const known = [
      "groups (rules)",
      "route, receivers, inhibit_rules, time_intervals (alertmanager.yml)",
      "apiVersion: openslo/v1",
      ...LISTED_KINDS,
    ];
    const what = stranger === undefined ? "holds nothing" : `has the key ${JSON.stringify(stranger)}, which nothing here knows`;
    return fail("bad_file", `${path} ${what}; there are ${known.join("; ")}.`);
  }
  const all: CodeDocument[] = [];
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
    for (const parsed of parseAllDocuments(text, { prettyErrors: true })) {
      const [error] = parsed.errors;
      if (error !== undefined) return fail("bad_file", `${path} is not YAML: ${error.message.split("\n")[0] ?? error.code}`);
      const found = documentsOf(parsed.toJS({ maxAliasCount: 100 }), path, text);
      if (!found.ok) return found;
      all.push(...found.value);
    }
  }
  return ok(all);
}
