import { DEFAULT_SETTINGS } from "@sightline/shared/capacity/default-prices";
import type { CapacitySettings } from "@sightline/shared/model/capacity";
import type { Principal } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import { parseQuery } from "@sightline/shared/promql/parse/parse";
import { recordAudit } from "./audit-log.ts";
import type { ProjectPorts } from "./project-ports.ts";

const MAX_RESOURCES = 100;

function stored(ports: ProjectPorts): CapacitySettings | null {
  const [row] = ports.database.all<{ value: string }>("SELECT value FROM settings WHERE name = 'capacity'");
  // Written by putCapacitySettings.
  return row === undefined ? null : (JSON.parse(row.value) as CapacitySettings);
}

/** False while the shipped prices hold. */
export const hasCapacitySettings = (ports: ProjectPorts): boolean => stored(ports) !== null;

export const readCapacitySettings = (ports: ProjectPorts): CapacitySettings => stored(ports) ?? DEFAULT_SETTINGS;

/** Replaces all of them. Codes: `bad_request`. */
export function putCapacitySettings(ports: ProjectPorts, by: Principal, settings: CapacitySettings): Result<CapacitySettings> {
  const { resources, demand } = settings;
  if (resources.length > MAX_RESOURCES) return fail("bad_request", `At most ${MAX_RESOURCES} resources are declared. Nothing was changed.`);
  const names = resources.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) return fail("bad_request", `Two resources are named ${JSON.stringify(twice)}. Nothing was changed.`);
  const expressions = [
    ...(demand === undefined ? [] : [{ what: "demand", text: demand }]),
    ...resources.flatMap(({ name, used, limit }) => [
      { what: `${name}: used`, text: used },
      ...(typeof limit === "string" ? [{ what: `${name}: limit`, text: limit }] : []),
    ]),
  ];
  for (const { what, text } of expressions) {
    const parsed = parseQuery(text);
    if (!parsed.ok) return fail("bad_request", `${what} does not parse: ${parsed.error.message}. Nothing was changed.`);
  }
  ports.database.transaction(() => {
    ports.database.run("INSERT OR REPLACE INTO settings (name, value) VALUES ('capacity', ?)", JSON.stringify(settings));
    recordAudit(
      ports,
      by,
      "capacity.put",
      `${Object.keys(settings.prices).length} prices in ${settings.currency}, ${resources.length} resources`,
    );
  });
  return ok(settings);
}

/** Back to the shipped prices. */
export function forgetCapacitySettings(ports: ProjectPorts, by: Principal): void {
  ports.database.transaction(() => {
    ports.database.run("DELETE FROM settings WHERE name = 'capacity'");
    recordAudit(ports, by, "capacity.delete", "back to the shipped prices");
  });
}
