import type { RuleGroup } from "@sightline/shared/model/rule";
import { parseQuery } from "@sightline/shared/promql/parse/parse";
import { BIT_TURNED_BACK, Quarantine } from "../storage/quarantine.ts";
import type { SqlDatabase } from "../storage/sql-database.ts";
import { type CheckedJson, checkJson, openJson, sealJson } from "./sealed-json.ts";

/** A table with JSON in it. */
interface JsonTable {
  readonly table: string;
  readonly key: string;
  readonly column: string;
  /** What people configured: with a checksum. */
  readonly sealed?: true;
  /** Rows that hold JSON, where not all do. */
  readonly where?: string;
  /** Of a document without a checksum. Throws or says no for one that cannot be used. */
  readonly usable?: (document: unknown) => boolean;
}

/** Throws for what is no rule group. */
const parses = (document: unknown): boolean =>
  (document as RuleGroup).rules.every(({ expr }) => parseQuery(expr, { experimentalFunctions: true }).ok);

const TABLES: readonly JsonTable[] = [
  { table: "rule_groups", key: "name", column: "body", sealed: true, usable: parses },
  ...["slos", "users", "silences"].map((table) => ({ table, key: "id", column: "body", sealed: true }) as const),
  ...["receivers", "schedules", "escalation_policies"].map((table) => ({ table, key: "name", column: "body", sealed: true }) as const),
  { table: "settings", key: "name", column: "value", sealed: true, where: "name = 'routing'" },
  {
    table: "settings",
    key: "name",
    column: "value",
    where: "name IN ('anomaly_answers', 'pinned_series', 'topology', 'capacity', 'insights')",
  },
  ...["alerts", "deploys", "incidents", "outbox"].map((table) => ({ table, key: "id", column: "body" })),
  { table: "trace", key: "alert_id", column: "body" },
  { table: "escalations", key: "group_key", column: "body" },
  { table: "external_alerts", key: "fingerprint", column: "body" },
  { table: "alert_groups", key: "key", column: "labels" },
  { table: "shard_splits", key: "version", column: "shards" },
  { table: "tickets", key: "hash", column: "principal" },
  { table: "forecasts", key: "query", column: "body" },
];

type Row = { key: string | number; body: Uint8Array | ArrayBuffer };

/**
 * One document that cannot be read would take the whole project with it: it goes to `quarantine`, is told in the status, and
 * the rest goes on. One flipped bit of a document with a checksum is turned back. Inside the caller's transaction; whether
 * anything was damaged.
 */
export function setDamagedRowsAside(database: SqlDatabase, nowMs: number): boolean {
  const quarantine = new Quarantine(database);
  let found = false;
  for (const place of TABLES) {
    const { table, key, column, where = "1" } = place;
    const looked = place.sealed ? where : `${where} AND NOT json_valid(${column})`;
    for (const row of database.all<Row>(`SELECT ${key} AS key, CAST(${column} AS BLOB) AS body FROM ${table} WHERE ${looked}`)) {
      const stored = new Uint8Array(row.body);
      const { state, text } = checkJson(stored);
      if (state === "sound") continue;
      found ||= state !== "unsealed";
      const origin = `${table}/${row.key}`;
      const usable = usableText(text, state, place);
      if (usable === null) {
        found = true;
        quarantine.add(origin, reasonOf(state, place), stored, nowMs);
        database.run(`DELETE FROM ${table} WHERE ${key} = ?`, row.key);
        continue;
      }
      if (state === "mended") quarantine.noteMended(origin, BIT_TURNED_BACK, nowMs);
      database.run(`UPDATE ${table} SET ${column} = ? WHERE ${key} = ?`, usable, row.key);
    }
  }
  return found;
}

function reasonOf(state: CheckedJson["state"], { sealed }: JsonTable): string {
  const reason = state === "damaged" ? "its checksum does not match" : "it cannot be read";
  return sealed === undefined ? reason : `${reason}; what it configured is not in force until it is put again`;
}

/** With its checksum; null when there is no use in it. */
function usableText(text: string, state: CheckedJson["state"], { sealed, usable }: JsonTable): string | null {
  if (state === "mended") return text;
  if (state === "damaged" || sealed === undefined) return null;
  try {
    const document = openJson(text);
    return usable?.(document) === false ? null : sealJson(document);
  } catch {
    return null;
  }
}
