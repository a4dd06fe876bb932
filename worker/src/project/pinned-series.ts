import type { Principal } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import { parseQuery } from "@sightline/shared/promql/parse/parse";
import { recordAudit } from "./audit-log.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { bumpConfigVersion } from "./shard-configuration.ts";
import { readPins } from "./read-pins.ts";

/** Beyond what the rich tier of a shard has room for, pins would say nothing. */
const MAX_PINS = 64;

/** Selectors of the series that people want judged by the best there is. Replaces all of them. Codes: `bad_request`. */
export function putPins(ports: ProjectPorts, by: Principal, pins: readonly string[]): Result<readonly string[]> {
  const wanted = [...new Set(pins.map((pin) => pin.trim()))];
  if (wanted.length > MAX_PINS)
    return fail("bad_request", `At most ${MAX_PINS} selectors are pinned, and these are ${wanted.length}. Nothing was changed.`);
  for (const pin of wanted) {
    const parsed = parseQuery(pin);
    if (!parsed.ok) return fail("bad_request", `${JSON.stringify(pin)} does not parse: ${parsed.error.message}. Nothing was changed.`);
    if (parsed.value.kind !== "vector_selector")
      return fail("bad_request", `${JSON.stringify(pin)} is no series selector, like up{job="api"}. Nothing was changed.`);
  }
  const before = readPins(ports);
  ports.database.transaction(() => {
    ports.database.run("INSERT OR REPLACE INTO settings (name, value) VALUES ('pinned_series', ?)", JSON.stringify(wanted));
    const gone = before.filter((pin) => !wanted.includes(pin)).map((pin) => `- ${pin}`);
    const come = wanted.filter((pin) => !before.includes(pin)).map((pin) => `+ ${pin}`);
    recordAudit(ports, by, "anomaly.pins", [...come, ...gone].join(", ") || "unchanged");
    bumpConfigVersion(ports);
  });
  return ok(wanted);
}
