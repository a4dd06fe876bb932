import type { TemplateFile } from "@sightline/shared/api/receiver-responses";
import type { Principal } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import type { Template } from "@sightline/shared/template/ast";
import { parseTemplate } from "@sightline/shared/template/parse";
import { definitionsOf } from "../alerting/templates/template-set.ts";
import { recordAudit } from "./audit-log.ts";
import type { ProjectPorts } from "./project-ports.ts";

const MAX_FILES = 50;
const MAX_LENGTH = 65_536;

export function listTemplates(ports: ProjectPorts): readonly TemplateFile[] {
  return ports.database
    .all<{ name: string; body: string }>("SELECT name, body FROM templates ORDER BY name")
    .map(({ name, body }) => ({ name, text: body }));
}

export const notificationDefinitions = (ports: ProjectPorts): Template["definitions"] =>
  definitionsOf(new Map(listTemplates(ports).map(({ name, text }) => [name, text])));

/** Codes: `bad_request`, `too_many_templates`. */
export function putTemplate(ports: ProjectPorts, by: Principal, { name, text }: TemplateFile): Result<TemplateFile> {
  if (!/^[\w.-]{1,128}$/.test(name))
    return fail("bad_request", "A template file's name takes letters, digits and any of _ . - Nothing was changed.");
  if (text.length > MAX_LENGTH) return fail("bad_request", `A template file has at most ${MAX_LENGTH} characters. Nothing was changed.`);
  const parsed = parseTemplate(text);
  if (!parsed.ok) return fail("bad_request", `${name} is no template: ${parsed.error.message}. Nothing was changed.`);
  if (parsed.value.definitions.size === 0)
    return fail("bad_request", `${name} defines nothing: write {{ define "a.name" }}…{{ end }}. Nothing was changed.`);
  const others = listTemplates(ports).filter((file) => file.name !== name);
  if (others.length >= MAX_FILES)
    return fail("too_many_templates", `A project has at most ${MAX_FILES} template files. Nothing was changed; delete one first.`);
  ports.database.transaction(() => {
    ports.database.run("INSERT OR REPLACE INTO templates (name, body) VALUES (?, ?)", name, text);
    recordAudit(ports, by, "template.put", `${name}: ${[...parsed.value.definitions.keys()].join(", ")}`);
  });
  return ok({ name, text });
}

/** Codes: `not_found`. */
export function deleteTemplate(ports: ProjectPorts, by: Principal, name: string): Result<null> {
  if (!listTemplates(ports).some((file) => file.name === name))
    return fail("not_found", `There is no template file ${JSON.stringify(name)}.`);
  ports.database.transaction(() => {
    ports.database.run("DELETE FROM templates WHERE name = ?", name);
    recordAudit(ports, by, "template.delete", name);
  });
  return ok(null);
}
