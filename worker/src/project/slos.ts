import type { Principal } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import type { Slo } from "@sightline/shared/model/slo";
import { parseQuery } from "@sightline/shared/promql/parse/parse";
import type { ProjectPorts } from "./project-ports.ts";
import { recordAudit } from "./audit-log.ts";
import { openJson, sealJson } from "./sealed-json.ts";

export function listSlos(ports: ProjectPorts): readonly Slo[] {
  // Bodies are what putSlo wrote.
  return ports.database.all<{ body: string }>("SELECT body FROM slos ORDER BY id").map((row) => openJson(row.body) as Slo);
}

/** The sentence that says why a text selects no events; null when it does. */
function selectorFault(name: "good" | "total", text: string): string | null {
  const tree = parseQuery(text);
  if (!tree.ok) return `${name} does not parse: ${tree.error.message}. Nothing was changed.`;
  return tree.value.kind === "vector_selector"
    ? null
    : `${name} must be a selector such as name{label="value"}, not an expression. Nothing was changed.`;
}

/** `changed` runs in the same transaction. Codes: `bad_request`. */
export function putSlo(ports: ProjectPorts, by: Principal, slo: Slo, changed: () => void): Result<Slo> {
  if (slo.kind === "latency" && slo.thresholdSeconds === undefined) {
    return fail("bad_request", "A latency SLO needs thresholdSeconds, the slowest request that still counts as good. Nothing was changed.");
  }
  const fault = selectorFault("good", slo.good) ?? selectorFault("total", slo.total);
  if (fault !== null) return fail("bad_request", fault);
  ports.database.transaction(() => {
    ports.database.run("INSERT OR REPLACE INTO slos (id, body) VALUES (?, ?)", slo.id, sealJson(slo));
    recordAudit(ports, by, "slo.put", `SLO ${slo.id}: ${slo.objective * 100}% over ${slo.windowMs / 86_400_000} days`);
    changed();
  });
  return ok(slo);
}

/** Codes: `not_found`. */
export function deleteSlo(ports: ProjectPorts, by: Principal, id: string, changed: () => void): Result<null> {
  if (!listSlos(ports).some((slo) => slo.id === id)) return fail("not_found", `There is no SLO ${JSON.stringify(id)}.`);
  ports.database.transaction(() => {
    ports.database.run("DELETE FROM slos WHERE id = ?", id);
    recordAudit(ports, by, "slo.delete", `SLO ${id}`);
    changed();
  });
  return ok(null);
}
