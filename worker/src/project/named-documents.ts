import type { Principal } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import { recordAudit } from "./audit-log.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { openJson, sealJson } from "./sealed-json.ts";

/** Things people configure under a name of their own: one row each, every change in the audit log. */
export interface NamedDocuments<Document extends { readonly name: string }> {
  readonly list: (ports: ProjectPorts) => readonly Document[];
  readonly find: (ports: ProjectPorts, name: string) => Document | null;
  /** Codes: `bad_request`. */
  readonly put: (ports: ProjectPorts, by: Principal, document: Document, detail: string) => Result<Document>;
  /** Codes: `not_found`. */
  readonly remove: (ports: ProjectPorts, by: Principal, name: string) => Result<null>;
}

const NAME = /^[\w.-]{1,128}$/;
/** Of one kind in one project. */
const MAX_DOCUMENTS = 500;

/** `table` has the columns name and body; `noun` is what people call one of them. */
export function namedDocuments<Document extends { readonly name: string }>(table: string, noun: string): NamedDocuments<Document> {
  // Bodies are what put() wrote.
  const parse = ({ body }: { readonly body: string }): Document => openJson(body) as Document;
  const list = (ports: ProjectPorts): readonly Document[] =>
    ports.database.all<{ body: string }>(`SELECT body FROM ${table} ORDER BY name`).map(parse);
  const find = (ports: ProjectPorts, name: string): Document | null => {
    const [row] = ports.database.all<{ body: string }>(`SELECT body FROM ${table} WHERE name = ?`, name);
    return row === undefined ? null : parse(row);
  };
  return {
    list,
    find,
    put(ports, by, document, detail) {
      if (!NAME.test(document.name))
        return fail("bad_request", `The name of ${noun} takes up to 128 letters, digits and any of _ . - only. Nothing was changed.`);
      if (find(ports, document.name) === null && list(ports).length >= MAX_DOCUMENTS)
        return fail("bad_request", `A project has at most ${MAX_DOCUMENTS} of ${noun}. Nothing was changed.`);
      ports.database.transaction(() => {
        ports.database.run(`INSERT OR REPLACE INTO ${table} (name, body) VALUES (?, ?)`, document.name, sealJson(document));
        recordAudit(ports, by, `${noun.replace(/^an? /, "").replaceAll(" ", "-")}.put`, `${document.name}: ${detail}`);
      });
      return ok(document);
    },
    remove(ports, by, name) {
      if (find(ports, name) === null) return fail("not_found", `There is no ${noun.replace(/^an? /, "")} ${JSON.stringify(name)}.`);
      ports.database.transaction(() => {
        ports.database.run(`DELETE FROM ${table} WHERE name = ?`, name);
        recordAudit(ports, by, `${noun.replace(/^an? /, "").replaceAll(" ", "-")}.delete`, name);
      });
      return ok(null);
    },
  };
}
